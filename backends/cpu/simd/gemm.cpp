#include <carousel/backends/cpu/simd/gemm.h>

#include <cstring>

#include <carousel/backends/cpu/simd/vec.h>

namespace carousel::cpu::CAROUSEL_SIMD {
namespace {

using std::int64_t;

// 16 vector registers hold 6 x 2 accumulators, one row of b and a broadcast; 32 hold 12 x 2.
#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int kMaxRows = 12;
#else
constexpr int kMaxRows = 6;
#endif
constexpr int kPanelVectors = 2;

template <class T>
constexpr int kColumns = kPanelVectors* kLanes<T>;

// A panel of b that fills L1 is better streamed from L2, past a group of a that stays.
template <class T>
constexpr bool kGroupsOutside = kColumns<T>* kGemmBlockK * sizeof(T) > 16384;

// One tile of M rows and P panels. The distances between a's elements are constants where it is
// packed. Apart: the vectors of a panel lie b_vector apart.
template <class T, int M, int P, bool Packed, bool Apart = false>
struct Tile {
  static constexpr int kVectors = P * kPanelVectors;

  static void run(const GemmBlock<T>& g, const T* a, const T* b, T* c, int64_t c_stride,
                  bool accumulate) {
    Vec<T> sum[M][kVectors];
#pragma GCC unroll 16
    for (int r = 0; r < M; ++r)
#pragma GCC unroll 16
      for (int v = 0; v < kVectors; ++v) sum[r][v] = Vec<T>(T(0));
    const int64_t row = Packed ? 1 : g.a_stride, panel = g.b_panel, b_stride = g.b_stride;
    const int64_t vector = Apart ? g.b_vector : kLanes<T>;
    for (int64_t p = 0; p < g.k; ++p, a += Packed ? M : 1, b += b_stride) {
      Vec<T> bv[kVectors];
#pragma GCC unroll 16
      for (int v = 0; v < kVectors; ++v)
        bv[v] = load(b + (v / kPanelVectors) * panel + (v % kPanelVectors) * vector);
#pragma GCC unroll 16
      for (int r = 0; r < M; ++r) {
        const Vec<T> av(a[r * row]);
#pragma GCC unroll 16
        for (int v = 0; v < kVectors; ++v) sum[r][v] = fma(av, bv[v], sum[r][v]);
      }
    }
#pragma GCC unroll 16
    for (int r = 0; r < M; ++r)
#pragma GCC unroll 16
      for (int v = 0; v < kVectors; ++v) {
        T* at = c + r * c_stride + v * kLanes<T>;
        store(at, accumulate ? load(at) + sum[r][v] : sum[r][v]);
      }
  }
};

template <class T>
using TileFn = void (*)(const GemmBlock<T>&, const T*, const T*, T*, int64_t, bool);

// [rows - 1]; a template of its own, as an initialiser list of instantiations.
template <class T, int P, bool Packed>
TileFn<T> tile_of(int64_t rows) {
  switch (rows) {
#define CAROUSEL_TILE(M) \
  case M:                \
    return Tile<T, M, P, Packed>::run;
    CAROUSEL_TILE(1)
    CAROUSEL_TILE(2)
    CAROUSEL_TILE(3)
    default:
      break;
  }
  if constexpr (P == 1) {
    switch (rows) {
      CAROUSEL_TILE(4)
      CAROUSEL_TILE(5)
      CAROUSEL_TILE(6)
      default:
        break;
    }
    if constexpr (kMaxRows > 6) {
      switch (rows) {
        CAROUSEL_TILE(7)
        CAROUSEL_TILE(8)
        CAROUSEL_TILE(9)
        CAROUSEL_TILE(10)
        CAROUSEL_TILE(11)
        CAROUSEL_TILE(12)
        default:
          break;
      }
    }
  }
#undef CAROUSEL_TILE
  return nullptr;
}

// Balanced groups: 16 rows are 6 + 5 + 5 rather than 6 + 6 + 4.
struct Groups {
  explicit Groups(int64_t all) : count((all + kMaxRows - 1) / kMaxRows), m(all) {}
  int64_t begin(int64_t group) const { return m * group / count; }
  int64_t count, m;
};

// Few rows have too few chains of sums to hide their latency: they take several panels at once.
constexpr int kWideRows = kFewRows;
constexpr int kWidePanels = 2;

template <class T>
void narrow_tile(const GemmBlock<T>& g, int64_t rows, const T* a, const T* b, T* c, int64_t n,
                 TileFn<T> tile) {
  constexpr int64_t columns = kColumns<T>;
  if (n >= columns) return tile(g, a, b, c, g.c_stride, g.accumulate);
  T edge[kMaxRows * columns];
  tile(g, a, b, edge, columns, false);
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t j = 0; j < n; ++j) {
      T& at = c[r * g.c_stride + j];
      at = g.accumulate ? at + edge[r * columns + j] : edge[r * columns + j];
    }
}

template <class T, bool Packed>
void group_of_rows(const GemmBlock<T>& g, int64_t begin, int64_t rows, int64_t first_panel,
                   int64_t end_panel) {
  constexpr int64_t columns = kColumns<T>;
  const T* a = g.a + begin * (Packed ? g.k : g.a_stride);
  T* c = g.c + begin * g.c_stride;
  int64_t panel = first_panel;
  if (rows <= kWideRows) {
    const TileFn<T> wide = tile_of<T, kWidePanels, Packed>(rows);
    for (; panel + kWidePanels <= end_panel && (panel + kWidePanels) * columns <= g.n;
         panel += kWidePanels)
      wide(g, a, g.b + panel * g.b_panel, c + panel * columns, g.c_stride, g.accumulate);
  }
  const TileFn<T> tile = tile_of<T, 1, Packed>(rows);
  for (; panel < end_panel; ++panel)
    narrow_tile(g, rows, a, g.b + panel * g.b_panel, c + panel * columns, g.n - panel * columns,
                tile);
}

template <class T, bool Packed>
void block_of(const GemmBlock<T>& g) {
  const Groups groups(g.m);
  const int64_t panels = (g.n + kColumns<T> - 1) / kColumns<T>;
  const int64_t step = kGroupsOutside<T> ? panels : kWidePanels;
  for (int64_t first = 0; first < panels; first += step) {
    const int64_t end = first + step < panels ? first + step : panels;
    for (int64_t i = 0; i < groups.count; ++i) {
      const int64_t begin = groups.begin(i);
      group_of_rows<T, Packed>(g, begin, groups.begin(i + 1) - begin, first, end);
    }
  }
}

template <class T>
void block(const GemmBlock<T>& g) {
  if (g.a_packed)
    block_of<T, true>(g);
  else
    block_of<T, false>(g);
}

template <class T>
void few_rows(const GemmBlock<T>& g) {
  const TileFn<T> tiles[kFewRows] = {Tile<T, 1, 2, false, true>::run,
                                     Tile<T, 2, 2, false, true>::run,
                                     Tile<T, 3, 2, false, true>::run};
  tiles[g.m - 1](g, g.a, g.b, g.c, g.c_stride, g.accumulate);
}

template <class T>
void pack_a(int64_t m, int64_t k, const T* a, int64_t row_stride, int64_t column_stride,
            T* packed) {
  const Groups groups(m);
  for (int64_t i = 0; i < groups.count; ++i) {
    const int64_t begin = groups.begin(i), rows = groups.begin(i + 1) - begin;
    const T* from = a + begin * row_stride;
    T* to = packed + begin * k;
    if (row_stride == 1) {
      for (int64_t p = 0; p < k; ++p)
        for (int64_t r = 0; r < rows; ++r) to[p * rows + r] = from[p * column_stride + r];
    } else {
      for (int64_t r = 0; r < rows; ++r)
        for (int64_t p = 0; p < k; ++p) to[p * rows + r] = from[r * row_stride + p * column_stride];
    }
  }
}

// Four rows of four elements as columns, in registers.
template <class T>
void transpose4(const T* from, int64_t from_stride, T* to, int64_t to_stride) {
  using Four [[gnu::vector_size(4 * sizeof(T))]] = T;
  Four row[4];
  for (int i = 0; i < 4; ++i) std::memcpy(&row[i], from + i * from_stride, sizeof(Four));
  const Four low01 = __builtin_shufflevector(row[0], row[1], 0, 4, 1, 5);
  const Four high01 = __builtin_shufflevector(row[0], row[1], 2, 6, 3, 7);
  const Four low23 = __builtin_shufflevector(row[2], row[3], 0, 4, 1, 5);
  const Four high23 = __builtin_shufflevector(row[2], row[3], 2, 6, 3, 7);
  row[0] = __builtin_shufflevector(low01, low23, 0, 1, 4, 5);
  row[1] = __builtin_shufflevector(low01, low23, 2, 3, 6, 7);
  row[2] = __builtin_shufflevector(high01, high23, 0, 1, 4, 5);
  row[3] = __builtin_shufflevector(high01, high23, 2, 3, 6, 7);
  for (int i = 0; i < 4; ++i) std::memcpy(to + i * to_stride, &row[i], sizeof(Four));
}

template <class T>
void pack_panel(int64_t k, int64_t n, const T* b, int64_t row_stride, int64_t column_stride,
                T* to) {
  constexpr int64_t columns = kColumns<T>;
  if (column_stride == 1 && n == columns) {
    for (int64_t p = 0; p < k; ++p)
      for (int v = 0; v < kPanelVectors; ++v)
        store(to + p * columns + v * kLanes<T>, load(b + p * row_stride + v * kLanes<T>));
    return;
  }
  const int64_t fours_k = row_stride == 1 ? k / 4 * 4 : 0, fours_n = fours_k > 0 ? n / 4 * 4 : 0;
  for (int64_t j = 0; j < fours_n; j += 4)
    for (int64_t p = 0; p < fours_k; p += 4)
      transpose4(b + p + j * column_stride, column_stride, to + p * columns + j, columns);
  for (int64_t j = 0; j < n; ++j)
    for (int64_t p = j < fours_n ? fours_k : 0; p < k; ++p)
      to[p * columns + j] = b[p * row_stride + j * column_stride];
  for (int64_t p = 0; p < k; ++p)
    for (int64_t j = n; j < columns; ++j) to[p * columns + j] = T(0);
}

template <class T>
void pack_b(int64_t k, int64_t n, const T* b, int64_t row_stride, int64_t column_stride,
            T* packed) {
  constexpr int64_t columns = kColumns<T>;
  for (int64_t j = 0; j < n; j += columns)
    pack_panel(k, n - j < columns ? n - j : columns, b + j * column_stride, row_stride,
               column_stride, packed + j * k);
}

template <class T>
constexpr GemmKernels<T> kKernels{kMaxRows,    kColumns<T>, block<T>,
                                  few_rows<T>, pack_a<T>,   pack_b<T>};

}  // namespace

const GemmKernels<float>& gemm_f32() { return kKernels<float>; }
const GemmKernels<double>& gemm_f64() { return kKernels<double>; }

}  // namespace carousel::cpu::CAROUSEL_SIMD
