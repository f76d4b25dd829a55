#include "vector_kernels.h"

#include "../dropout.h"

namespace trireme::TRIREME_ISA {
namespace {

/// e^x within 2 ulp for x in [-87, 88], clamped outside; NaN stays NaN. x = n ln 2 + r, e^x = 2^n e^r, with a minimax
/// polynomial for (e^r - 1 - r) / r^2 on |r| <= ln 2 / 2 (fitted by weighted least squares; error 3e-9).
inline float exponential(float x) {
  x = x < -87.0f ? -87.0f : x;
  x = x > 88.0f ? 88.0f : x;
  float n = __builtin_rintf(x * 1.44269504f);
  float r = (x - n * 0.693145752f) - n * 1.42860677e-6f;  // ln 2 in two parts; n times the first is exact
  float q = 0.49999994f + r * (0.166665211f + r * (0.0416683890f + r * (0.00836871564f + r * 0.00138146023f)));
  float power = 1.0f + (r + r * r * q);
  auto exponent = static_cast<uint32_t>(static_cast<int32_t>(n)) << 23;
  return __builtin_bit_cast(float, __builtin_bit_cast(uint32_t, power) + exponent);
}

constexpr float kGeluScale = 2 * 0.797884561f;  // 2 sqrt(2 / pi)
constexpr float kGeluCube = 0.044715f;

/// 0.5 x (1 + tanh(u)) = x / (1 + e^(-2u)), u = sqrt(2 / pi) (x + 0.044715 x^3)
inline float gelu(float x) {
  return x / (1.0f + exponential(-kGeluScale * (x + kGeluCube * x * x * x)));
}

/// With s = 1 / (1 + e), e = e^(-2u): gelu' = s + x s (1 - s) 2 u'
inline float gelu_derivative(float x) {
  float e = exponential(-kGeluScale * (x + kGeluCube * x * x * x));
  float s = 1.0f / (1.0f + e);
  return s + x * (e * s * s) * (kGeluScale * (1.0f + 3 * kGeluCube * x * x));
}

/// The dropout factor of the element at `index` of a run.
inline float kept(MaskRun m, uint32_t index) {
  return dropout_bits(m.key, m.sample, m.index + index) < m.threshold ? 0.0f : m.scale;
}

/// The run of row n's elements from column `first`.
inline MaskRun run_of(const Mask& m, int64_t n, int64_t width, int64_t first = 0) {
  auto sample = static_cast<uint32_t>(m.first_row + n / m.length);
  return {m.key, m.threshold, sample, static_cast<uint32_t>(n % m.length * width + first), m.scale};
}

void add_bias(const RowRange& rows, const float* bias, float* x) {
  for (int64_t n = rows.begin; n < rows.end; ++n) {
    float* row = x + n * rows.width;
#pragma omp simd
    for (int64_t c = 0; c < rows.width; ++c) row[c] += bias[c];
  }
}

/// Sums eight rows at a time as a tree, which is faster and more accurate than one by one.
void column_sums(const ColumnBlock& shape, const float* x, bool accumulate, float* out) {
  constexpr int64_t kBlock = 256;
  for (int64_t first = 0; first < shape.columns; first += kBlock) {
    int64_t count = shape.columns - first < kBlock ? shape.columns - first : kBlock, n = 0, s = shape.stride;
    float sum[kBlock] = {};
    for (; n + 8 <= shape.rows; n += 8) {
      const float* r = x + n * s + first;
#pragma omp simd
      for (int64_t c = 0; c < count; ++c)
        sum[c] += ((r[c] + r[c + s]) + (r[c + 2 * s] + r[c + 3 * s])) + ((r[c + 4 * s] + r[c + 5 * s]) + (r[c + 6 * s] + r[c + 7 * s]));
    }
    for (; n < shape.rows; ++n) {
#pragma omp simd
      for (int64_t c = 0; c < count; ++c) sum[c] += x[n * s + first + c];
    }
    for (int64_t c = 0; c < count; ++c) out[first + c] = accumulate ? out[first + c] + sum[c] : sum[c];
  }
}

void drop(int64_t count, MaskRun mask, float* x) {
#pragma omp simd
  for (int64_t i = 0; i < count; ++i) x[i] *= kept(mask, i);
}

int64_t position_of(int64_t n, const Mask& mask, const int32_t* begins) {
  return n % mask.length - (begins == nullptr ? 0 : begins[n]);
}

void embedding(const RowRange& rows, const Mask& mask, const EmbeddingArguments& a) {
  for (int64_t n = rows.begin; n < rows.end; ++n) {
    const float* token = a.tokens + a.ids[n] * rows.width;
    float* out = a.out + n * rows.width;
    if (a.positions == nullptr) {
      __builtin_memcpy(out, token, static_cast<uint64_t>(rows.width) * sizeof(float));
    } else {
      const float* position = a.positions + position_of(n, mask, a.begins) * rows.width;
#pragma omp simd
      for (int64_t c = 0; c < rows.width; ++c) out[c] = token[c] + position[c];
    }
    if (mask.threshold > 0) drop(rows.width, run_of(mask, n, rows.width), out);
  }
}

void embedding_backward(const ColumnBlock& shape, const Mask& mask, const EmbeddingBackwardArguments& a) {
  for (int64_t n = 0; n < shape.rows; ++n) {
    const float* dy = a.dy + n * shape.stride;
    float* sums[] = {a.d_tokens + a.ids[n] * shape.stride,
                     a.d_positions ? a.d_positions + position_of(n, mask, a.begins) * shape.stride : nullptr};
    auto run = run_of(mask, n, shape.stride, a.first_column);
    for (float* sum : sums) {
      if (sum == nullptr) continue;
      if (mask.threshold == 0) {
#pragma omp simd
        for (int64_t c = 0; c < shape.columns; ++c) sum[c] += dy[c];
      } else {
#pragma omp simd
        for (int64_t c = 0; c < shape.columns; ++c) sum[c] += dy[c] * kept(run, c);
      }
    }
  }
}

void residual(const RowRange& rows, const Mask& mask, const ResidualArguments& a) {
  const float* bias = a.bias;
  for (int64_t n = rows.begin; n < rows.end; ++n) {
    const float *x = a.x + n * rows.width, *update = a.update + n * rows.width;
    float* out = a.out + n * rows.width;
    auto run = run_of(mask, n, rows.width);
    if (mask.threshold == 0) {
#pragma omp simd
      for (int64_t c = 0; c < rows.width; ++c) out[c] = x[c] + (update[c] + bias[c]);
    } else {
#pragma omp simd
      for (int64_t c = 0; c < rows.width; ++c) out[c] = x[c] + (update[c] + bias[c]) * kept(run, c);
    }
  }
}

void dropout(const RowRange& rows, const Mask& mask, const float* dy_0, float* out_0) {
  for (int64_t n = rows.begin; n < rows.end; ++n) {
    const float* dy = dy_0 + n * rows.width;
    float* out = out_0 + n * rows.width;
    auto run = run_of(mask, n, rows.width);
#pragma omp simd
    for (int64_t c = 0; c < rows.width; ++c) out[c] = dy[c] * kept(run, c);
  }
}

void bias_gelu(const RowRange& rows, const float* bias, float* x_0, float* out_0) {
  for (int64_t n = rows.begin; n < rows.end; ++n) {
    float *x = x_0 + n * rows.width, *out = out_0 + n * rows.width;
#pragma omp simd
    for (int64_t c = 0; c < rows.width; ++c) {
      float biased = x[c] + bias[c];
      x[c] = biased;
      out[c] = gelu(biased);
    }
  }
}

void gelu_backward(int64_t count, const float* dy, float* x) {
#pragma omp simd
  for (int64_t i = 0; i < count; ++i) x[i] = dy[i] * gelu_derivative(x[i]);
}

void swiglu(const RowRange& rows, const float* gate_up, float* out_0) {
  for (int64_t n = rows.begin; n < rows.end; ++n) {
    const float *gate = gate_up + 2 * n * rows.width, *up = gate + rows.width;
    float* out = out_0 + n * rows.width;
#pragma omp simd
    for (int64_t c = 0; c < rows.width; ++c) out[c] = gate[c] / (1.0f + exponential(-gate[c])) * up[c];
  }
}

/// With s = 1 / (1 + e), e = e^(-gate): (gate s)' = s + gate s (1 - s), and 1 - s = e s
void swiglu_backward(const RowRange& rows, const float* dy_0, float* gate_up) {
  for (int64_t n = rows.begin; n < rows.end; ++n) {
    const float* dy = dy_0 + n * rows.width;
    float *gate = gate_up + 2 * n * rows.width, *up = gate + rows.width;
#pragma omp simd
    for (int64_t c = 0; c < rows.width; ++c) {
      float g = gate[c], e = exponential(-g), s = 1.0f / (1.0f + e);
      gate[c] = dy[c] * up[c] * (s + g * (e * s * s));
      up[c] = dy[c] * (g * s);
    }
  }
}

void rotate(const RowRange& rows, const RotateArguments& a) {
  int64_t half = a.width / 2;
  for (int64_t n = rows.begin; n < rows.end; ++n) {
    const float *cosine = a.table + a.position_ids[n] * a.width, *sine = cosine + half;
    for (int64_t head = 0; head < a.heads; ++head) {
      float *first = a.qkv + n * rows.width + head * a.width, *second = first + half;
#pragma omp simd
      for (int64_t d = 0; d < half; ++d) {
        float x = first[d], y = second[d], s = a.sign * sine[d];
        first[d] = x * cosine[d] - y * s;
        second[d] = y * cosine[d] + x * s;
      }
    }
  }
}

RowSum exponentials(int64_t count, bool keep, float* x) {
  constexpr int64_t kBlock = 1024;  // summed in float; blocks are summed in double
  float maximum = x[0];
#pragma omp simd reduction(max : maximum)
  for (int64_t i = 0; i < count; ++i) maximum = x[i] > maximum ? x[i] : maximum;
  double total = 0;
  for (int64_t begin = 0; begin < count; begin += kBlock) {
    int64_t end = count - begin < kBlock ? count : begin + kBlock;
    float sum = 0;
    if (keep) {
#pragma omp simd reduction(+ : sum)
      for (int64_t i = begin; i < end; ++i) sum += x[i] = exponential(x[i] - maximum);
    } else {
#pragma omp simd reduction(+ : sum)
      for (int64_t i = begin; i < end; ++i) sum += exponential(x[i] - maximum);
    }
    total += sum;
  }
  return {maximum, total};
}

void scale(int64_t count, float factor, float* x) {
#pragma omp simd
  for (int64_t i = 0; i < count; ++i) x[i] *= factor;
}

void softmax_backward(int64_t count, MaskRun mask, float log_sum_exp, float delta, float* scores, float* d) {
  if (mask.threshold == 0) {
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
      float p = exponential(scores[i] - log_sum_exp);
      scores[i] = p;
      d[i] = p * (d[i] - delta);
    }
  } else {
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
      float p = exponential(scores[i] - log_sum_exp), factor = kept(mask, i);
      scores[i] = p * factor;
      d[i] = p * (d[i] * factor - delta);
    }
  }
}

void copy(const ColumnBlock& shape, const float* from, int64_t to_stride, float* to) {
  auto bytes = static_cast<uint64_t>(shape.columns) * sizeof(float);
  for (int64_t r = 0; r < shape.rows; ++r, from += shape.stride, to += to_stride) {
    switch (shape.columns) {  // sizes that the compiler knows are a few instructions
      case 32: __builtin_memcpy(to, from, 32 * sizeof(float)); break;
      case 12: __builtin_memcpy(to, from, 12 * sizeof(float)); break;
      default: __builtin_memcpy(to, from, bytes);
    }
  }
}

// Transposes 4 x 4 squares side by side, each within a part of the registers. Four rows at a time, because rows a power of two apart share
// few lines of the first-level cache.
#if defined(__AVX512F__)
constexpr int kWide = 16;
#define FOURS(a, b, c, d) a, b, c, d, a + 4, b + 4, c + 4, d + 4, a + 8, b + 8, c + 8, d + 8, a + 12, b + 12, c + 12, d + 12
#else
constexpr int kWide = 4;
#define FOURS(a, b, c, d) a, b, c, d
#endif
typedef float Four __attribute__((vector_size(16)));
typedef float Wide __attribute__((vector_size(4 * kWide)));

/// Column i of the squares, each of which has its own.
inline void store_columns(const Wide& column, [[maybe_unused]] int64_t square_stride, float* to) {
  const Four first = __builtin_shufflevector(column, column, 0, 1, 2, 3);
  __builtin_memcpy(to, &first, sizeof(Four));
#if defined(__AVX512F__)
  const Four others[] = {__builtin_shufflevector(column, column, 4, 5, 6, 7), __builtin_shufflevector(column, column, 8, 9, 10, 11),
                         __builtin_shufflevector(column, column, 12, 13, 14, 15)};
  for (int64_t i = 0; i < 3; ++i) __builtin_memcpy(to + (i + 1) * square_stride, &others[i], sizeof(Four));
#endif
}

inline void transpose_wide(const float* from, int64_t stride, int64_t to_stride, float* to) {
  Wide in[4];
  for (int i = 0; i < 4; ++i) __builtin_memcpy(&in[i], from + i * stride, sizeof(Wide));
  auto low01 = __builtin_shufflevector(in[0], in[1], FOURS(0, 1, kWide, kWide + 1));
  auto low23 = __builtin_shufflevector(in[2], in[3], FOURS(0, 1, kWide, kWide + 1));
  auto high01 = __builtin_shufflevector(in[0], in[1], FOURS(2, 3, kWide + 2, kWide + 3));
  auto high23 = __builtin_shufflevector(in[2], in[3], FOURS(2, 3, kWide + 2, kWide + 3));
  const Wide out[4] = {__builtin_shufflevector(low01, low23, FOURS(0, 2, kWide, kWide + 2)),
                       __builtin_shufflevector(low01, low23, FOURS(1, 3, kWide + 1, kWide + 3)),
                       __builtin_shufflevector(high01, high23, FOURS(0, 2, kWide, kWide + 2)),
                       __builtin_shufflevector(high01, high23, FOURS(1, 3, kWide + 1, kWide + 3))};
  for (int64_t i = 0; i < 4; ++i) store_columns(out[i], 4 * to_stride, to + i * to_stride);
}

void transpose(const ColumnBlock& shape, const float* from, int64_t to_stride, float* to) {
  int64_t rows = shape.rows / 4 * 4, columns = shape.columns / kWide * kWide, s = shape.stride;
  for (int64_t c = 0; c < columns; c += kWide)
    for (int64_t r = 0; r < rows; r += 4) transpose_wide(from + r * s + c, s, to_stride, to + c * to_stride + r);
  for (int64_t r = 0; r < shape.rows; ++r)
    for (int64_t c = r < rows ? columns : 0; c < shape.columns; ++c) to[c * to_stride + r] = from[r * s + c];
}

float dot(int64_t count, const float* a, const float* b) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < count; ++i) sum += a[i] * b[i];
  return sum;
}

/// The maximum first, then its index, in blocks that vectors answer with yes or no. A NaN, which is above nothing, would go
/// unseen, so the same pass looks for one.
int64_t argmax(int64_t count, const float* x) {
  constexpr int64_t kBlock = 256;
  const float infinity = __builtin_inff();
  float maximum = -infinity;
  int32_t unordered = 0;
#pragma omp simd reduction(max : maximum) reduction(| : unordered)
  for (int64_t i = 0; i < count; ++i) {
    maximum = x[i] > maximum ? x[i] : maximum;
    unordered |= !(x[i] == x[i]);
  }
  if (unordered || maximum == infinity || maximum == -infinity) return -1;
  for (int64_t begin = 0; begin < count; begin += kBlock) {
    int64_t end = count - begin < kBlock ? count : begin + kBlock;
    int32_t found = 0;
#pragma omp simd reduction(| : found)
    for (int64_t i = begin; i < end; ++i) found |= x[i] == maximum;
    for (int64_t i = begin; found && i < end; ++i)
      if (x[i] == maximum) return i;
  }
  return -1;
}

double sum_of_squares(int64_t count, const float* x) {
  double sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < count; ++i) sum += static_cast<double>(x[i]) * static_cast<double>(x[i]);
  return sum;
}

void adamw(int64_t begin, int64_t end, const AdamWArguments& arguments) {
  const AdamWArguments a = arguments;
#pragma omp simd
  for (int64_t i = begin; i < end; ++i) {
    float g = a.gradients[i] * a.gradient_scale;
    float m = a.mean[i] * a.beta1 + g * a.rest1;
    float v = a.variance[i] * a.beta2 + g * g * a.rest2;
    a.mean[i] = m;
    a.variance[i] = v;
    a.w[i] -= a.decay * a.w[i] + a.step_size * m / (__builtin_sqrtf(v) * a.root_scale + a.epsilon);
  }
}

}  // namespace

#define KERNEL(name) .name = name
const VectorKernels kernels = {
    KERNEL(add_bias),
    KERNEL(column_sums),
    KERNEL(embedding),
    KERNEL(embedding_backward),
    KERNEL(residual),
    KERNEL(dropout),
    KERNEL(bias_gelu),
    KERNEL(gelu_backward),
    KERNEL(swiglu),
    KERNEL(swiglu_backward),
    KERNEL(rotate),
    KERNEL(exponentials),
    KERNEL(scale),
    KERNEL(drop),
    KERNEL(softmax_backward),
    KERNEL(copy),
    KERNEL(transpose),
    KERNEL(dot),
    KERNEL(argmax),
    KERNEL(sum_of_squares),
    KERNEL(adamw),
};
#undef KERNEL

}  // namespace trireme::TRIREME_ISA
