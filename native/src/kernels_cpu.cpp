#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "cpu/attention.h"
#include "cpu/cached_attention.h"
#include "cpu/cpu_kernels.h"
#include "cpu/dispatch.h"
#include "cpu/gemm.h"
#include "cpu/huge_pages.h"
#include "cpu/packed_matrix.h"
#include "cpu/parallel.h"
#include "cpu/thread_scratch.h"
#include "dropout.h"
#include "kernels.h"

namespace trireme {
namespace {

using at::Tensor;

constexpr int64_t kChunk = 16384;    // elements of a flat buffer that stay together whatever the threads
constexpr int64_t kRowBlock = 64;    // rows whose sums are added up first
constexpr int64_t kColumnBlock = 64;

const float* in(const Tensor& x) {
  return x.const_data_ptr<float>();
}

float* out(Tensor& x) {
  return x.mutable_data_ptr<float>();
}

/// Null where there is no tensor.
const float* in_if_any(const Tensor& x) {
  return x.defined() ? in(x) : nullptr;
}

/// Null where each row is one document.
const int32_t* begins_of(const Rows& rows) {
  return rows.begins.defined() ? rows.begins.const_data_ptr<int32_t>() : nullptr;
}

Operand operand(const Tensor& x, bool transposed = false) {
  return {in(x), x.stride(0), transposed};
}

Mask mask_of(const Dropout& dropout, int64_t length) {
  return {dropout.key, dropout_threshold(dropout.probability), static_cast<float>(1 / (1 - dropout.probability)), dropout.first_row,
          length};
}

template <typename Work>
void over_rows(const Tensor& x, const Work& work) {
  auto width = x.size(1);
  in_blocks(x.size(0), 1, width, [&](int64_t begin, int64_t end) { work(RowRange{begin, end, width}); });
}

template <typename Work>
void over_chunks(int64_t count, const Work& work) {
  in_pieces((count + kChunk - 1) / kChunk, 2, [&](int64_t begin, int64_t end) {
    for (int64_t chunk = begin; chunk < end; ++chunk) work(chunk * kChunk, std::min(kChunk, count - chunk * kChunk));
  });
}

class CpuKernels final : public Kernels {
 public:
  explicit CpuKernels(const InstructionSet& set) : set_(set), vector_(set.vector) {}

  void linear(const Tensor& x, const Tensor& w, Tensor& y, bool accumulate) const override {
    gemm(set_, {x.size(0), w.size(0), x.size(1)}, operand(x), operand(w, true), {out(y), y.stride(0), accumulate});
  }

  void linear_backward_input(const Tensor& dy, const Tensor& w, Tensor& dx, bool accumulate) const override {
    gemm(set_, {dy.size(0), w.size(1), w.size(0)}, operand(dy), operand(w), {out(dx), dx.stride(0), accumulate});
  }

  void linear_backward_weight(const Tensor& dy, const Tensor& x, Tensor& dw, bool accumulate) const override {
    gemm(set_, {dy.size(1), x.size(1), dy.size(0)}, operand(dy, true), operand(x), {out(dw), dw.size(1), accumulate});
  }

  void add_bias(Tensor& x, const Tensor& bias) const override {
    over_rows(x, [&](const RowRange& rows) { vector_.add_bias(rows, in(bias), out(x)); });
  }

  void bias_backward(const Tensor& dy, Tensor& db, bool accumulate) const override {
    column_sums(in(dy), {dy.size(0), dy.size(1), dy.size(1)}, accumulate, out(db));
  }

  void embedding(const Tensor& ids, const Tensor& tokens, const Tensor& positions, const Rows& rows, const Dropout& dropout,
                 Tensor& y) const override {
    EmbeddingArguments a{ids.const_data_ptr<int32_t>(), begins_of(rows), in(tokens), in_if_any(positions), out(y)};
    over_rows(y, [&](const RowRange& range) { vector_.embedding(range, mask_of(dropout, rows.length), a); });
  }

  void embedding_backward(const Tensor& dy, const Tensor& ids, const Rows& rows, const Dropout& dropout, Tensor& d_tokens,
                          Tensor& d_positions) const override {
    auto count = dy.size(0), width = dy.size(1);
    in_blocks(width, kColumnBlock, count, [&](int64_t begin, int64_t end) {
      EmbeddingBackwardArguments a{in(dy) + begin,        ids.const_data_ptr<int32_t>(),
                                   begins_of(rows),       begin,
                                   out(d_tokens) + begin, d_positions.defined() ? out(d_positions) + begin : nullptr};
      vector_.embedding_backward({count, end - begin, width}, mask_of(dropout, rows.length), a);
    });
  }

  void norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, double epsilon, Tensor& y, Tensor& mean,
            Tensor& rstd) const override {
    NormArguments a{in(x), in(gamma), in(beta), epsilon, out(y), out(mean), out(rstd)};
    over_rows(x, [&](const RowRange& rows) { set_.norms.norm(rows, a); });
  }

  void norm_backward(const Tensor& dy, const Tensor& x, const Tensor& gamma, const Tensor& mean, const Tensor& rstd, const Tensor& residual,
                     Tensor& dx, Tensor& d_gamma, Tensor& d_beta, bool accumulate) const override {
    int64_t width = x.size(1);
    auto sums = sums_of_blocks(x, 2 * width, [&](const RowRange& rows, float* sum) {
      NormBackwardArguments a{in(dy), in(x), in(gamma), in(mean), in(rstd), in(residual), out(dx), sum, sum + width};
      set_.norms.norm_backward(rows, a);
    });
    if (d_gamma.defined()) column_sums(sums.data, {sums.blocks, width, 2 * width}, accumulate, out(d_gamma));
    if (d_beta.defined()) column_sums(sums.data + width, {sums.blocks, width, 2 * width}, accumulate, out(d_beta));
  }

  void rms_norm(const Tensor& x, const Tensor& gamma, double epsilon, Tensor& y, Tensor& rstd) const override {
    NormArguments a{in(x), in(gamma), nullptr, epsilon, out(y), nullptr, out(rstd)};
    over_rows(x, [&](const RowRange& rows) { set_.norms.rms_norm(rows, a); });
  }

  void rms_norm_backward(const Tensor& dy, const Tensor& x, const Tensor& gamma, const Tensor& rstd, const Tensor& residual, Tensor& dx,
                         Tensor& d_gamma, bool accumulate) const override {
    int64_t width = x.size(1);
    auto sums = sums_of_blocks(x, width, [&](const RowRange& rows, float* sum) {
      NormBackwardArguments a{in(dy), in(x), in(gamma), nullptr, in(rstd), in(residual), out(dx), sum, nullptr};
      set_.norms.rms_norm_backward(rows, a);
    });
    if (d_gamma.defined()) column_sums(sums.data, {sums.blocks, width, width}, accumulate, out(d_gamma));
  }

  void residual(const Tensor& x, const Tensor& update, const Tensor& bias, int64_t length, const Dropout& dropout,
                Tensor& y) const override {
    ResidualArguments a{in(x), in(update), in(bias), out(y)};
    over_rows(x, [&](const RowRange& rows) { vector_.residual(rows, mask_of(dropout, length), a); });
  }

  void dropped(const Tensor& x, int64_t length, const Dropout& dropout, Tensor& y) const override {
    over_rows(x, [&](const RowRange& rows) { vector_.dropout(rows, mask_of(dropout, length), in(x), out(y)); });
  }

  void scale(Tensor& x, double factor) const override {
    over_chunks(x.numel(), [&](int64_t begin, int64_t count) { vector_.scale(count, static_cast<float>(factor), out(x) + begin); });
  }

  void select_rows(const Tensor& x, const Tensor& rows, Tensor& y) const override { at::index_select_out(y, x, 0, rows); }

  void bias_gelu(Tensor& x, const Tensor& bias, Tensor& y) const override {
    over_rows(x, [&](const RowRange& rows) { vector_.bias_gelu(rows, in(bias), out(x), out(y)); });
  }

  void gelu_backward(const Tensor& dy, Tensor& x) const override {
    over_chunks(x.numel(), [&](int64_t begin, int64_t count) { vector_.gelu_backward(count, in(dy) + begin, out(x) + begin); });
  }

  void swiglu(const Tensor& gate_up, Tensor& y) const override {
    over_rows(y, [&](const RowRange& rows) { vector_.swiglu(rows, in(gate_up), out(y)); });
  }

  void swiglu_backward(const Tensor& dy, Tensor& gate_up) const override {
    over_rows(dy, [&](const RowRange& rows) { vector_.swiglu_backward(rows, in(dy), out(gate_up)); });
  }

  void rotate(const AttentionShape& shape, const Tensor& position_ids, const Tensor& table, bool inverse, Tensor& qkv) const override {
    RotateArguments a{
        position_ids.const_data_ptr<int32_t>(), in(table), shape.heads + shape.kv_heads, shape.width, inverse ? -1.0f : 1.0f, out(qkv)};
    over_rows(qkv, [&](const RowRange& rows) { vector_.rotate(rows, a); });
  }

  void attention(const AttentionShape& shape, const Tensor& qkv, const Dropout& dropout, Tensor& mixed,
                 Tensor& log_sum_exp) const override {
    attention_forward(vector_, shape, dropout, {in(qkv), out(mixed), out(log_sum_exp)});
  }

  void attention_backward(const AttentionShape& shape, const Tensor& d_out, const Tensor& mixed, const Tensor& log_sum_exp,
                          const Dropout& dropout, Tensor& qkv) const override {
    trireme::attention_backward(vector_, shape, dropout, {in(d_out), in(mixed), in(log_sum_exp), out(qkv)});
  }

  PackedMatrix packed(int64_t rows, int64_t columns, Weights type, const at::Device& device) const override {
    return packed_zeros(rows, columns, type, device);
  }

  void pack(const Tensor& values, int64_t first_row, int64_t first_column, PackedMatrix& w) const override {
    trireme::pack(set_, values, first_row, first_column, w);
  }

  void linear(const Tensor& x, const PackedMatrix& w, Tensor& y, bool accumulate) const override { multiply(set_, x, w, y, accumulate); }

  void embed(const Tensor& ids, const Tensor& position_ids, const PackedMatrix& tokens, const Tensor& positions, Tensor& y) const override {
    EmbedArguments a{ids.const_data_ptr<int32_t>(), position_ids.const_data_ptr<int32_t>(), in_if_any(positions), out(y)};
    over_rows(y, [&](const RowRange& rows) { trireme::embed(tokens, rows.begin, rows.end, a); });
  }

  int64_t block_elements(const AttentionShape& shape) const override { return trireme::block_elements(shape); }

  Tensor cache(const at::IntArrayRef& sizes, CacheType type, const at::Device& device) const override {
    return zeros_on_huge_pages(sizes, type == CacheType::bfloat16 ? at::kBFloat16 : at::kFloat, device);
  }

  void attend(const AttentionShape& shape, const Spans& spans, const Tensor& qkv, LayerCache& cache, Tensor& mixed) const override {
    trireme::attend(set_, {shape, spans.all, in(qkv), cache, out(mixed)});
  }

  void argmax(const Tensor& logits, int32_t* ids) const override {
    over_rows(logits, [&](const RowRange& rows) {
      for (int64_t n = rows.begin; n < rows.end; ++n)
        ids[n] = static_cast<int32_t>(vector_.argmax(rows.width, in(logits) + n * rows.width));
    });
  }

  void cross_entropy(Tensor& logits, const Tensor& targets, const Tensor& weights, double divisor, bool gradient,
                     Tensor& loss) const override {
    thread_local ThreadScratch scratch;
    auto rows = logits.size(0), width = logits.size(1);
    auto* losses = reinterpret_cast<double*>(scratch.floats(2 * rows));
    in_blocks(rows, 1, width, [&](int64_t begin, int64_t end) {
      for (int64_t n = begin; n < end; ++n) {
        auto target = targets.const_data_ptr<int32_t>()[n];
        losses[n] = token_loss({width, out(logits) + n * width}, target, in(weights)[n], gradient ? 1 / divisor : 0);
      }
    });
    double sum = 0;
    for (int64_t n = 0; n < rows; ++n) sum += losses[n];
    *loss.mutable_data_ptr<double>() = sum;
  }

  void spoil(const Tensor& loss, Tensor& gradient) const override {
    if (!std::isfinite(*loss.const_data_ptr<double>())) *out(gradient) = std::numeric_limits<float>::quiet_NaN();
  }

  void sums_of_squares(const std::vector<Tensor>& parts, double scale, Tensor& squares) const override {
    auto* sums = squares.mutable_data_ptr<double>();
    for (const auto& part : parts) *sums++ = sum_of_squares(part) * scale;
  }

  void clip(const Tensor& squares, double max_norm, int64_t replicas, Tensor& clip) const override {
    double sum = 0;
    for (int64_t i = 0; i < squares.numel(); ++i) sum += squares.const_data_ptr<double>()[i];
    double norm = std::sqrt(sum), scale = 1.0 / static_cast<double>(replicas);
    if (max_norm > 0 && norm > max_norm) scale *= max_norm / norm;
    auto* result = clip.mutable_data_ptr<double>();
    result[0] = scale;
    result[1] = norm;
  }

  void adamw(Tensor& weights, Tensor& gradients, Tensor& mean, Tensor& variance, const AdamWStep& s, const Tensor& clip) const override {
    if (!std::isfinite(clip.const_data_ptr<double>()[1])) return;
    AdamWArguments a{};
    a.w = out(weights);
    a.mean = out(mean);
    a.variance = out(variance);
    a.gradients = in(gradients);
    a.gradient_scale = static_cast<float>(clip.const_data_ptr<double>()[0]);
    a.beta1 = static_cast<float>(s.beta1);
    a.rest1 = static_cast<float>(1 - s.beta1);
    a.beta2 = static_cast<float>(s.beta2);
    a.rest2 = static_cast<float>(1 - s.beta2);
    a.decay = static_cast<float>(s.learning_rate * s.weight_decay);
    a.step_size = static_cast<float>(s.learning_rate / (1 - std::pow(s.beta1, s.number)));
    a.root_scale = static_cast<float>(1 / std::sqrt(1 - std::pow(s.beta2, s.number)));
    a.epsilon = static_cast<float>(s.epsilon);
    over_chunks(weights.numel(), [&](int64_t begin, int64_t count) { vector_.adamw(begin, begin + count, a); });
  }

 private:
  const InstructionSet& set_;
  const VectorKernels& vector_;

  double sum_of_squares(const Tensor& x) const {
    thread_local ThreadScratch scratch;
    auto count = x.numel(), chunks = (count + kChunk - 1) / kChunk;
    auto* sums = reinterpret_cast<double*>(scratch.floats(2 * chunks));
    over_chunks(count, [&](int64_t begin, int64_t n) { sums[begin / kChunk] = vector_.sum_of_squares(n, in(x) + begin); });
    double sum = 0;
    for (int64_t i = 0; i < chunks; ++i) sum += sums[i];
    return sum;
  }

  struct Sums {
    int64_t blocks;
    const float* data;  // (blocks, columns)
  };

  /// sum (columns) of each block of rows, by work(rows, sum).
  template <typename Work>
  Sums sums_of_blocks(const Tensor& x, int64_t columns, const Work& work) const {
    thread_local ThreadScratch scratch;
    auto rows = x.size(0), width = x.size(1), blocks = (rows + kRowBlock - 1) / kRowBlock;
    float* sums = scratch.floats(blocks * columns);
    in_blocks(blocks, 1, kRowBlock * width, [&](int64_t begin, int64_t end) {
      for (int64_t block = begin; block < end; ++block)
        work(RowRange{block * kRowBlock, std::min((block + 1) * kRowBlock, rows), width}, sums + block * columns);
    });
    return {blocks, sums};
  }

  void column_sums(const float* x, const ColumnBlock& shape, bool accumulate, float* sums) const {
    in_blocks(shape.columns, kColumnBlock, shape.rows, [&](int64_t begin, int64_t end) {
      vector_.column_sums({shape.rows, end - begin, shape.stride}, x + begin, accumulate, sums + begin);
    });
  }

  struct Logits {
    int64_t width;
    float* values;
  };

  /// @param scale of the gradient that the logits become; 0 wants none
  double token_loss(const Logits& logits, int32_t target, float weight, double scale) const {
    bool gradient = scale != 0;
    if (weight == 0) {
      if (gradient) std::fill_n(logits.values, logits.width, 0.0f);
      return 0;
    }
    double logit = logits.values[target];
    auto sum = vector_.exponentials(logits.width, gradient, logits.values);
    if (gradient) {
      vector_.scale(logits.width, static_cast<float>(weight * scale / sum.sum), logits.values);
      logits.values[target] -= static_cast<float>(weight * scale);
    }
    return weight * (sum.maximum - logit + std::log(sum.sum));
  }
};

const CpuKernels* kernels_of(const InstructionSet& set) {
  static const CpuKernels all[] = {CpuKernels(instruction_sets()[0]), CpuKernels(instruction_sets()[1]), CpuKernels(instruction_sets()[2])};
  return all + (&set - instruction_sets());
}

}  // namespace

const Kernels& cpu_kernels() {
  return *kernels_of(chosen_instruction_set());
}

const Kernels* cpu_kernels(const std::string& name) {
  for (const auto& set : instruction_sets())
    if (set.supported && name == set.name) return kernels_of(set);
  return nullptr;
}

const char* instruction_set() {
  return chosen_instruction_set().description;
}

}  // namespace trireme
