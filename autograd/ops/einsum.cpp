// Sums of products by equation: parsed here, computed as batched matrix products.
#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

#include <carousel/autograd/ops.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>

namespace carousel {
namespace {

// One character an axis. Those under "..." are digits, '0' the last of them, so that operands
// with fewer align on the right, as broadcasting does.
using Labels = std::string;

struct Equation {
  std::vector<Labels> inputs;
  Labels output;
  std::array<std::int64_t, 128> size;  // by label; -1: not there
};

// An operand on the way, and what its axes are called.
struct Term {
  Tensor x;
  Labels labels;
};

[[noreturn]] void fail(std::string_view equation, const std::string& what) {
  throw ValueError("einsum", "\"" + std::string(equation) + "\": " + what);
}

bool holds(const Labels& labels, char label) { return labels.find(label) != Labels::npos; }

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Letters only, "..." as one '.'.
Labels clean(std::string_view equation, std::string_view term) {
  Labels labels;
  for (std::size_t i = 0; i < term.size(); ++i) {
    if (is_letter(term[i])) {
      labels += term[i];
    } else if (term.substr(i, 3) == "..." && !holds(labels, '.')) {
      labels += '.';
      i += 2;
    } else if (term[i] != ' ') {
      fail(equation, std::string("unexpected '") + term[i] + "'");
    }
  }
  return labels;
}

std::vector<Labels> split_terms(std::string_view equation, std::string_view left) {
  std::vector<Labels> terms;
  for (std::size_t begin = 0; begin <= left.size();) {
    const std::size_t end = std::min(left.find(',', begin), left.size());
    terms.push_back(clean(equation, left.substr(begin, end - begin)));
    begin = end + 1;
  }
  return terms;
}

void expand_dots(Labels& labels, int count) {
  const std::size_t at = labels.find('.');
  if (at == Labels::npos) return;
  Labels digits;
  for (int i = count - 1; i >= 0; --i) digits += static_cast<char>('0' + i);
  labels.replace(at, 1, digits);
}

// Gives the axes of an operand their labels, and the labels their sizes.
void bind(std::string_view equation, std::size_t i, const Tensor& x, Equation& parsed, int& dots) {
  Labels& labels = parsed.inputs[i];
  const int letters = static_cast<int>(labels.size()) - (holds(labels, '.') ? 1 : 0);
  if (x.rank() < letters || (x.rank() > letters && !holds(labels, '.')))
    throw ShapeError("einsum", "\"" + std::string(equation) + "\": operand " + std::to_string(i) +
                                   " of shape " + to_string(x.shape()) + " does not have " +
                                   std::to_string(letters) + " axes");
  if (holds(labels, '.')) dots = std::max(dots, x.rank() - letters);
  expand_dots(labels, x.rank() - letters);
  for (int axis = 0; axis < x.rank(); ++axis) {
    const char label = labels[static_cast<std::size_t>(axis)];
    std::int64_t& size = parsed.size[static_cast<std::size_t>(label)];
    const std::int64_t here = x.shape()[axis];
    if (size == -1 || (!is_letter(label) && size == 1)) size = here;
    if (size != here && (is_letter(label) || here != 1))
      throw ShapeError("einsum", "\"" + std::string(equation) + "\": operand " + std::to_string(i) +
                                     " of shape " + to_string(x.shape()) + " has size " +
                                     std::to_string(here) + " where others have " +
                                     std::to_string(size));
  }
}

// Without "->": what "..." covers, then the letters that stand once, in alphabetical order.
Labels implicit_output(const std::vector<Labels>& inputs) {
  std::array<int, 128> count{};
  for (const Labels& labels : inputs)
    for (char label : labels) ++count[static_cast<std::size_t>(label)];
  Labels output = ".";
  for (char label = 'A'; label <= 'z'; ++label)
    if (is_letter(label) && count[static_cast<std::size_t>(label)] == 1) output += label;
  return output;
}

Equation parse(std::string_view equation, std::span<const Tensor> operands) {
  Equation parsed;
  parsed.size.fill(-1);
  const std::size_t arrow = equation.find("->");
  parsed.inputs = split_terms(equation, equation.substr(0, arrow));
  parsed.output = arrow == std::string_view::npos ? implicit_output(parsed.inputs)
                                                  : clean(equation, equation.substr(arrow + 2));
  if (parsed.inputs.size() != operands.size())
    fail(equation, std::to_string(parsed.inputs.size()) + " terms for " +
                       std::to_string(operands.size()) + " operands");
  int dots = 0;
  for (std::size_t i = 0; i < operands.size(); ++i) bind(equation, i, operands[i], parsed, dots);
  expand_dots(parsed.output, dots);
  for (std::size_t i = 0; i < parsed.output.size(); ++i) {
    const char label = parsed.output[i];
    if (parsed.size[static_cast<std::size_t>(label)] == -1)
      fail(equation, fmt::format("'{}' stands on the right only", label));
    if (parsed.output.find(label, i + 1) != Labels::npos)
      fail(equation, fmt::format("'{}' stands twice on the right", label));
  }
  return parsed;
}

Tensor permute_to(const Term& term, const Labels& order) {
  std::vector<int> axes;
  for (char label : order) axes.push_back(static_cast<int>(term.labels.find(label)));
  return permute(term.x, axes);
}

// An axis label that stands twice: the diagonal of the two axes, as the first axis.
Term take_diagonals(Term term) {
  for (std::size_t i = 0; i < term.labels.size(); ++i) {
    const char label = term.labels[i];
    const std::size_t j = term.labels.find(label, i + 1);
    if (j == Labels::npos) continue;
    Tensor x = transpose(transpose(term.x, 0, static_cast<int>(i)), 1, static_cast<int>(j));
    std::swap(term.labels[0], term.labels[i]);
    std::swap(term.labels[1], term.labels[j]);
    Shape shape;
    for (int axis = 1; axis < x.rank(); ++axis) shape.append(x.shape()[axis]);
    const std::int64_t size = shape[0];
    shape[0] = size * size;
    const Tensor at = arange(size, {i64, x.device(), false}) * (size + 1);
    term.x = index_select(reshape(x, shape), 0, at);
    term.labels.erase(0, 1);
    i = static_cast<std::size_t>(-1);
  }
  return term;
}

// Sums over the axes that nothing else asks for.
Term sum_out(Term term, const Labels& wanted) {
  Labels left;
  std::vector<int> axes;
  for (std::size_t i = 0; i < term.labels.size(); ++i)
    if (holds(wanted, term.labels[i]))
      left += term.labels[i];
    else
      axes.push_back(static_cast<int>(i));
  if (!axes.empty()) term.x = sum(term.x, Axes(axes));
  term.labels = left;
  return term;
}

// The axes of a term as (batch, rows, columns), sizes of 1 under "..." expanded.
Tensor as_matrices(const Term& term, const Labels& batch, const Labels& rows, const Labels& columns,
                   const Equation& parsed) {
  Shape shape;
  for (char label : batch + rows + columns)
    shape.append(parsed.size[static_cast<std::size_t>(label)]);
  std::int64_t sizes[3] = {1, 1, 1};
  for (int axis = 0; axis < shape.rank(); ++axis) {
    const auto at = static_cast<std::size_t>(axis);
    const int part = at < batch.size() ? 0 : at < batch.size() + rows.size() ? 1 : 2;
    sizes[part] = checked_mul(sizes[part], shape[axis], "einsum");
  }
  return reshape(expand(permute_to(term, batch + rows + columns), shape),
                 {sizes[0], sizes[1], sizes[2]});
}

// The product of two terms, summed over what they share and `wanted` lacks.
Term contract(Term a, Term b, const Labels& wanted, const Equation& parsed) {
  a = sum_out(std::move(a), wanted + b.labels);
  b = sum_out(std::move(b), wanted + a.labels);
  Labels batch, shared, left, right;
  for (char label : a.labels)
    (!holds(b.labels, label) ? left : holds(wanted, label) ? batch : shared) += label;
  for (char label : b.labels)
    if (!holds(a.labels, label)) right += label;
  const Tensor product = matmul(as_matrices(a, batch, left, shared, parsed),
                                as_matrices(b, batch, shared, right, parsed));
  Term result{{}, batch + left + right};
  Shape shape;
  for (char label : result.labels) shape.append(parsed.size[static_cast<std::size_t>(label)]);
  result.x = reshape(product, shape);
  return result;
}

}  // namespace

Tensor einsum(std::string_view equation, std::span<const Tensor> operands) {
  if (operands.empty()) fail(equation, "no operands");
  for (const Tensor& x : operands) {
    detail::check_floating("einsum", x);
    detail::check_same_dtype("einsum", operands[0], x);
    detail::check_same_device("einsum", operands[0], x);
  }
  const Equation parsed = parse(equation, operands);
  Term result = take_diagonals({operands[0], parsed.inputs[0]});
  for (std::size_t i = 1; i < operands.size(); ++i) {
    Labels wanted = parsed.output;
    for (std::size_t k = i + 1; k < operands.size(); ++k) wanted += parsed.inputs[k];
    result = contract(std::move(result), take_diagonals({operands[i], parsed.inputs[i]}), wanted,
                      parsed);
  }
  result = sum_out(std::move(result), parsed.output);
  return permute_to(result, parsed.output);
}

Tensor einsum(std::string_view equation, std::initializer_list<Tensor> operands) {
  return einsum(equation, std::span(operands.begin(), operands.size()));
}

}  // namespace carousel
