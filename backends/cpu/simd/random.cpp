#include <carousel/backends/cpu/simd/random.h>

#include <carousel/backends/cpu/simd/activations.h>

namespace carousel::cpu::CAROUSEL_SIMD {
namespace {

using Lane = Vec<std::uint64_t>;

// The products of the lanes' low halves.
#if CAROUSEL_SIMD_avx512
CAROUSEL_INLINE Lane multiply_low(Lane a, Lane b) { return Lane(_mm512_mul_epu32(a, b)); }
#elif CAROUSEL_SIMD_avx2
CAROUSEL_INLINE Lane multiply_low(Lane a, Lane b) { return Lane(_mm256_mul_epu32(a, b)); }
#elif CAROUSEL_SIMD_sse2
CAROUSEL_INLINE Lane multiply_low(Lane a, Lane b) { return Lane(_mm_mul_epu32(a, b)); }
#else
CAROUSEL_INLINE Lane multiply_low(Lane a, Lane b) {
  return Lane(vmull_u32(vmovn_u64(a), vmovn_u64(b)));
}
#endif

// A word of each of several counters, in the low halves of the lanes. The high halves collect
// garbage, which no product sees. Two vectors, so that one's products hide the other's latency.
struct Word {
  Lane a, b;
};
CAROUSEL_INLINE Word multiply(Word x, std::uint32_t factor) {
  const Lane f(std::uint64_t{factor});
  return {multiply_low(x.a, f), multiply_low(x.b, f)};
}
// The product's high half with x and the key.
CAROUSEL_INLINE Word mix(Word product, Word x, std::uint32_t key) {
  const Lane k(std::uint64_t{key});
  return {(product.a >> 32) ^ x.a ^ k, (product.b >> 32) ^ x.b ^ k};
}
CAROUSEL_INLINE void philox(Word (&x)[4], std::uint64_t seed) {
  auto key0 = static_cast<std::uint32_t>(seed), key1 = static_cast<std::uint32_t>(seed >> 32);
  for (int round = 0; round < 10; ++round, key0 += 0x9E3779B9u, key1 += 0xBB67AE85u) {
    const Word p = multiply(x[0], 0xD2511F53u), q = multiply(x[2], 0xCD9E8D57u);
    x[0] = mix(q, x[1], key0);
    x[1] = q;
    x[2] = mix(p, x[3], key1);
    x[3] = p;
  }
}

constexpr std::int64_t kBlocks = 64;  // made together

void draws(std::uint64_t seed, std::uint64_t stream, std::uint64_t first, std::int64_t blocks,
           std::uint64_t* out) {
  constexpr std::int64_t lanes = kLanes<std::uint64_t>, together = 2 * lanes;
  const Lane low(std::uint64_t{0xffffffff}), stream_low(stream), stream_high(stream >> 32);
  for (std::int64_t i = 0; i < blocks; i += together) {
    alignas(64) std::uint64_t even[together], odd[together];
    for (std::int64_t k = 0; k < together; ++k) even[k] = first + static_cast<std::uint64_t>(i + k);
    const Lane a = Lane::load_aligned(even), b = Lane::load_aligned(even + lanes);
    Word x[] = {{a, b}, {a >> 32, b >> 32}, {stream_low, stream_low}, {stream_high, stream_high}};
    philox(x, seed);
    ((x[0].a & low) | (x[1].a << 32)).store_aligned(even);
    ((x[0].b & low) | (x[1].b << 32)).store_aligned(even + lanes);
    ((x[2].a & low) | (x[3].a << 32)).store_aligned(odd);
    ((x[2].b & low) | (x[3].b << 32)).store_aligned(odd + lanes);
    const std::int64_t n = blocks - i < together ? blocks - i : together;
    for (std::int64_t k = 0; k < n; ++k) {
      out[2 * (i + k)] = even[k];
      out[2 * (i + k) + 1] = odd[k];
    }
  }
}

// The draws of up to kElements elements, each of which has `per` of them: 1 or 2.
template <int per>
struct Draws {
  static constexpr std::int64_t kElements = 2 * kBlocks / per - 1;

  Draws(const RandomRun& run, std::int64_t begin, std::int64_t n) {
    const std::uint64_t draw = (run.first + static_cast<std::uint64_t>(begin)) * per;
    skip = static_cast<std::int64_t>(draw % 2);
    draws(run.seed, run.stream, draw / 2, (skip + n * per + 1) / 2, values);
  }
  std::uint64_t bits(std::int64_t i, int second = 0) const {
    return values[skip + per * i + second];
  }

  std::int64_t skip;
  alignas(64) std::uint64_t values[2 * kBlocks];
};

inline float unit_of(std::uint64_t bits, float) {
  return static_cast<float>(static_cast<std::int32_t>(bits >> 40)) * 0x1p-24f;
}
inline double unit_of(std::uint64_t bits, double) {
  return static_cast<double>(static_cast<std::int64_t>(bits >> 11)) * 0x1p-53;
}

// Calls body(draws, begin, n) for parts of the run.
template <int per, class Body>
void for_parts(const RandomRun& run, const Body& body) {
  for (std::int64_t begin = 0; begin < run.n; begin += Draws<per>::kElements) {
    const std::int64_t left = run.n - begin;
    const std::int64_t n = left < Draws<per>::kElements ? left : Draws<per>::kElements;
    body(Draws<per>(run, begin, n), begin, n);
  }
}

inline float below(float x) { return __builtin_nextafterf(x, -__builtin_inff()); }
inline double below(double x) { return __builtin_nextafter(x, -__builtin_inf()); }

template <class T>
void uniform(const RandomRun& run) {
  const T low = static_cast<T>(run.alpha), high = static_cast<T>(run.beta);
  const T range = static_cast<T>(run.beta - run.alpha), highest = below(high);
  for_parts<1>(run, [&](const Draws<1>& made, std::int64_t begin, std::int64_t n) {
    T* out = static_cast<T*>(run.out) + begin;
    for (std::int64_t i = 0; i < n; ++i) {
      const T value = low + range * unit_of(made.bits(i), T{});
      out[i] = value < high ? value : highest;
    }
  });
}

template <class T>
void bernoulli(const RandomRun& run) {
  const auto limit = static_cast<std::uint64_t>(__builtin_floor(run.alpha * 0x1p32));
  for_parts<1>(run, [&](const Draws<1>& made, std::int64_t begin, std::int64_t n) {
    T* out = static_cast<T*>(run.out) + begin;
    for (std::int64_t i = 0; i < n; ++i)
      out[i] = static_cast<T>(made.bits(i) >> 32 < limit ? 1 : 0);
  });
}

inline std::uint64_t high_of_product(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>(static_cast<Wide>(a) * b >> 64);
}

template <class T>
void randint(const RandomRun& run) {
  const auto low = static_cast<std::int64_t>(run.alpha);
  const auto range = static_cast<std::uint64_t>(static_cast<std::int64_t>(run.beta)) -
                     static_cast<std::uint64_t>(low);
  for_parts<1>(run, [&](const Draws<1>& made, std::int64_t begin, std::int64_t n) {
    T* out = static_cast<T*>(run.out) + begin;
    for (std::int64_t i = 0; i < n; ++i)
      out[i] =
          static_cast<T>(static_cast<std::uint64_t>(low) + high_of_product(made.bits(i), range));
  });
}

CAROUSEL_INLINE Vec<double> cosine_of_turns(Vec<double> turns) {
  return cos(turns * Vec<double>(6.28318530717958647693));
}
CAROUSEL_INLINE Vec<float> cosine_of_turns(Vec<float> turns) {
  return through_f64<cosine_of_turns>(turns);
}

// z = sqrt(-2 ln u) cos(2 pi v), in whole vectors.
template <class T>
void box_muller(const T* u, const T* v, std::int64_t n, T* z) {
  for (std::int64_t i = 0; i < n; i += kLanes<T>) {
    const Vec<T> r = xsimd::sqrt(Vec<T>(T(-2)) * log(Vec<T>::load_aligned(u + i)));
    (r * cosine_of_turns(Vec<T>::load_aligned(v + i))).store_aligned(z + i);
  }
}

inline void uniforms(const Draws<1>& made, std::int64_t i, float& u, float& v) {
  const std::uint64_t bits = made.bits(i);
  u = (static_cast<float>(static_cast<std::uint32_t>(bits)) + 0.5f) * 0x1p-32f;
  v = static_cast<float>(static_cast<std::uint32_t>(bits >> 32)) * 0x1p-32f;
}
inline void uniforms(const Draws<2>& made, std::int64_t i, double& u, double& v) {
  u = unit_of(made.bits(i), double{}) + 0x1p-54;
  v = unit_of(made.bits(i, 1), double{});
}

template <class T>
void normal(const RandomRun& run) {
  constexpr int per = sizeof(T) / 4;
  const T mean = static_cast<T>(run.alpha), deviation = static_cast<T>(run.beta);
  for_parts<per>(run, [&](const Draws<per>& made, std::int64_t begin, std::int64_t n) {
    constexpr std::int64_t most = 2 * kBlocks / per;
    alignas(64) T u[most], v[most], z[most];
    for (std::int64_t i = 0; i < n; ++i) uniforms(made, i, u[i], v[i]);
    for (std::int64_t i = n; i < most; ++i) u[i] = v[i] = 1;
    box_muller(u, v, n, z);
    T* out = static_cast<T*>(run.out) + begin;
    for (std::int64_t i = 0; i < n; ++i) out[i] = mean + deviation * z[i];
  });
}

constexpr RandomTable make_table() {
  RandomTable t;
  t.draws = draws;
  t.uniform[0] = uniform<float>;
  t.uniform[1] = uniform<double>;
  t.normal[0] = normal<float>;
  t.normal[1] = normal<double>;
  t.bernoulli[0] = bernoulli<float>;
  t.bernoulli[1] = bernoulli<double>;
  t.bernoulli[2] = bernoulli<std::int32_t>;
  t.bernoulli[3] = bernoulli<std::int64_t>;
  t.bernoulli[4] = bernoulli<bool>;
  t.randint[2] = randint<std::int32_t>;
  t.randint[3] = randint<std::int64_t>;
  return t;
}

}  // namespace

const RandomTable& random_table() {
  static constexpr RandomTable table = make_table();
  return table;
}

}  // namespace carousel::cpu::CAROUSEL_SIMD
