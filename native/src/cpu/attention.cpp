#include "attention.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "../dropout.h"
#include "blas.h"
#include "parallel.h"
#include "thread_scratch.h"

namespace trireme {
namespace {

// Queries of a block. OpenBLAS multiplies without packing below a million multiplications, which is what counts here; 32
// is a tenth slower, and a third where length * width then passes that bound. MKL would prefer 32.
constexpr int64_t kQueries = 16;
constexpr int64_t kLane = 16;  // rows of scores are padded to whole vectors, which is faster than their ends one by one

int64_t padded(int64_t count) {
  return (count + kLane - 1) / kLane * kLane;
}

/// Row stride of scores and transposed keys. It avoids powers of two, because such rows would share few sets of the cache.
int64_t stride_of(int64_t length) {
  return padded(length) + kLane;
}

/// One row of the batch and one of its key/value heads, with the group of query heads that share it: offsets and dropout.
struct HeadGroup {
  const AttentionShape& shape;
  int64_t batch, kv_head, first_head, end_head;
  MaskRun mask;
  const int32_t* begins;  // of documents in this row, or null

  HeadGroup(const AttentionShape& s, const Dropout& dropout, int64_t task)
      : shape(s),
        batch(task / s.kv_heads),
        kv_head(task % s.kv_heads),
        first_head(kv_head * s.group()),
        end_head(first_head + s.group()),
        mask{dropout.key, dropout_threshold(dropout.probability), static_cast<uint32_t>(dropout.first_row + batch), 0,
             static_cast<float>(1 / (1 - dropout.probability))},
        begins(s.begins.defined() ? s.begins.const_data_ptr<int32_t>() + batch * s.length : nullptr) {}

  int64_t stride() const { return shape.columns(); }
  int64_t out_stride() const { return shape.heads * shape.width; }
  int64_t q(int64_t head, int64_t t) const { return (batch * shape.length + t) * stride() + head * shape.width; }
  int64_t k() const { return q(shape.heads + kv_head, 0); }
  int64_t v() const { return q(shape.heads + shape.kv_heads + kv_head, 0); }
  int64_t out(int64_t head, int64_t t) const { return (batch * shape.length + t) * out_stride() + head * shape.width; }
  int64_t row(int64_t head, int64_t t) const { return (batch * shape.heads + head) * shape.length + t; }
  int64_t first_key(int64_t query) const {
    auto first = shape.first_key(query);
    return begins ? std::max(first, static_cast<int64_t>(begins[query])) : first;
  }
  float scale() const { return static_cast<float>(1 / std::sqrt(static_cast<double>(shape.width))); }
  MaskRun mask_of(int64_t head, int64_t query, int64_t first_key) const {
    auto run = mask;
    run.index = attention_index(static_cast<uint32_t>(head), static_cast<uint32_t>(query), static_cast<uint32_t>(first_key));
    return run;
  }
};

/// Keys are transposed once, because the BLAS is slower at small products with a transposed operand.
void forward(const VectorKernels& vector, const HeadGroup& group, const AttentionForward& a) {
  thread_local ThreadScratch scratch;
  auto length = group.shape.length, width = group.shape.width, stride = stride_of(length), s = group.stride();
  float* scores = scratch.floats(std::min(kQueries, length) * stride + width * stride);
  float* k_transposed = scores + std::min(kQueries, length) * stride;
  vector.transpose({length, width, s}, a.qkv + group.k(), stride, k_transposed);
  for (int64_t head = group.first_head; head < group.end_head; ++head) {
    for (int64_t begin = 0; begin < length; begin += kQueries) {
      int64_t end = std::min(begin + kQueries, length), low = group.first_key(begin), seen = end - low;
      blas_gemm({end - begin, seen, width}, {a.qkv + group.q(head, begin), s}, {k_transposed + low, stride},
                {scores, stride, group.scale()});
      for (int64_t query = begin; query < end; ++query) {
        float* row = scores + (query - begin) * stride;  // of keys from `low` on
        int64_t keys = query + 1 - low, unseen = group.first_key(query) - low;
        std::fill(row, row + unseen, std::numeric_limits<float>::lowest());
        std::fill(row + keys, row + padded(keys), std::numeric_limits<float>::lowest());
        auto sum = vector.exponentials(padded(keys), true, row);
        vector.scale(padded(keys), static_cast<float>(1 / sum.sum), row);
        if (group.mask.threshold > 0) vector.drop(padded(keys), group.mask_of(head, query, low), row);
        std::fill(row + keys, row + seen, 0.0f);
        a.log_sum_exp[group.row(head, query)] = static_cast<float>(sum.maximum + std::log(sum.sum));
      }
      blas_gemm({end - begin, width, seen}, {scores, stride}, {a.qkv + group.v() + low * s, s},
                {a.out + group.out(head, begin), group.out_stride()});
    }
  }
}

/// With P the probabilities, M the dropout, delta = rowsum(d_out * out): dV = (P M)^T d_out, dS = P (M (d_out V^T) - delta), dK = dS^T Q /
///   sqrt(D), dQ = dS K / sqrt(D) Blocks go from the last to the first. The last block of the first head covers all keys, so its dk and dv
///   initialise the sums; with a window or several documents the sums are zeroed first. A block's gradients overwrite its q, which is dead afterwards; dk and dv
///   overwrite k and v after all heads.
void backward(const VectorKernels& vector, const HeadGroup& group, const AttentionBackward& a) {
  thread_local ThreadScratch scratch;
  auto length = group.shape.length, width = group.shape.width, stride = stride_of(length), rows = std::min(kQueries, length);
  float* scores = scratch.floats(2 * (rows + width) * stride + 2 * length * width);
  float *d_scores = scores + rows * stride, *dk = d_scores + rows * stride, *dv = dk + length * width;
  float *k_transposed = dv + length * width, *v_transposed = k_transposed + width * stride;
  float *k = a.qkv + group.k(), *v = a.qkv + group.v();
  auto s = group.stride();
  vector.transpose({length, width, s}, k, stride, k_transposed);
  vector.transpose({length, width, s}, v, stride, v_transposed);
  bool bounded = group.first_key(length - 1) > 0;
  if (bounded) std::fill_n(dk, 2 * length * width, 0.0f);
  for (int64_t head = group.first_head; head < group.end_head; ++head) {
    for (int64_t begin = (length - 1) / kQueries * kQueries; begin >= 0; begin -= kQueries) {
      int64_t end = std::min(begin + kQueries, length), count = end - begin;
      int64_t low = group.first_key(begin), seen = end - low;
      float sum = bounded || head > group.first_head || end < length ? 1 : 0, *q = a.qkv + group.q(head, begin);
      Operand d_out{a.d_out + group.out(head, begin), group.out_stride()};
      blas_gemm({count, seen, width}, {q, s}, {k_transposed + low, stride}, {scores, stride, group.scale()});
      blas_gemm({count, seen, width}, d_out, {v_transposed + low, stride}, {d_scores, stride});
      for (int64_t query = begin; query < end; ++query) {
        float *row = scores + (query - begin) * stride, *d_row = d_scores + (query - begin) * stride;
        float delta = vector.dot(width, a.d_out + group.out(head, query), a.out + group.out(head, query));
        int64_t keys = query + 1 - low, unseen = group.first_key(query) - low;
        vector.softmax_backward(padded(keys), group.mask_of(head, query, low), a.log_sum_exp[group.row(head, query)], delta, row, d_row);
        for (float* part : {row, d_row}) {
          std::fill(part, part + unseen, 0.0f);
          std::fill(part + keys, part + seen, 0.0f);
        }
      }
      blas_gemm({seen, width, count}, {scores, stride, true}, d_out, {dv + low * width, width, 1, sum});
      blas_gemm({seen, width, count}, {d_scores, stride, true}, {q, s}, {dk + low * width, width, group.scale(), sum});
      blas_gemm({count, width, seen}, {d_scores, stride}, {k + low * s, s}, {q, s, group.scale()});
    }
  }
  for (int64_t t = 0; t < length; ++t) {
    std::copy_n(dk + t * width, width, k + t * s);
    std::copy_n(dv + t * width, width, v + t * s);
  }
}

template <typename Work>
void for_each_group(const AttentionShape& shape, const Dropout& dropout, const Work& work) {
  in_pieces(shape.batch * shape.kv_heads, 1, [&](int64_t begin, int64_t end) {
    for (int64_t task = begin; task < end; ++task) work(HeadGroup(shape, dropout, task));
  });
}

}  // namespace

void attention_forward(const VectorKernels& vector, const AttentionShape& shape, const Dropout& dropout, const AttentionForward& a) {
  for_each_group(shape, dropout, [&](const HeadGroup& group) { forward(vector, group, a); });
}

void attention_backward(const VectorKernels& vector, const AttentionShape& shape, const Dropout& dropout, const AttentionBackward& a) {
  for_each_group(shape, dropout, [&](const HeadGroup& group) { backward(vector, group, a); });
}

}  // namespace trireme
