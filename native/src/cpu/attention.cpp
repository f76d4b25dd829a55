#include "attention.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "../dropout.h"
#include "gemm.h"
#include "scratch.h"

namespace trireme {
namespace {

// Queries of a block. OpenBLAS multiplies without packing below a million multiplications, which is what counts here; 32
// is a tenth slower, and a third where length * width then passes that bound. MKL would prefer 32.
constexpr int64_t kQueries = 16;
constexpr int64_t kLane = 16;  // rows of scores are padded to whole vectors, which is faster than their ends one by one

int64_t padded(int64_t count) {
  return (count + kLane - 1) / kLane * kLane;
}

/// From row to row of scores and of transposed keys: rows that are powers of two apart would share few sets of the cache.
int64_t stride_of(int64_t length) {
  return padded(length) + kLane;
}

/// One (row, head) pair: where its q, k, v and output start, and its dropout.
struct Pair {
  const AttentionShape& shape;
  int64_t batch, head, hidden;
  MaskRun mask;

  Pair(const AttentionShape& s, const Dropout& dropout, int64_t pair)
      : shape(s),
        batch(pair / s.heads),
        head(pair % s.heads),
        hidden(s.heads * s.width),
        mask{dropout.key, dropout_threshold(dropout.probability), static_cast<uint32_t>(dropout.first_row + batch), 0,
             static_cast<float>(1 / (1 - dropout.probability))} {}

  int64_t stride() const { return 3 * hidden; }
  /// Of q (0), k (1) or v (2) at position t.
  int64_t offset(int64_t part, int64_t t) const { return (batch * shape.length + t) * stride() + part * hidden + head * shape.width; }
  int64_t out_offset(int64_t t) const { return (batch * shape.length + t) * hidden + head * shape.width; }
  int64_t row(int64_t t) const { return (batch * shape.heads + head) * shape.length + t; }
  float scale() const { return static_cast<float>(1 / std::sqrt(static_cast<double>(shape.width))); }
  MaskRun mask_of(int64_t query) const {
    auto run = mask;
    run.index = attention_index(static_cast<uint32_t>(head), static_cast<uint32_t>(query), 0);
    return run;
  }
};

/// Keys are copied transposed, once, because the BLAS is slower at small products where it has to transpose.
void forward(const VectorKernels& vector, const Pair& pair, const AttentionForward& a) {
  thread_local Scratch scratch;
  auto length = pair.shape.length, width = pair.shape.width, stride = stride_of(length);
  float* scores = scratch.floats(std::min(kQueries, length) * stride + width * stride);
  float* k_transposed = scores + std::min(kQueries, length) * stride;
  vector.transpose({length, width, pair.stride()}, a.qkv + pair.offset(1, 0), stride, k_transposed);
  for (int64_t begin = 0; begin < length; begin += kQueries) {
    int64_t end = std::min(begin + kQueries, length);
    gemm_here({end - begin, end, width}, {a.qkv + pair.offset(0, begin), pair.stride()}, {k_transposed, stride},
              {scores, stride, pair.scale()});
    for (int64_t query = begin; query < end; ++query) {
      float* row = scores + (query - begin) * stride;
      int64_t keys = query + 1;
      std::fill(row + keys, row + padded(keys), std::numeric_limits<float>::lowest());
      auto sum = vector.exponentials(padded(keys), true, row);
      vector.scale(padded(keys), static_cast<float>(1 / sum.sum), row);
      if (pair.mask.threshold > 0) vector.drop(padded(keys), pair.mask_of(query), row);
      std::fill(row + keys, row + end, 0.0f);
      a.log_sum[pair.row(query)] = static_cast<float>(sum.maximum + std::log(sum.sum));
    }
    gemm_here({end - begin, width, end}, {scores, stride}, {a.qkv + pair.offset(2, 0), pair.stride()},
              {a.out + pair.out_offset(begin), pair.hidden});
  }
}

/// With P the probabilities, M the dropout, delta = rowsum(d_out * out):
///   dV = (P M)^T d_out, dS = P (M (d_out V^T) - delta), dK = dS^T Q / sqrt(D), dQ = dS K / sqrt(D)
/// Blocks go from the last to the first: the last sees all keys, so its dk and dv start the sums, and after a block nothing
/// reads its own q, k and v again, whose place the gradients take.
void backward(const VectorKernels& vector, const Pair& pair, const AttentionBackward& a) {
  thread_local Scratch scratch;
  auto length = pair.shape.length, width = pair.shape.width, stride = stride_of(length), rows = std::min(kQueries, length);
  float* scores = scratch.floats(2 * (rows + width) * stride + 2 * length * width);
  float *d_scores = scores + rows * stride, *dk = d_scores + rows * stride, *dv = dk + length * width;
  float *k_transposed = dv + length * width, *v_transposed = k_transposed + width * stride;
  float *q = a.qkv + pair.offset(0, 0), *k = a.qkv + pair.offset(1, 0), *v = a.qkv + pair.offset(2, 0);
  auto s = pair.stride();
  vector.transpose({length, width, s}, k, stride, k_transposed);
  vector.transpose({length, width, s}, v, stride, v_transposed);
  for (int64_t begin = (length - 1) / kQueries * kQueries; begin >= 0; begin -= kQueries) {
    int64_t end = std::min(begin + kQueries, length), count = end - begin;
    float sum = end < length ? 1 : 0;
    Operand d_out{a.d_out + pair.out_offset(begin), pair.hidden};
    gemm_here({count, end, width}, {q + begin * s, s}, {k_transposed, stride}, {scores, stride, pair.scale()});
    gemm_here({count, end, width}, d_out, {v_transposed, stride}, {d_scores, stride});
    for (int64_t query = begin; query < end; ++query) {
      float *row = scores + (query - begin) * stride, *d_row = d_scores + (query - begin) * stride;
      float delta = vector.dot(width, a.d_out + pair.out_offset(query), a.out + pair.out_offset(query));
      vector.softmax_backward(padded(query + 1), pair.mask_of(query), a.log_sum[pair.row(query)], delta, row, d_row);
      std::fill(row + query + 1, row + end, 0.0f);
      std::fill(d_row + query + 1, d_row + end, 0.0f);
    }
    gemm_here({end, width, count}, {scores, stride, true}, d_out, {dv, width, 1, sum});
    gemm_here({end, width, count}, {d_scores, stride, true}, {q + begin * s, s}, {dk, width, pair.scale(), sum});
    gemm_here({count, width, end}, {d_scores, stride}, {k, s}, {q + begin * s, s, pair.scale()});
    for (int64_t t = begin; t < end; ++t) {
      std::copy_n(dk + t * width, width, k + t * s);
      std::copy_n(dv + t * width, width, v + t * s);
    }
  }
}

template <typename Work>
void for_each_pair(const AttentionShape& shape, const Dropout& dropout, const Work& work) {
  at::parallel_for(0, shape.batch * shape.heads, 1, [&](int64_t begin, int64_t end) {
    for (int64_t pair = begin; pair < end; ++pair) work(Pair(shape, dropout, pair));
  });
}

}  // namespace

void attention_forward(const VectorKernels& vector, const AttentionShape& shape, const Dropout& dropout, const AttentionForward& a) {
  for_each_pair(shape, dropout, [&](const Pair& pair) { forward(vector, pair, a); });
}

void attention_backward(const VectorKernels& vector, const AttentionShape& shape, const Dropout& dropout, const AttentionBackward& a) {
  for_each_pair(shape, dropout, [&](const Pair& pair) { backward(vector, pair, a); });
}

}  // namespace trireme
