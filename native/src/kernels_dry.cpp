#include <ATen/ATen.h>

#include "kernels.h"

namespace trireme {
namespace {

using at::Tensor;

/// Only sizes exist in a dry run. What is made for generation has the layout, and so the size, of the device's own kernels.
class DryKernels final : public Kernels {
 public:
  explicit DryKernels(const Kernels& real) : real_(real) {}

  void linear(const Tensor&, const Tensor&, Tensor&, bool) const override {}
  void linear_backward_input(const Tensor&, const Tensor&, Tensor&, bool) const override {}
  void linear_backward_weight(const Tensor&, const Tensor&, Tensor&, bool) const override {}
  void add_bias(Tensor&, const Tensor&) const override {}
  void bias_backward(const Tensor&, Tensor&, bool) const override {}
  void embedding(const Tensor&, const Tensor&, const Tensor&, const Rows&, const Dropout&, Tensor&) const override {}
  void embedding_backward(const Tensor&, const Tensor&, const Rows&, const Dropout&, Tensor&, Tensor&) const override {}
  void norm(const Tensor&, const Tensor&, const Tensor&, double, Tensor&, Tensor&, Tensor&) const override {}
  void norm_backward(const Tensor&, const Tensor&, const Tensor&, const Tensor&, const Tensor&, const Tensor&, Tensor&, Tensor&, Tensor&,
                     bool) const override {}
  void rms_norm(const Tensor&, const Tensor&, double, Tensor&, Tensor&) const override {}
  void rms_norm_backward(const Tensor&, const Tensor&, const Tensor&, const Tensor&, const Tensor&, Tensor&, Tensor&, bool) const override {
  }
  void residual(const Tensor&, const Tensor&, const Tensor&, int64_t, const Dropout&, Tensor&) const override {}
  void dropped(const Tensor&, int64_t, const Dropout&, Tensor&) const override {}
  int64_t log_sum_exp_columns(int64_t length) const override { return real_.log_sum_exp_columns(length); }
  void scale(Tensor&, double) const override {}
  void select_rows(const Tensor&, const Tensor&, Tensor&) const override {}
  void bias_gelu(Tensor&, const Tensor&, Tensor&) const override {}
  void gelu_backward(const Tensor&, Tensor&) const override {}
  void swiglu(const Tensor&, Tensor&) const override {}
  void swiglu_backward(const Tensor&, Tensor&) const override {}
  void rotate(const AttentionShape&, const Tensor&, const Tensor&, bool, Tensor&) const override {}
  void attention(const AttentionShape&, const Tensor&, const Dropout&, Tensor&, Tensor&) const override {}
  void attention_backward(const AttentionShape&, const Tensor&, const Tensor&, const Tensor&, const Dropout&, Tensor&) const override {}
  void pack(const Tensor&, int64_t, int64_t, PackedMatrix&) const override {}
  void linear(const Tensor&, const PackedMatrix&, Tensor&, bool) const override {}
  void embed(const Tensor&, const Tensor&, const PackedMatrix&, const Tensor&, Tensor&) const override {}
  void attend(const AttentionShape&, const Spans&, const Tensor&, LayerCache&, Tensor&) const override {}
  void argmax(const Tensor&, int32_t*) const override {}
  void cross_entropy(Tensor&, const Tensor&, const Tensor&, double, bool, Tensor&) const override {}
  void spoil(const Tensor&, Tensor&) const override {}
  void sums_of_squares(const std::vector<Tensor>&, double, Tensor&) const override {}
  void clip(const Tensor&, double, int64_t, Tensor&) const override {}
  void adamw(Tensor&, Tensor&, Tensor&, Tensor&, const AdamWStep&, const Tensor&) const override {}

  PackedMatrix packed(int64_t rows, int64_t columns, Weights type, const at::Device& device) const override {
    return real_.packed(rows, columns, type, device);
  }
  std::vector<std::vector<int64_t>> indices(const std::vector<Span>& spans) const override { return real_.indices(spans); }
  int64_t block_elements(const AttentionShape& shape) const override { return real_.block_elements(shape); }
  Tensor cache(const at::IntArrayRef& sizes, CacheType type, const at::Device& device) const override {
    return real_.cache(sizes, type, device);
  }

 private:
  const Kernels& real_;
};

}  // namespace

const Kernels& dry_kernels(const at::Device& device) {
  static const DryKernels of_cpu(kernels_for(at::kCPU)), of_others(fused_kernels());
  return device.is_cpu() ? of_cpu : of_others;
}

}  // namespace trireme
