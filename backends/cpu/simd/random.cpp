#include <carousel/backends/cpu/simd/random.h>

#include <carousel/backends/cpu/simd/activations.h>

namespace carousel::cpu::CAROUSEL_SIMD {
namespace {

constexpr std::int64_t kBlocks = 64;  // of four words, made together

// Ten rounds on many counters at once.
void rounds(std::uint32_t (&c)[4][kBlocks], std::uint64_t seed) {
  auto key0 = static_cast<std::uint32_t>(seed), key1 = static_cast<std::uint32_t>(seed >> 32);
  for (int round = 0; round < 10; ++round, key0 += 0x9E3779B9u, key1 += 0xBB67AE85u)
    for (std::int64_t i = 0; i < kBlocks; ++i) {
      const std::uint64_t a = std::uint64_t{0xD2511F53u} * c[0][i];
      const std::uint64_t b = std::uint64_t{0xCD9E8D57u} * c[2][i];
      c[0][i] = static_cast<std::uint32_t>(b >> 32) ^ c[1][i] ^ key0;
      c[1][i] = static_cast<std::uint32_t>(b);
      c[2][i] = static_cast<std::uint32_t>(a >> 32) ^ c[3][i] ^ key1;
      c[3][i] = static_cast<std::uint32_t>(a);
    }
}

void words(std::uint64_t seed, std::uint64_t stream, std::uint64_t first, std::int64_t blocks,
           std::uint32_t* out) {
  std::uint32_t c[4][kBlocks];
  for (; blocks > 0; blocks -= kBlocks, first += kBlocks, out += 4 * kBlocks) {
    for (std::int64_t i = 0; i < kBlocks; ++i) {
      const std::uint64_t block = first + static_cast<std::uint64_t>(i);
      c[0][i] = static_cast<std::uint32_t>(block);
      c[1][i] = static_cast<std::uint32_t>(block >> 32);
      c[2][i] = static_cast<std::uint32_t>(stream);
      c[3][i] = static_cast<std::uint32_t>(stream >> 32);
    }
    rounds(c, seed);
    const std::int64_t n = blocks < kBlocks ? blocks : kBlocks;
    for (std::int64_t i = 0; i < n; ++i)
      for (int k = 0; k < 4; ++k) out[4 * i + k] = c[k][i];
  }
}

// The words of up to kElements elements, each of which has `per` of them: 2 or 4.
template <int per>
struct Words {
  static constexpr std::int64_t kElements = 4 * kBlocks / per - 1;

  Words(const RandomRun& run, std::int64_t begin, std::int64_t n) {
    const std::uint64_t word = (run.first + static_cast<std::uint64_t>(begin)) * per;
    skip = static_cast<std::int64_t>(word % 4);
    words(run.seed, run.stream, word / 4, (skip + n * per + 3) / 4, values);
  }
  std::uint64_t bits(std::int64_t i, int second = 0) const {
    const std::uint32_t* word = values + skip + per * i + 2 * second;
    return word[0] | std::uint64_t{word[1]} << 32;
  }

  std::int64_t skip;
  alignas(64) std::uint32_t values[4 * kBlocks];
};

inline float unit_of(std::uint64_t bits, float) {
  return static_cast<float>(static_cast<std::int32_t>(bits >> 40)) * 0x1p-24f;
}
inline double unit_of(std::uint64_t bits, double) {
  return static_cast<double>(static_cast<std::int64_t>(bits >> 11)) * 0x1p-53;
}

// Calls body(words, begin, n) for parts of the run.
template <int per, class Body>
void for_parts(const RandomRun& run, const Body& body) {
  for (std::int64_t begin = 0; begin < run.n; begin += Words<per>::kElements) {
    const std::int64_t left = run.n - begin;
    const std::int64_t n = left < Words<per>::kElements ? left : Words<per>::kElements;
    body(Words<per>(run, begin, n), begin, n);
  }
}

inline float below(float x) { return __builtin_nextafterf(x, -__builtin_inff()); }
inline double below(double x) { return __builtin_nextafter(x, -__builtin_inf()); }

template <class T>
void uniform(const RandomRun& run) {
  const T low = static_cast<T>(run.alpha), high = static_cast<T>(run.beta);
  const T range = static_cast<T>(run.beta - run.alpha), highest = below(high);
  for_parts<2>(run, [&](const Words<2>& words, std::int64_t begin, std::int64_t n) {
    T* out = static_cast<T*>(run.out) + begin;
    for (std::int64_t i = 0; i < n; ++i) {
      const T value = low + range * unit_of(words.bits(i), T{});
      out[i] = value < high ? value : highest;
    }
  });
}

template <class T>
void bernoulli(const RandomRun& run) {
  const auto limit = static_cast<std::uint64_t>(__builtin_floor(run.alpha * 0x1p32));
  for_parts<2>(run, [&](const Words<2>& words, std::int64_t begin, std::int64_t n) {
    T* out = static_cast<T*>(run.out) + begin;
    for (std::int64_t i = 0; i < n; ++i)
      out[i] = static_cast<T>(words.bits(i) >> 32 < limit ? 1 : 0);
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
  for_parts<2>(run, [&](const Words<2>& words, std::int64_t begin, std::int64_t n) {
    T* out = static_cast<T*>(run.out) + begin;
    for (std::int64_t i = 0; i < n; ++i)
      out[i] =
          static_cast<T>(static_cast<std::uint64_t>(low) + high_of_product(words.bits(i), range));
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

inline void uniforms(const Words<2>& words, std::int64_t i, float& u, float& v) {
  const std::uint64_t bits = words.bits(i);
  u = (static_cast<float>(static_cast<std::uint32_t>(bits)) + 0.5f) * 0x1p-32f;
  v = static_cast<float>(static_cast<std::uint32_t>(bits >> 32)) * 0x1p-32f;
}
inline void uniforms(const Words<4>& words, std::int64_t i, double& u, double& v) {
  u = unit_of(words.bits(i), double{}) + 0x1p-54;
  v = unit_of(words.bits(i, 1), double{});
}

template <class T>
void normal(const RandomRun& run) {
  constexpr int per = sizeof(T) / 2;
  const T mean = static_cast<T>(run.alpha), deviation = static_cast<T>(run.beta);
  for_parts<per>(run, [&](const Words<per>& words, std::int64_t begin, std::int64_t n) {
    constexpr std::int64_t most = 4 * kBlocks / per;
    alignas(64) T u[most], v[most], z[most];
    for (std::int64_t i = 0; i < n; ++i) uniforms(words, i, u[i], v[i]);
    for (std::int64_t i = n; i < most; ++i) u[i] = v[i] = 1;
    box_muller(u, v, n, z);
    T* out = static_cast<T*>(run.out) + begin;
    for (std::int64_t i = 0; i < n; ++i) out[i] = mean + deviation * z[i];
  });
}

constexpr RandomTable make_table() {
  RandomTable t;
  t.words = words;
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
