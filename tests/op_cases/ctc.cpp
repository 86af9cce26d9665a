// Connectionist temporal classification, against the sum over all alignments.
#include <cmath>
#include <limits>

#include <carousel/autograd/ops/ctc.h>
#include <tests/op_cases/losses.h>

namespace carousel::test {
namespace {

using Labels = std::vector<std::int64_t>;

// What frames say: equal neighbours are one, then blanks (0) go.
Labels collapsed(const Labels& frames) {
  Labels said;
  for (std::size_t t = 0; t < frames.size(); ++t)
    if (frames[t] != 0 && (t == 0 || frames[t] != frames[t - 1])) said.push_back(frames[t]);
  return said;
}

double log_likelihood(const double* log_probabilities, std::size_t frames, std::size_t classes,
                      const Labels& labels) {
  double total = 0;
  Labels path(frames, 0);
  for (bool more = true; more;) {
    if (collapsed(path) == labels) {
      double log = 0;
      for (std::size_t t = 0; t < frames; ++t)
        log += log_probabilities[t * classes + static_cast<std::size_t>(path[t])];
      total += std::exp(log);
    }
    more = false;  // the next path, as a number of `classes` digits
    for (std::size_t t = 0; t < frames && !more; ++t) {
      path[t] = (path[t] + 1) % static_cast<std::int64_t>(classes);
      more = path[t] != 0;
    }
  }
  return std::log(total);
}

// Frames 5, 4, 5 and labels {1, 2}, {2, 2}, {}.
const Labels kFrames{5, 4, 5}, kCounts{2, 2, 0};

Host enumerated(const Hosts& x) {
  Host loss{{3}, x[0].dtype, {}};
  for (std::size_t i = 0; i < 3; ++i) {
    Labels labels;
    for (std::size_t k = 0; k < static_cast<std::size_t>(kCounts[i]); ++k)
      labels.push_back(static_cast<std::int64_t>(x[1].values[i * 2 + k]));
    loss.values.push_back(
        -log_likelihood(&x[0].values[i * 15], static_cast<std::size_t>(kFrames[i]), 3, labels));
  }
  return loss;
}

Tensor integers(const Labels& values, Device device) {
  Tensor x{values[0], values[1], values[2]};
  return x.to(device);
}

const Tensor kThree = Tensor{{{-1.f, -1.f, -1.f}, {-1.f, -1.f, -1.f}, {-1.f, -1.f, -1.f}}};

}  // namespace

std::vector<OpCase> ctc_cases() {
  return {
      {.name = "ctc_loss",
       .forward =
           [](const Tensors& x) {
             return ctc_loss(x[0], x[1], integers(kFrames, x[0].device()),
                             integers(kCounts, x[0].device()));
           },
       .reference = enumerated,
       .samples = {{"three samples",
                    {draw({3, 5, 3}, -2, 0, 1), fixed(list({3, 2}, {1, 2, 2, 2, -7, 9}), i64)}},
                   {"i32, transposed",
                    {draw({3, 5, 3}, -2, 0, 2, Lie::transposed),
                     fixed(list({3, 2}, {2, 1, 1, 1, 0, 0}), i32)}}},
       .epsilons = 16,
       .of_largest = true,
       .faults = {fault<ValueError>("[ctc_loss] sample 0 has 3 labels, which take 5 frames, and 3 "
                                    "frames: shorten the labels, lengthen the input, or set "
                                    "zero_infinity",
                                    [] {
                                      ctc_loss(kThree, Tensor{{1, 1, 1}});
                                    }),
                  fault<ValueError>("[ctc_loss] sample 0 has label length 2, outside [0, 1]",
                                    [] { ctc_loss(kThree, Tensor{{1}}, {}, Tensor{2}); }),
                  fault<IndexError>("[ctc_loss] sample 0 has label 3: labels are in [0, 3) "
                                    "without the blank, 0",
                                    [] { ctc_loss(kThree, Tensor{{3}}); }),
                  fault<IndexError>("[ctc_loss] sample 0 has label 0",
                                    [] { ctc_loss(kThree, Tensor{{0}}); }),
                  fault<ValueError>("[ctc_loss] blank is 3 of 3 classes",
                                    [] { ctc_loss(kThree, Tensor{{1}}, {}, {}, {.blank = 3}); }),
                  fault<ShapeError>("[ctc_loss] labels (1,) are not (batch, width)",
                                    [] { ctc_loss(kThree, Tensor{1}); })}}};
}

}  // namespace carousel::test
