// Connectionist temporal classification (Graves et al., 2006), in log space and f64: a sample is
// one thread's, so the number of threads changes no bit.
#include <algorithm>
#include <cmath>
#include <limits>

#include <carousel/backends/cpu/kernels.h>
#include <carousel/backends/cpu/simd/ctc.h>
#include <carousel/backends/cpu/team.h>
#include <carousel/backends/cpu/workspace.h>
#include <carousel/tensor/storage.h>

namespace carousel::cpu {
namespace {

using std::int64_t;

constexpr double kNever = -std::numeric_limits<double>::infinity();
constexpr int64_t kPadding = CTCFunctions::kPadding;

template <class T>
T* memory(const Operand& operand) {
  return reinterpret_cast<T*>(operand.storage->host()) + operand.offset;
}

// log(e^a + e^b)
double log_sum(double a, double b) {
  if (a == kNever && b == kNever) return kNever;
  const double most = std::fmax(a, b);
  return most + std::log(std::exp(a - most) + std::exp(b - most));
}

// One sample's way through blank, label, blank, ..., label, blank, and memory for it. What vectors
// leave behind the states, nothing but the same places of other rows is computed from.
template <class T>
class Sample {
 public:
  Sample(const CTCArgs& args, int64_t i)
      : f_(CAROUSEL_SIMD_SELECT(ctc_functions)),
        classes_(args.classes),
        frames_(memory<const int64_t>(args.input_lengths)[i]),
        states_(2 * memory<const int64_t>(args.label_lengths)[i] + 1),
        stride_((states_ + 7) / 8 * 8 + 2 * kPadding),
        x_(memory<const T>(args.x) + i * args.time * args.classes) {
    thread_local Workspace rows, places;
    memory_ = rows.get<double>((frames_ + 4) * stride_);
    class_of_ = places.get<int64_t>(states_);
    std::fill(memory_, memory_ + (frames_ + 4) * stride_, kNever);
    const int64_t* labels = memory<const int64_t>(args.labels) + i * args.width;
    for (int64_t s = 0; s < states_; ++s) {
      class_of_[s] = s % 2 == 0 ? args.blank : labels[s / 2];
      skips()[s] = s >= 2 && s % 2 == 1 && class_of_[s] != class_of_[s - 2] ? 1 : 0;
    }
  }

  // The log probability of the labels.
  double forward() {
    for (int64_t s = 0; s < std::min<int64_t>(2, states_); ++s)
      alpha(0)[s] = static_cast<double>(x_[class_of_[s]]);
    for (int64_t t = 1; t < frames_; ++t) {
      for (int64_t s = 0; s < states_; ++s) emission()[s] = log_probability(t, s);
      f_.forward(alpha(t - 1), skips(), emission(), states_, alpha(t));
    }
    const double* end = alpha(frames_ - 1);
    return states_ == 1 ? end[0] : log_sum(end[states_ - 1], end[states_ - 2]);
  }

  // Minus the probability of being in each class at each frame, given the labels.
  void backward(double total, T* gradient) {
    double *beta = row(frames_ + 2), *onward = row(frames_ + 3);
    for (int64_t s = std::max<int64_t>(0, states_ - 2); s < states_; ++s) beta[s] = 0;
    for (int64_t t = frames_ - 1; t >= 0; --t) {
      if (t < frames_ - 1) {
        for (int64_t s = 0; s < states_; ++s) onward[s] = beta[s] + log_probability(t + 1, s);
        f_.backward(onward, skips(), states_, beta);
      }
      f_.through(alpha(t), beta, total, states_, emission());
      for (int64_t s = 0; s < states_; ++s)
        gradient[t * classes_ + class_of_[s]] -= static_cast<T>(emission()[s]);
    }
  }

 private:
  double log_probability(int64_t t, int64_t s) const {
    return static_cast<double>(x_[t * classes_ + class_of_[s]]);
  }
  double* row(int64_t i) const { return memory_ + i * stride_ + kPadding; }
  double* alpha(int64_t t) const { return row(t); }
  double* skips() const { return row(frames_); }
  double* emission() const { return row(frames_ + 1); }

  const CTCFunctions& f_;
  int64_t classes_, frames_, states_, stride_;
  const T* x_;
  double* memory_;
  int64_t* class_of_;
};

template <class T>
void ctc(Context&, const CTCArgs& args) {
  if (args.batch == 0) return;
  const int64_t numbers = args.time * args.classes;
  T* losses = memory<T>(args.loss);
  T* gradients = args.gradient.storage == nullptr ? nullptr : memory<T>(args.gradient);
  const int64_t steps = std::max<int64_t>(1, args.time * (2 * args.width + 1));
  parallel_for(args.batch, std::max<int64_t>(1, 500 / steps), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      Sample<T> sample(args, i);
      const double total = sample.forward();
      losses[i] = args.zero_infinity && total == kNever ? T(0) : static_cast<T>(-total);
      if (gradients == nullptr) continue;
      T* own = gradients + i * numbers;
      std::fill(own, own + numbers, T(0));
      if (total != kNever) sample.backward(total, own);
    }
  });
}

}  // namespace

void add_ctc_kernels(KernelTables& tables) {
  tables.ctc[static_cast<std::size_t>(f32)] = ctc<float>;
  tables.ctc[static_cast<std::size_t>(f64)] = ctc<double>;
}

}  // namespace carousel::cpu
