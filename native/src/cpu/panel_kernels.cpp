#include "panel_kernels.h"

namespace trireme::TRIREME_ISA {
namespace {

#if defined(__AVX512F__)
constexpr int kBytes = 64, kRegisters = 32;
#elif defined(__AVX__)
constexpr int kBytes = 32, kRegisters = 16;
#else
constexpr int kBytes = 16, kRegisters = 16;
#endif
typedef float Vector __attribute__((vector_size(kBytes)));
typedef uint32_t Words __attribute__((vector_size(kBytes)));
constexpr int kVectors = static_cast<int>(kPanel) * 4 / kBytes;  // of a panel's row

/// Whether the sums of `rows` rows with `panels` panels fit the registers, beside one operand's vectors and one of the other.
constexpr bool fit(int rows, int panels) {
  int vectors = panels * kVectors;
  return rows * vectors + (rows < vectors ? rows : vectors) + 1 <= kRegisters;
}

/// Most rows that fit with one panel; in fours, if so many, because that is how blocks are transposed.
constexpr int most_rows() {
  int rows = 1;
  while (fit(rows + 1, 1)) ++rows;
  return rows < 4 ? rows : rows / 4 * 4;
}

constexpr int kRows = most_rows();

/// Number of panels that are read at once. With few rows a single panel would be bound by the latency of additions and by one stream of
/// memory.
constexpr int streams(int rows) {
  return fit(rows, 8) ? 8 : fit(rows, 4) ? 4 : fit(rows, 2) ? 2 : 1;
}

// Prefetch distance in bytes with many rows: the hardware prefetcher, which stops at page ends, is then too slow. With few rows it keeps
// up, and software prefetching would only cost.
constexpr int64_t kAhead = 4096;
constexpr int kManyRows = 4;

#define UNROLL _Pragma("GCC unroll 32")

/// Vector v of a panel's row.
struct Float32 {
  static constexpr int64_t kRowBytes = kPanel * 4;
  static inline Vector vector(const char* row, int v) {
    Vector w;
    __builtin_memcpy(&w, row + v * kBytes, kBytes);
    return w;
  }
};

struct BFloat16 {
  static constexpr int64_t kRowBytes = kPanel * 2;
  static inline Vector vector(const char* row, int v) {
    Words both;
    __builtin_memcpy(&both, row + v % (kVectors / 2) * kBytes, kBytes);
    return v < kVectors / 2 ? (Vector)(both << 16) : (Vector)(both & 0xffff0000u);
  }
};

/// One row of a panel's sums to where they belong.
inline void put(bool accumulate, const Vector (&sums)[kVectors], float* out) {
  for (int v = 0; v < kVectors; ++v) {
    Vector before{};
    if (accumulate) __builtin_memcpy(&before, out + v * kBytes / 4, kBytes);
    before += sums[v];
    __builtin_memcpy(out + v * kBytes / 4, &before, kBytes);
  }
}

template <int R, int P>
using Sums = Vector[P][R][kVectors];

/// sums += x (inner, R) times `inner` rows of each of P panels, while what comes next is fetched if `fetches`.
template <typename Type, int R, int P, bool fetches = false>
[[gnu::always_inline]] inline void accumulate(Sums<R, P>& sums, const char* const (&panels)[P], const float* x, int64_t inner,
                                              Ahead ahead = {}) {
  if (inner <= 0) __builtin_unreachable();  // or the sums would have to be in memory for the loop's not running
  for (int64_t i = 0; i < inner; ++i, x += R) {
    if constexpr (fetches) {
      __builtin_prefetch(ahead.next, 0, 2);
      ahead.next += ahead.step;
    }
    UNROLL for (int q = 0; q < P; ++q) {
      const char* here = panels[q] + i * Type::kRowBytes;
      if constexpr (R >= kManyRows) {
        for (int64_t b = 0; b < Type::kRowBytes; b += 64) __builtin_prefetch(here + kAhead + b);
      }
      if constexpr (R < kVectors) {
        UNROLL for (int v = 0; v < kVectors; ++v) {
          Vector w = Type::vector(here, v);
          UNROLL for (int r = 0; r < R; ++r) sums[q][r][v] += w * x[r];
        }
      } else {
        Vector w[kVectors];
        UNROLL for (int v = 0; v < kVectors; ++v) w[v] = Type::vector(here, v);
        UNROLL for (int r = 0; r < R; ++r) {
          UNROLL for (int v = 0; v < kVectors; ++v) sums[q][r][v] += w[v] * x[r];
        }
      }
    }
  }
}

template <int R, int P>
[[gnu::always_inline]] inline void clear(Sums<R, P>& sums) {
  UNROLL for (int q = 0; q < P; ++q) {
    UNROLL for (int r = 0; r < R; ++r) {
      UNROLL for (int v = 0; v < kVectors; ++v) sums[q][r][v] = Vector{};
    }
  }
}

/// The columns from panel `first` on of R rows of the output.
template <int R, int P, typename Product>
[[gnu::always_inline]] inline void put(const Product& p, bool accumulate, const Sums<R, P>& sums, int64_t first) {
  for (int q = 0; q < P; ++q) {
    int64_t column = (first + q) * kPanel, count = p.columns - column;
    for (int r = 0; r < R; ++r) {
      float* out = p.out + r * p.out_stride + column;
      if (count >= kPanel) {
        put(accumulate, sums[q][r], out);
      } else {
        float whole[kPanel] = {};
        auto bytes = static_cast<uint64_t>(count) * sizeof(float);
        __builtin_memcpy(whole, out, bytes);
        put(accumulate, sums[q][r], whole);
        __builtin_memcpy(out, whole, bytes);
      }
    }
  }
}

/// R rows of x with the P panels from `first` on.
struct Strided {
  using Product = PanelProduct;
  template <typename Type, int R, int P>
  static void tile(const PanelProduct& p, int64_t first) {
    const char* panels[P];
    UNROLL for (int q = 0; q < P; ++q) panels[q] = static_cast<const char*>(p.panels.data) + (first + q) * p.panels.stride;
    Sums<R, P> sums;
    clear<R, P>(sums);
    if (p.ahead.step > 0) {
      accumulate<Type, R, P, true>(sums, panels, p.x, p.inner, {p.ahead.next + first * p.inner * p.ahead.step, p.ahead.step});
    } else {
      accumulate<Type, R, P>(sums, panels, p.x, p.inner);
    }
    put<R, P>(p, p.accumulate, sums, first);
  }
};

/// The same, where each panel is in a block of its own.
struct Keys {
  using Product = BlockProduct;
  template <typename Type, int R, int P>
  static void tile(const BlockProduct& p, int64_t first) {
    const char* panels[P];
    UNROLL for (int q = 0; q < P; ++q) panels[q] = p.panels.first + p.panels.table[first + q] * p.panels.block_bytes;
    Sums<R, P> sums;
    clear<R, P>(sums);
    accumulate<Type, R, P>(sums, panels, p.x, p.inner);
    put<R, P>(p, false, sums, first);
  }
};

/// The same, where every block has some rows of each panel.
struct Values {
  using Product = BlockProduct;
  template <typename Type, int R, int P>
  static void tile(const BlockProduct& p, int64_t first) {
    Sums<R, P> sums;
    clear<R, P>(sums);
    for (int64_t begin = 0; begin < p.inner; begin += kPanel) {
      const char* panels[P];
      const char* block = p.panels.first + p.panels.table[begin / kPanel] * p.panels.block_bytes;
      UNROLL for (int q = 0; q < P; ++q) panels[q] = block + (first + q) * kPanel * Type::kRowBytes;
      accumulate<Type, R, P>(sums, panels, p.x + begin * R, p.inner - begin < kPanel ? p.inner - begin : kPanel);
    }
    put<R, P>(p, false, sums, first);
  }
};

/// The panels from `first` on, P at once, then what is left with half as many: a head's values are often two panels.
template <typename Source, typename Type, int R, int P = streams(R)>
void multiply_rows(const typename Source::Product& p, int64_t first = 0) {
  int64_t panels = (p.columns + kPanel - 1) / kPanel;
  for (; first + P <= panels; first += P) Source::template tile<Type, R, P>(p, first);
  if constexpr (P > 1) multiply_rows<Source, Type, R, P / 2>(p, first);
}

template <typename Source, typename Type, int R = 1>
void multiply_as(const typename Source::Product& p) {
  if constexpr (R <= kRows) {
    if (p.rows == R) multiply_rows<Source, Type, R>(p);
    else multiply_as<Source, Type, R + 1>(p);
  }
}

template <typename Source>
void multiply_from(const typename Source::Product& p) {
  if (p.panels.bfloat16) multiply_as<Source, BFloat16>(p);
  else multiply_as<Source, Float32>(p);
}

void multiply(const PanelProduct& p) {
  multiply_from<Strided>(p);
}

void multiply_keys(const BlockProduct& p) {
  multiply_from<Keys>(p);
}

void multiply_values(const BlockProduct& p) {
  multiply_from<Values>(p);
}

inline uint32_t bfloat16(float value) {
  auto bits = __builtin_bit_cast(uint32_t, value);
  uint32_t rounded = (bits + 0x7fffu + ((bits >> 16) & 1)) >> 16;
  return value != value ? 0x7fc0u : rounded;
}

inline float float32(uint32_t high_half) {
  return __builtin_bit_cast(float, high_half);
}

void round(int64_t count, const float* from, uint32_t* to) {
  for (int64_t i = 0; i < count; ++i, from += kPanel, to += kPanel / 2) {
#pragma omp simd
    for (int64_t o = 0; o < kPanel / 2; ++o) to[o] = bfloat16(from[o]) | bfloat16(from[o + kPanel / 2]) << 16;
  }
}

void widen(int64_t count, const uint32_t* from, float* to) {
  for (int64_t i = 0; i < count; ++i, from += kPanel / 2, to += kPanel) {
#pragma omp simd
    for (int64_t o = 0; o < kPanel / 2; ++o) {
      to[o] = float32(from[o] << 16);
      to[o + kPanel / 2] = float32(from[o] & 0xffff0000u);
    }
  }
}

}  // namespace

#define KERNEL(name) .name = name
const PanelKernels panels = {
    .rows = kRows,
    KERNEL(multiply),
    KERNEL(multiply_keys),
    KERNEL(multiply_values),
    KERNEL(round),
    KERNEL(widen),
};
#undef KERNEL

}  // namespace trireme::TRIREME_ISA
