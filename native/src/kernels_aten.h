#pragma once
#include "kernels.h"

namespace trireme {

/// ATen's operators, on any kind of device. Where a device does better with code of its own, its kernels derive from these and
/// override that, and `kernels_for` names them:
///
///   class NewKernels final : public AtenKernels {
///    public:
///     void swiglu(const at::Tensor& gate_up, at::Tensor& out) const override { ... }
///   };
///
/// Functions that belong together are overridden together: `packed`, `pack`, `linear` and `embed` share the layout of packed weights,
/// `block_elements`, `cache`, `indices` and `attend` that of blocks, and `attention` leaves for `attention_backward` what it wants.
class AtenKernels : public Kernels {
 public:
  void linear(const at::Tensor& x, const at::Tensor& w, at::Tensor& out, bool accumulate) const override;
  void linear_backward_input(const at::Tensor& dy, const at::Tensor& w, at::Tensor& dx, bool accumulate) const override;
  void linear_backward_weight(const at::Tensor& dy, const at::Tensor& x, at::Tensor& dw, bool accumulate) const override;
  void add_bias(at::Tensor& x, const at::Tensor& bias) const override;
  void bias_backward(const at::Tensor& dy, at::Tensor& db, bool accumulate) const override;
  void embedding(const at::Tensor& ids, const at::Tensor& tokens, const at::Tensor& positions, const Rows& rows, const Dropout& dropout,
                 at::Tensor& out) const override;
  void embedding_backward(const at::Tensor& dy, const at::Tensor& ids, const Rows& rows, const Dropout& dropout, at::Tensor& d_tokens,
                          at::Tensor& d_positions) const override;
  void norm(const at::Tensor& x, const at::Tensor& gamma, const at::Tensor& beta, double epsilon, at::Tensor& out, at::Tensor& mean,
            at::Tensor& rstd) const override;
  void norm_backward(const at::Tensor& dy, const at::Tensor& x, const at::Tensor& gamma, const at::Tensor& mean, const at::Tensor& rstd,
                     const at::Tensor& residual, at::Tensor& dx, at::Tensor& d_gamma, at::Tensor& d_beta, bool accumulate) const override;
  void rms_norm(const at::Tensor& x, const at::Tensor& gamma, double epsilon, at::Tensor& out, at::Tensor& rstd) const override;
  void rms_norm_backward(const at::Tensor& dy, const at::Tensor& x, const at::Tensor& gamma, const at::Tensor& rstd,
                         const at::Tensor& residual, at::Tensor& dx, at::Tensor& d_gamma, bool accumulate) const override;
  void residual(const at::Tensor& x, const at::Tensor& update, const at::Tensor& bias, int64_t length, const Dropout& dropout,
                at::Tensor& out) const override;
  void dropped(const at::Tensor& x, int64_t length, const Dropout& dropout, at::Tensor& out) const override;
  void scale(at::Tensor& x, double factor) const override;
  void select_rows(const at::Tensor& x, const at::Tensor& rows, at::Tensor& out) const override;
  void bias_gelu(at::Tensor& x, const at::Tensor& bias, at::Tensor& out) const override;
  void gelu_backward(const at::Tensor& dy, at::Tensor& x) const override;
  void swiglu(const at::Tensor& gate_up, at::Tensor& out) const override;
  void swiglu_backward(const at::Tensor& dy, at::Tensor& gate_up) const override;
  void rotate(const AttentionShape& s, const at::Tensor& position_ids, const at::Tensor& table, bool inverse,
              at::Tensor& qkv) const override;
  void attention(const AttentionShape& s, const at::Tensor& qkv, const Dropout& dropout, at::Tensor& out,
                 at::Tensor& log_sum_exp) const override;
  void attention_backward(const AttentionShape& s, const at::Tensor& d_out, const at::Tensor& out, const at::Tensor& log_sum_exp,
                          const Dropout& dropout, at::Tensor& qkv) const override;
  PackedMatrix packed(int64_t rows, int64_t columns, Weights type, const at::Device& device) const override;
  void pack(const at::Tensor& values, int64_t first_row, int64_t first_column, PackedMatrix& w) const override;
  void linear(const at::Tensor& x, const PackedMatrix& w, at::Tensor& out, bool accumulate) const override;
  void embed(const at::Tensor& ids, const at::Tensor& position_ids, const PackedMatrix& tokens, const at::Tensor& positions,
             at::Tensor& out) const override;
  int64_t block_elements(const AttentionShape& s) const override;
  at::Tensor cache(const at::IntArrayRef& sizes, CacheType type, const at::Device& device) const override;
  std::vector<std::vector<int64_t>> indices(const std::vector<Span>& spans) const override;
  void attend(const AttentionShape& shape, const Spans& spans, const at::Tensor& qkv, LayerCache& cache, at::Tensor& out) const override;
  void argmax(const at::Tensor& logits, int32_t* ids) const override;
  void cross_entropy(at::Tensor& logits, const at::Tensor& targets, const at::Tensor& weights, double divisor, bool gradient,
                     at::Tensor& loss) const override;
  void spoil(const at::Tensor& loss, at::Tensor& gradient) const override;
  void sums_of_squares(const std::vector<at::Tensor>& parts, double scale, at::Tensor& squares) const override;
  void clip(const at::Tensor& squares, double max_norm, int64_t replicas, at::Tensor& clip) const override;
  void adamw(at::Tensor& weights, at::Tensor& gradients, at::Tensor& mean, at::Tensor& variance, const AdamWStep& s,
             const at::Tensor& clip) const override;
  bool clips_gradients() const override { return true; }

 protected:
  /// (N) of rows with several documents.
  static at::Tensor positions_of(const Rows& rows);
};

}  // namespace trireme
