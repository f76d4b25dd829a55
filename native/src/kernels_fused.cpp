#include <ATen/ATen.h>

#include "kernels_aten.h"

namespace trireme {
namespace {

using at::Tensor;

constexpr int64_t kSumsAlignment = 32;  // of the columns of log-sum-exp in memory-efficient attention
constexpr int64_t kCausal = 1;          // its mask: keys up to the query's own position

/// What ATen has in one operator for accelerators alone; with CUDA's, sums of gradients have a fixed order.
class FusedKernels final : public AtenKernels {
 public:
  /// In the order of a stable sort by token; index_add_ would add in any order.
  void embedding_backward(const Tensor& dy, const Tensor& ids, const Rows& rows, const Dropout& dropout, Tensor& d_tokens,
                          Tensor& d_positions) const override {
    auto d = dy;
    if (dropout.probability > 0) {
      d = at::empty_like(dy);
      dropped(dy, rows.length, dropout, d);
    }
    d_tokens.index_put_({ids.to(at::kLong)}, d, true);
    if (d_positions.defined() && rows.begins.defined()) d_positions.index_put_({positions_of(rows).to(at::kLong)}, d, true);
    else if (d_positions.defined()) d_positions.narrow(0, 0, rows.length).add_(d.view({-1, rows.length, d.size(1)}).sum(0));
  }

  void rms_norm(const Tensor& x, const Tensor& gamma, double epsilon, Tensor& out, Tensor& rstd) const override {
    auto [y, r] = at::_fused_rms_norm(x, gamma.sizes(), gamma, epsilon);
    out.copy_(y);
    rstd.copy_(r.view_as(rstd));
  }

  void rms_norm_backward(const Tensor& dy, const Tensor& x, const Tensor& gamma, const Tensor& rstd, const Tensor& residual, Tensor& dx,
                         Tensor& d_gamma, bool accumulate) const override {
    auto [d, dg] = at::_fused_rms_norm_backward(dy, x, gamma.sizes(), rstd.view({-1, 1}), gamma, {true, true});
    at::add_out(dx, residual, d);
    if (!d_gamma.defined()) return;
    if (accumulate) d_gamma.add_(dg);
    else d_gamma.copy_(dg);
  }

  int64_t log_sum_exp_columns(int64_t length) const override { return (length + kSumsAlignment - 1) / kSumsAlignment * kSumsAlignment; }

  /// Memory-efficient attention (Rabe and Staats 2021), which knows no keyed dropout, and whose documents would each be a row.
  void attention(const AttentionShape& s, const Tensor& qkv, const Dropout& dropout, Tensor& out, Tensor& log_sum_exp) const override {
    if (dropout.probability > 0 || s.begins.defined()) {
      auto sums = log_sum_exp.narrow(2, 0, s.length);
      return AtenKernels::attention(s, qkv, dropout, out, sums);
    }
    auto [q, k, v] = heads_of(s, qkv);
    auto result = at::_efficient_attention_forward(q, k, v, {}, {}, {}, {}, {}, 0, kCausal, true, s.scale(), {}, window_of(s));
    out.copy_(std::get<0>(result).view_as(out));
    log_sum_exp.copy_(std::get<1>(result));
  }

  void attention_backward(const AttentionShape& s, const Tensor& d_out, const Tensor& out, const Tensor& log_sum_exp,
                          const Dropout& dropout, Tensor& qkv) const override {
    if (dropout.probability > 0 || s.begins.defined())
      return AtenKernels::attention_backward(s, d_out, out, log_sum_exp.narrow(2, 0, s.length), dropout, qkv);
    auto [q, k, v] = heads_of(s, qkv);
    auto rows = [&](const Tensor& x) { return x.view({s.batch, s.length, s.heads, s.width}); };
    auto nothing = at::empty({}, at::kLong);  // the state of a generator that nobody uses
    auto [dq, dk, dv, d_bias] = at::_efficient_attention_backward(rows(d_out), q, k, v, {}, rows(out), {}, {}, s.length, s.length,
                                                                  log_sum_exp, 0, nothing, nothing, kCausal, false, s.scale(), 1,
                                                                  window_of(s), true);
    auto all = qkv.view({s.batch, s.length, s.heads + 2 * s.kv_heads, s.width});
    if (s.group() == 1) {  // the gradients lie side by side, as q, k and v do
      qkv.copy_(dq.as_strided(qkv.sizes(), qkv.strides(), dq.storage_offset()));
      return;
    }
    all.narrow(2, 0, s.heads).copy_(dq);
    auto sum_into = [&](int64_t first, const Tensor& d) {  // over the queries that share a key head
      auto part = all.narrow(2, first, s.kv_heads);
      at::sum_out(part, d.unflatten(2, {s.kv_heads, s.group()}), 3);
    };
    sum_into(s.heads, dk);
    sum_into(s.heads + s.kv_heads, dv);
  }

 private:
  struct Heads {
    Tensor q, k, v;  // (B, T, H, D)
  };

  /// Views of qkv (N, (H + 2 K) D); keys and values are repeated where several query heads share them.
  static Heads heads_of(const AttentionShape& s, const Tensor& qkv) {
    auto all = qkv.view({s.batch, s.length, s.heads + 2 * s.kv_heads, s.width});
    auto shared = [&](int64_t first) {
      auto part = all.narrow(2, first, s.kv_heads);
      if (s.group() == 1) return part;
      return part.unsqueeze(3).expand({s.batch, s.length, s.kv_heads, s.group(), s.width}).reshape({s.batch, s.length, s.heads, s.width});
    };
    return {all.narrow(2, 0, s.heads), shared(s.heads), shared(s.heads + s.kv_heads)};
  }

  static std::optional<int64_t> window_of(const AttentionShape& s) { return s.window > 0 ? std::optional(s.window) : std::nullopt; }
};

}  // namespace

const Kernels& fused_kernels() {
  static const FusedKernels kernels;
  return kernels;
}

}  // namespace trireme
