// Tensors as text, laid out like NumPy's.
#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/impl.h>
#include <carousel/tensor/tensor.h>

namespace carousel {
namespace {

constexpr std::int64_t kAll = 1000;  // elements that are printed without leaving any out
constexpr std::int64_t kEdge = 3;    // of each side of a long axis, otherwise
constexpr std::size_t kColumns = 75;
constexpr int kPrecision = 8;

// x without the middle of its long axes.
Tensor corners(const Tensor& x) {
  Tensor result = x;
  for (int axis = 0; axis < x.rank(); ++axis) {
    const std::int64_t size = x.shape()[axis];
    if (size <= 2 * kEdge) continue;
    Shape shape = result.shape();
    shape[axis] = 2 * kEdge;
    const Tensor cut = detail::empty(shape, x.dtype(), x.device());
    for (std::int64_t begin : {std::int64_t{0}, size - kEdge})
      detail::run_copy_into(detail::view_slice(cut, axis, std::min(begin, kEdge), kEdge, 1),
                            detail::view_slice(result, axis, begin, kEdge, 1));
    result = cut;
  }
  return result;
}

template <class T>
bool reads_back(const std::string& text, T value) {
  T parsed{};
  std::from_chars(text.data(), text.data() + text.size(), parsed);
  return parsed == value;
}

// The fewest digits behind the point that read back as the value, at most kPrecision.
template <class T>
int digits_of(T value, char form) {
  for (int digits = 0; digits < kPrecision; ++digits) {
    const std::string text =
        form == 'e' ? fmt::format("{:.{}e}", value, digits) : fmt::format("{:.{}f}", value, digits);
    if (reads_back(text, value)) return digits;
  }
  return kPrecision;
}

// NumPy's rule for scientific notation.
template <class T>
bool wants_exponent(const std::vector<T>& values) {
  double largest = 0, smallest = INFINITY;
  for (T value : values) {
    const double size = std::abs(static_cast<double>(value));
    if (!std::isfinite(size) || size == 0) continue;
    largest = std::max(largest, size);
    smallest = std::min(smallest, size);
  }
  return largest >= 1e8 || (largest > 0 && (smallest < 1e-4 || largest / smallest > 1000));
}

template <class T>
std::vector<std::string> floating_words(const std::vector<T>& values) {
  const char form = wants_exponent(values) ? 'e' : 'f';
  int most = 0;
  for (T value : values)
    if (std::isfinite(value)) most = std::max(most, digits_of(value, form));
  std::vector<std::string> words;
  for (T value : values) {
    if (!std::isfinite(value)) {
      words.push_back(fmt::format("{}", value));
    } else if (form == 'e') {
      words.push_back(fmt::format("{:#.{}e}", value, most));
    } else {
      const int digits = digits_of(value, form);
      words.push_back(fmt::format("{:#.{}f}", value, digits) +
                      std::string(static_cast<std::size_t>(most - digits), ' '));
    }
  }
  return words;
}

template <class T>
std::vector<std::string> integer_words(const std::vector<T>& values) {
  std::vector<std::string> words;
  for (T value : values) words.push_back(fmt::format("{}", value));
  return words;
}

// Every element as a word of the same width.
std::vector<std::string> words_of(const Tensor& x) {
  std::vector<std::string> words;
  switch (x.dtype()) {
    case f32:
      words = floating_words(x.to_vector<float>());
      break;
    case f64:
      words = floating_words(x.to_vector<double>());
      break;
    case i32:
      words = integer_words(x.to_vector<std::int32_t>());
      break;
    case i64:
      words = integer_words(x.to_vector<std::int64_t>());
      break;
    case boolean:
      for (bool value : x.to_vector<bool>()) words.emplace_back(value ? "True" : "False");
      break;
  }
  std::size_t width = 0;
  for (const std::string& word : words) width = std::max(width, word.size());
  for (std::string& word : words) word.insert(0, width - word.size(), ' ');
  return words;
}

struct Printer {
  Shape shape;  // of what is printed
  std::vector<std::string> words;
  std::array<bool, kMaxRank> cut{};  // the axes that lack their middle
  std::size_t next = 0;

  bool skips(int axis, std::int64_t i) const {
    return cut[static_cast<std::size_t>(axis)] && i == kEdge;
  }

  std::string row(int axis) {
    std::string text = "[", line(static_cast<std::size_t>(axis) + 1, ' ');
    const std::string indent = line;
    bool first = true;
    const auto add = [&](const std::string& word) {
      if (!first && line.size() + 1 + word.size() >= kColumns) {
        text += line.substr(text.size() == 1 ? indent.size() : 0) + "\n";
        line = indent + word;
      } else {
        line += (first ? "" : " ") + word;
      }
      first = false;
    };
    for (std::int64_t i = 0; i < shape[axis]; ++i) {
      if (skips(axis, i)) add("...");
      add(words[next++]);
    }
    return text + line.substr(text.size() == 1 ? indent.size() : 0) + "]";
  }

  std::string block(int axis) {
    if (axis == shape.rank() - 1) return row(axis);
    // A blank line more for every level further out.
    const std::string between =
        std::string(static_cast<std::size_t>(shape.rank() - 1 - axis), '\n') +
        std::string(static_cast<std::size_t>(axis) + 1, ' ');
    std::string text = "[";
    for (std::int64_t i = 0; i < shape[axis]; ++i) {
      if (i > 0) text += between;
      if (skips(axis, i)) text += "..." + between;
      text += block(axis + 1);
    }
    return text + "]";
  }
};

}  // namespace

std::string to_string(const Tensor& x) {
  if (!x.defined()) return "<undefined>";
  if (x.device().kind == DeviceKind::meta)
    return "<" + std::string(to_string(x.dtype())) + " " + to_string(x.shape()) + " on meta>";
  if (x.numel() == 0) return "[]";
  const Tensor shown = x.numel() > kAll ? corners(x) : x;
  Printer printer{shown.shape(), words_of(shown), {}, 0};
  if (x.rank() == 0) return printer.words[0];
  for (int i = 0; i < x.rank(); ++i)
    printer.cut[static_cast<std::size_t>(i)] = shown.shape()[i] != x.shape()[i];
  return printer.block(0);
}

}  // namespace carousel
