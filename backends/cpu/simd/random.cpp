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

// The words of up to kElements elements, each of which has `per` of them.
template <int per>
struct Words {
  static constexpr std::int64_t kElements = 4 * kBlocks / per - 4;

  Words(const RandomRun& run, std::int64_t begin, std::int64_t n) {
    const std::uint64_t word = (run.first + static_cast<std::uint64_t>(begin)) * per;
    skip = static_cast<std::int64_t>(word % 4);
    words(run.seed, run.stream, word / 4, (skip + n * per + 3) / 4, values);
  }
  std::uint32_t word(std::int64_t i) const { return values[skip + i]; }
  std::uint64_t pair(std::int64_t i) const {
    return values[skip + 2 * i] | std::uint64_t{values[skip + 2 * i + 1]} << 32;
  }

  std::int64_t skip;
  alignas(64) std::uint32_t values[4 * kBlocks];
};

template <class T>
constexpr int kPer = sizeof(T) / 4;
inline float unit_of(const Words<1>& words, std::int64_t i) {
  return static_cast<float>(static_cast<std::int32_t>(words.word(i) >> 8)) * 0x1p-24f;
}
inline double unit_of(const Words<2>& words, std::int64_t i) {
  return static_cast<double>(static_cast<std::int64_t>(words.pair(i) >> 11)) * 0x1p-53;
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
  for_parts<kPer<T>>(run, [&](const Words<kPer<T>>& words, std::int64_t begin, std::int64_t n) {
    T* out = static_cast<T*>(run.out) + begin;
    for (std::int64_t i = 0; i < n; ++i) {
      const T value = low + range * unit_of(words, i);
      out[i] = value < high ? value : highest;
    }
  });
}

template <class T>
void bernoulli(const RandomRun& run) {
  const double limit = __builtin_ceil(run.alpha * 0x1p24);
  const auto below_limit = static_cast<std::uint32_t>(limit < 0 ? 0 : limit > 0x1p24 ? 0x1p24 : limit);
  for_parts<1>(run, [&](const Words<1>& words, std::int64_t begin, std::int64_t n) {
    T* out = static_cast<T*>(run.out) + begin;
    for (std::int64_t i = 0; i < n; ++i)
      out[i] = static_cast<T>(words.word(i) >> 8 < below_limit ? 1 : 0);
  });
}

inline std::uint64_t high_of_product(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>(static_cast<Wide>(a) * b >> 64);
}

template <class T>
void randint(const RandomRun& run) {
  const auto low = static_cast<std::int64_t>(run.alpha);
  const auto range =
      static_cast<std::uint64_t>(static_cast<std::int64_t>(run.beta)) - static_cast<std::uint64_t>(low);
  for_parts<2>(run, [&](const Words<2>& words, std::int64_t begin, std::int64_t n) {
    T* out = static_cast<T*>(run.out) + begin;
    for (std::int64_t i = 0; i < n; ++i)
      out[i] = static_cast<T>(static_cast<std::uint64_t>(low) +
                              high_of_product(words.pair(i), range));
  });
}

CAROUSEL_INLINE Vec<float> sine_of_turns(Vec<float> turns, bool cosine) {
  const Wide wide = widen(turns);
  const Vec<double> turn(6.28318530717958647693);
  if (cosine) return narrow({cos(wide.low * turn), cos(wide.high * turn)});
  return narrow({sin(wide.low * turn), sin(wide.high * turn)});
}
CAROUSEL_INLINE Vec<double> sine_of_turns(Vec<double> turns, bool cosine) {
  const Vec<double> turn(6.28318530717958647693);
  return cosine ? cos(turns * turn) : sin(turns * turn);
}

// Pairs of elements: even ones have the cosine, odd ones the sine.
template <class T>
void normal_pairs(const T* u, const T* v, std::int64_t pairs, T* out) {
  for (std::int64_t i = 0; i < pairs; i += kLanes<T>) {
    const Vec<T> r = xsimd::sqrt(Vec<T>(T(-2)) * log(Vec<T>::load_aligned(u + i)));
    const Vec<T> turns = Vec<T>::load_aligned(v + i);
    alignas(64) T even[kLanes<T>], odd[kLanes<T>];
    (r * sine_of_turns(turns, true)).store_aligned(even);
    (r * sine_of_turns(turns, false)).store_aligned(odd);
    for (int k = 0; k < kLanes<T>; ++k) {
      out[2 * (i + k)] = even[k];
      out[2 * (i + k) + 1] = odd[k];
    }
  }
}

// One part of a normal run: n elements, the first of which is even and `skip` not wanted.
template <class T>
void normal_part(const Words<kPer<T>>& words, std::int64_t n, std::int64_t skip, const RandomRun& run,
                 T* out) {
  constexpr T smallest = sizeof(T) == 4 ? T(0x1p-24) : T(0x1p-53);
  constexpr std::int64_t most = 4 * kBlocks;
  alignas(64) T u[most] = {}, v[most] = {}, z[2 * most];
  const std::int64_t pairs = (n + 1) / 2;
  for (std::int64_t p = 0; p < pairs; ++p) {
    u[p] = smallest + unit_of(words, 2 * p);
    v[p] = unit_of(words, 2 * p + 1);
  }
  normal_pairs(u, v, pairs, z);
  const T mean = static_cast<T>(run.alpha), deviation = static_cast<T>(run.beta);
  for (std::int64_t i = skip; i < n; ++i) out[i] = mean + deviation * z[i];
}

template <class T>
void normal(const RandomRun& run) {
  const auto odd = static_cast<std::int64_t>(run.first % 2);
  RandomRun even = run;
  even.first -= run.first % 2;
  even.n += odd;
  for_parts<kPer<T>>(even, [&](const Words<kPer<T>>& words, std::int64_t begin, std::int64_t n) {
    normal_part<T>(words, n, begin == 0 ? odd : 0, run, static_cast<T*>(run.out) + begin - odd);
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
