#include <ATen/ATen.h>

#include <cmath>
#include <vector>

#include "cpu/cpu_kernels.h"
#include "dropout.h"
#include "kernels.h"

namespace trireme {
namespace {

using at::Tensor;

constexpr int64_t kLow32 = 0xffffffff;

/// `dropout_hash` of dropout.h on int64 tensors that hold 32-bit values: products wrap, and only their low half counts.
Tensor hash(Tensor x) {
  x = x.bitwise_xor(x.bitwise_right_shift(16)).mul(int64_t{0x21f0aaad}).bitwise_and(kLow32);
  x = x.bitwise_xor(x.bitwise_right_shift(15)).mul(int64_t{0x735a2d97}).bitwise_and(kLow32);
  return x.bitwise_xor(x.bitwise_right_shift(15));
}

/// What an element is multiplied with: 0 where it is dropped, 1 / (1 - probability) where it is kept.
Tensor dropout_scale(const Dropout& dropout, const Tensor& sample, const Tensor& index) {
  auto low = static_cast<int64_t>(dropout.key & kLow32), high = static_cast<int64_t>(dropout.key >> 32);
  auto inner = hash(index.bitwise_and(kLow32).bitwise_xor(low));
  auto bits = hash((inner + sample.mul(int64_t{0x9e3779b9}).bitwise_and(kLow32) + high).bitwise_and(kLow32));
  return bits.ge(static_cast<int64_t>(dropout_threshold(dropout.probability))).to(at::kFloat).mul(1 / (1 - dropout.probability));
}

/// x (N, C) times the keyed mask of its elements; x itself when nothing is dropped.
Tensor dropped(const Tensor& x, int64_t length, const Dropout& dropout) {
  if (dropout.probability == 0) return x;
  auto batch = x.size(0) / length, width = x.size(1);
  auto options = x.options().dtype(at::kLong);
  auto sample = at::arange(batch, options).add(dropout.first_row).view({batch, 1, 1});
  auto index = at::arange(length * width, options).view({1, length, width});
  return x.view({batch, length, width}).mul(dropout_scale(dropout, sample, index)).view_as(x);
}

void store(Tensor& sum, const Tensor& part, bool accumulate) {
  accumulate ? sum.add_(part) : sum.copy_(part);
}

/// q, k, v (B, H, T, D) as views of qkv (N, 3 C).
std::vector<Tensor> heads_of(const AttentionShape& s, const Tensor& qkv) {
  auto split = qkv.view({s.batch, s.length, 3, s.heads, s.width}).permute({2, 0, 3, 1, 4});
  return {split.select(0, 0), split.select(0, 1), split.select(0, 2)};
}

Tensor scores_of(const AttentionShape& s, const Tensor& q, const Tensor& k) {
  auto future = at::ones({s.length, s.length}, q.options().dtype(at::kBool)).triu(1);
  return q.matmul(k.transpose(-2, -1)).mul_(1 / std::sqrt(static_cast<double>(s.width))).masked_fill_(future, -INFINITY);
}

/// The keyed mask of the probabilities (B, H, T, T).
Tensor attention_scale(const AttentionShape& s, const Dropout& dropout, const Tensor& like) {
  auto options = like.options().dtype(at::kLong);
  auto sample = at::arange(s.batch, options).add(dropout.first_row).view({s.batch, 1, 1, 1});
  auto h = at::arange(s.heads, options).view({1, s.heads, 1, 1}), t = at::arange(s.length, options);
  auto index = h.mul(1 << 12).add(t.view({1, 1, s.length, 1})).mul(1 << 12).add(t.view({1, 1, 1, s.length}));
  return dropout_scale(dropout, sample, index);
}

class AtenKernels final : public Kernels {
 public:
  void linear(const Tensor& x, const Tensor& w, Tensor& out) const override { at::mm_out(out, x, w.t()); }

  void linear_backward_input(const Tensor& dy, const Tensor& w, Tensor& dx) const override { at::mm_out(dx, dy, w); }

  void linear_backward_weight(const Tensor& dy, const Tensor& x, Tensor& dw, bool accumulate) const override {
    accumulate ? dw.addmm_(dy.t(), x) : at::mm_out(dw, dy.t(), x);
  }

  void add_bias(Tensor& x, const Tensor& bias) const override { x.add_(bias); }

  void bias_backward(const Tensor& dy, Tensor& db, bool accumulate) const override { store(db, dy.sum(0), accumulate); }

  void embedding(const Tensor& ids, const Tensor& tokens, const Tensor& positions, int64_t length, const Dropout& dropout,
                 Tensor& out) const override {
    auto sum = tokens.index_select(0, ids).view({-1, length, tokens.size(1)}).add_(positions.narrow(0, 0, length));
    out.copy_(dropped(sum.view_as(out), length, dropout));
  }

  void embedding_backward(const Tensor& dy, const Tensor& ids, int64_t length, const Dropout& dropout, Tensor& d_tokens,
                          Tensor& d_positions) const override {
    auto d = dropped(dy, length, dropout);
    d_tokens.index_add_(0, ids, d);
    d_positions.narrow(0, 0, length).add_(d.view({-1, length, d.size(1)}).sum(0));
  }

  void norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, double epsilon, Tensor& out, Tensor& mean,
            Tensor& rstd) const override {
    auto [y, m, r] = at::native_layer_norm(x, {x.size(1)}, gamma, beta, epsilon);
    out.copy_(y);
    mean.copy_(m.view_as(mean));
    rstd.copy_(r.view_as(rstd));
  }

  void norm_backward(const Tensor& dy, const Tensor& x, const Tensor& gamma, const Tensor& mean, const Tensor& rstd,
                     const Tensor& residual, Tensor& dx, Tensor& d_gamma, Tensor& d_beta, bool accumulate) const override {
    auto [d, dg, db] = at::native_layer_norm_backward(dy, x, {x.size(1)}, mean.view({-1, 1}), rstd.view({-1, 1}), gamma, gamma,
                                                      {true, true, true});
    at::add_out(dx, residual, d);
    store(d_gamma, dg, accumulate);
    store(d_beta, db, accumulate);
  }

  void residual(const Tensor& x, const Tensor& update, const Tensor& bias, int64_t length, const Dropout& dropout,
                Tensor& out) const override {
    at::add_out(out, x, dropped(update.add(bias), length, dropout));
  }

  void dropout_backward(const Tensor& dy, int64_t length, const Dropout& dropout, Tensor& out) const override {
    out.copy_(dropped(dy, length, dropout));
  }

  void bias_gelu(Tensor& x, const Tensor& bias, Tensor& out) const override {
    x.add_(bias);
    at::gelu_out(out, x, "tanh");
  }

  void gelu_backward(const Tensor& dy, Tensor& x) const override { x.copy_(at::gelu_backward(dy, x, "tanh")); }

  void attention(const AttentionShape& s, const Tensor& qkv, const Dropout& dropout, Tensor& out, Tensor& log_sum) const override {
    auto qkv_heads = heads_of(s, qkv);
    auto scores = scores_of(s, qkv_heads[0], qkv_heads[1]);
    auto sums = scores.logsumexp(-1, true);
    log_sum.copy_(sums.view_as(log_sum));
    auto p = scores.sub_(sums).exp_();
    if (dropout.probability > 0) p = p.mul(attention_scale(s, dropout, p));
    out.view({s.batch, s.length, s.heads, s.width}).copy_(p.matmul(qkv_heads[2]).transpose(1, 2));
  }

  void attention_backward(const AttentionShape& s, const Tensor& d_out, const Tensor& out, const Tensor& log_sum,
                          const Dropout& dropout, Tensor& qkv) const override {
    auto qkv_heads = heads_of(s, qkv);
    auto p = scores_of(s, qkv_heads[0], qkv_heads[1]).sub_(log_sum.unsqueeze(-1)).exp_();
    auto by_head = [&](const Tensor& x) { return x.view({s.batch, s.length, s.heads, s.width}).transpose(1, 2); };
    auto d = by_head(d_out);
    auto delta = d.mul(by_head(out)).sum(-1, true);
    auto dp = d.matmul(qkv_heads[2].transpose(-2, -1));
    auto p_dropped = p;
    if (dropout.probability > 0) {
      auto scale = attention_scale(s, dropout, p);
      dp = dp.mul(scale);
      p_dropped = p.mul(scale);
    }
    auto d_scores = p.mul(dp.sub_(delta)).mul_(1 / std::sqrt(static_cast<double>(s.width)));
    auto dq = d_scores.matmul(qkv_heads[1]), dk = d_scores.transpose(-2, -1).matmul(qkv_heads[0]), dv = p_dropped.transpose(-2, -1).matmul(d);
    qkv_heads[0].copy_(dq);
    qkv_heads[1].copy_(dk);
    qkv_heads[2].copy_(dv);
  }

  double cross_entropy(Tensor& logits, const Tensor& targets, const Tensor& weights, double divisor, bool gradient) const override {
    auto target = targets.to(at::kLong).unsqueeze(1);
    auto log_p = at::log_softmax(logits, 1);
    auto loss = log_p.gather(1, target).squeeze(1).mul(weights).sum(at::kDouble).neg().item<double>();
    if (gradient) {
      logits.copy_(log_p.exp_());
      logits.scatter_add_(1, target, at::full_like(weights, -1).unsqueeze(1));
      logits.mul_(weights.div(divisor).unsqueeze(1));
    }
    return loss;
  }

  double sum_of_squares(const Tensor& x) const override { return x.to(at::kDouble).square().sum().item<double>(); }

  void adamw(Tensor& weights, const Tensor& gradients, Tensor& mean, Tensor& variance, const AdamWStep& s) const override {
    auto g = gradients.mul(s.gradient_scale);
    weights.mul_(1 - s.learning_rate * s.weight_decay);
    mean.mul_(s.beta1).add_(g, 1 - s.beta1);
    variance.mul_(s.beta2).addcmul_(g, g, 1 - s.beta2);
    auto denominator = variance.sqrt().div_(std::sqrt(s.correction2)).add_(s.epsilon);
    weights.addcdiv_(mean, denominator, -s.learning_rate / s.correction1);
  }
};

}  // namespace

const Kernels& aten_kernels() {
  static const AtenKernels kernels;
  return kernels;
}

const Kernels& kernels_for(const at::Device& device) {
  return device.is_cpu() ? cpu_kernels() : aten_kernels();
}

}  // namespace trireme
