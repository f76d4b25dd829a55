#pragma once
#include <cstdint>

/// Loops over plain memory that compilers turn into vector code. They are compiled once per instruction set, so neither
/// this header nor what *_kernels.cpp include may have code that other files share: the linker keeps one copy of
/// such code, and would be free to keep the one with the newest instructions.
///
/// Loops do not use threads. Callers split work at positions that do not depend on the number of threads, so results do not either.
namespace trireme {

/// Rows [begin, end) of a row-major matrix; pointers are to row 0.
struct RowRange {
  int64_t begin, end, width;
};

/// `columns` neighbouring columns of a row-major matrix; pointers are to the first of them in row 0.
struct ColumnBlock {
  int64_t rows, columns, stride;
};

/// Dropout of an activation (N, C) by dropout.h; T = `length` gives the sample and index of an element.
struct Mask {
  uint64_t key;
  uint32_t threshold;  // 0: nothing is dropped
  float scale;         // 1 / (1 - probability)
  int64_t first_row, length;
};

/// Dropout of consecutive elements of one sample, from `index` on.
struct MaskRun {
  uint64_t key;
  uint32_t threshold, sample, index;
  float scale;
};

struct EmbeddingArguments {
  const int32_t *ids, *begins;  // begins of documents as `Rows` has them, or null
  const float *tokens, *positions;  // positions may be null
  float* out;
};

struct EmbeddingBackwardArguments {
  const float* dy;
  const int32_t *ids, *begins;
  int64_t first_column;  // of the whole matrix, whose width is the stride
  float *d_tokens, *d_positions;  // the latter may be null
};

struct ResidualArguments {
  const float *x, *update, *bias;
  float* out;
};

/// The first `heads` heads of each row, of `width` columns.
struct RotateArguments {
  const int32_t* position_ids;
  const float* table;
  int64_t heads, width;
  float sign;  // -1 turns back
  float* qkv;
};

/// w -= decay w + step_size m / (sqrt(v) root_scale + epsilon)
struct AdamWArguments {
  float *w, *mean, *variance;
  const float* gradients;
  float gradient_scale, beta1, rest1, beta2, rest2;  // rest = 1 - beta, rounded after the difference
  float decay, step_size, root_scale, epsilon;
};

/// Maximum and sum of a row: its softmax is exp(x - maximum) / sum.
struct RowSum {
  float maximum;
  double sum;
};

/// The operators of kernels.h over raw pointers; functions without `RowRange` process `count` contiguous elements.
struct VectorKernels {
  void (*add_bias)(const RowRange&, const float* bias, float* x);
  /// out (columns) = or += sums over rows
  void (*column_sums)(const ColumnBlock&, const float* x, bool accumulate, float* out);

  void (*embedding)(const RowRange&, const Mask&, const EmbeddingArguments&);
  void (*embedding_backward)(const ColumnBlock&, const Mask&, const EmbeddingBackwardArguments&);

  void (*residual)(const RowRange&, const Mask&, const ResidualArguments&);
  void (*dropout)(const RowRange&, const Mask&, const float* dy, float* out);
  void (*bias_gelu)(const RowRange&, const float* bias, float* x, float* out);
  void (*gelu_backward)(int64_t count, const float* dy, float* x);
  /// Rows of `width` F
  void (*swiglu)(const RowRange&, const float* gate_up, float* out);
  void (*swiglu_backward)(const RowRange&, const float* dy, float* gate_up);
  void (*rotate)(const RowRange&, const RotateArguments&);

  /// Maximum and sum of exp(x - maximum); x becomes exp(x - maximum) if `keep`.
  RowSum (*exponentials)(int64_t count, bool keep, float* x);
  void (*scale)(int64_t count, float factor, float* x);
  void (*drop)(int64_t count, MaskRun, float* x);
  /// One query: scores become probabilities exp(score - log_sum_exp), dropped as in forward; d, the gradient of the dropped
  /// probabilities, becomes that of the scores, probability * (dropout'(d) - delta).
  void (*softmax_backward)(int64_t count, MaskRun, float log_sum_exp, float delta, float* scores, float* d);
  /// to (rows, columns) = a block
  void (*copy)(const ColumnBlock&, const float* from, int64_t to_stride, float* to);
  /// to (columns, rows) = the transpose of a block
  void (*transpose)(const ColumnBlock&, const float* from, int64_t to_stride, float* to);
  float (*dot)(int64_t count, const float* a, const float* b);
  /// The index of the first maximum; -1 if there is a NaN, or the maximum is infinite
  int64_t (*argmax)(int64_t count, const float* x);

  double (*sum_of_squares)(int64_t count, const float* x);
  void (*adamw)(int64_t begin, int64_t end, const AdamWArguments&);
};

namespace v2 { extern const VectorKernels kernels; }  // SSE4.2
namespace v3 { extern const VectorKernels kernels; }  // AVX2 and FMA
namespace v4 { extern const VectorKernels kernels; }  // AVX-512

}  // namespace trireme
