#include <utility>

#include <carousel/backends/cpu/kernels.h>
#include <carousel/backends/cpu/loops.h>
#include <carousel/backends/cpu/simd/random.h>
#include <carousel/backends/cpu/team.h>
#include <carousel/tensor/philox.h>

namespace carousel::cpu {
namespace {

RandomInner inner_of(const RandomTable& table, Kernel kernel, DType dtype) {
  const auto d = static_cast<std::size_t>(dtype);
  switch (kernel) {
    case Kernel::uniform:
      return table.uniform[d];
    case Kernel::normal:
      return table.normal[d];
    case Kernel::bernoulli:
      return table.bernoulli[d];
    default:
      return table.randint[d];
  }
}

void random(Context&, const RandomArgs& args) {
  std::int64_t none = 0;
  const RandomInner inner = inner_of(CAROUSEL_SIMD_SELECT(random_table), args.kernel, args.dtype);
  const LoopOperand out = resolve(args.out, args.dtype, none);
  parallel_for(args.count, kGrain, [&](std::int64_t begin, std::int64_t end) {
    inner({out.data + begin * out.size, end - begin, args.seed, args.stream,
           args.offset + static_cast<std::uint64_t>(begin), args.alpha, args.beta});
  });
}

// The bits of elements, made many at a time: the next one asked for is the one before.
class Bits {
 public:
  explicit Bits(const RandomArgs& args) : args_(args) {}

  std::uint64_t at(std::uint64_t element) {
    const std::uint64_t block = element / 2, first = block - block % kBlocks;
    if (!filled_ || first != first_)
      CAROUSEL_SIMD_SELECT(random_table).draws(args_.seed, args_.stream, first, kBlocks, draws_);
    filled_ = true;
    first_ = first;
    return draws_[element - 2 * first];
  }

 private:
  static constexpr std::int64_t kBlocks = 64;
  const RandomArgs& args_;
  bool filled_ = false;
  std::uint64_t first_ = 0;
  std::uint64_t draws_[2 * kBlocks];
};

template <class T>
void permutation(Context&, const RandomArgs& args) {
  std::int64_t none = 0;
  auto* out = reinterpret_cast<T*>(resolve(args.out, args.dtype, none).data);
  for (std::int64_t i = 0; i < args.count; ++i) out[i] = static_cast<T>(i);
  Bits bits(args);
  for (std::int64_t i = args.count - 1; i > 0; --i) {
    const std::uint64_t draw = bits.at(args.offset + static_cast<std::uint64_t>(i));
    const std::uint64_t j =
        carousel::detail::multiply_high(draw, static_cast<std::uint64_t>(i + 1));
    std::swap(out[i], out[j]);
  }
}

}  // namespace

void add_random_kernels(KernelTables& tables) {
  const RandomTable& table = CAROUSEL_SIMD_SELECT(random_table);
  for (Kernel kernel : {Kernel::uniform, Kernel::normal, Kernel::bernoulli, Kernel::randint})
    for (DType dtype : {f32, f64, i32, i64, boolean})
      if (inner_of(table, kernel, dtype) != nullptr) tables.random.at(kernel, dtype) = random;
  tables.random.at(Kernel::permutation, i32) = permutation<std::int32_t>;
  tables.random.at(Kernel::permutation, i64) = permutation<std::int64_t>;
}

}  // namespace carousel::cpu
