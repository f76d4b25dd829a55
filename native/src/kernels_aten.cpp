#include <ATen/ATen.h>

#include <cmath>
#include <vector>

#include "cpu/cpu_kernels.h"
#include "dropout.h"
#include "kernels_aten.h"

namespace trireme {
namespace {

using at::Tensor;

/// The bits of a 32-bit number as the signed one that tensors of int32 hold.
int64_t bits_of(uint64_t x) {
  return static_cast<int32_t>(static_cast<uint32_t>(x));
}

/// x ^= x >> count, without the sign.
Tensor& fold(Tensor& x, int64_t count) {
  return x.bitwise_xor_(x.bitwise_right_shift(count).bitwise_and_((int64_t{1} << (32 - count)) - 1));
}

/// `dropout_hash` of dropout.h on int32 tensors, in place: sums and products wrap as unsigned ones do.
Tensor& hash(Tensor& x) {
  fold(x, 16).mul_(bits_of(0x21f0aaad));
  fold(x, 15).mul_(bits_of(0x735a2d97));
  return fold(x, 15);
}

/// The dropout factor of each element: 0 if it is dropped, otherwise 1 / (1 - probability). sample, index int32
Tensor dropout_scale(const Dropout& dropout, const Tensor& sample, const Tensor& index) {
  constexpr uint32_t kSign = 0x80000000;  // with it turned, unsigned order is signed order
  auto inner = index.bitwise_xor(bits_of(dropout.key & 0xffffffff));
  auto bits = hash(inner).add(sample.mul(bits_of(0x9e3779b9)).add_(bits_of(dropout.key >> 32)));
  auto kept = hash(bits).bitwise_xor_(bits_of(kSign)).ge(bits_of(dropout_threshold(dropout.probability) ^ kSign));
  return kept.to(at::kFloat).mul_(1 / (1 - dropout.probability));
}

/// x (N, C) times the keyed mask of its elements; x itself when nothing is dropped.
Tensor with_dropout(const Tensor& x, int64_t length, const Dropout& dropout) {
  if (dropout.probability == 0) return x;
  auto batch = x.size(0) / length, width = x.size(1);
  auto options = x.options().dtype(at::kInt);
  auto sample = at::arange(batch, options).add(dropout.first_row).view({batch, 1, 1});
  auto index = at::arange(length * width, options).view({1, length, width});
  return x.view({batch, length, width}).mul(dropout_scale(dropout, sample, index)).view_as(x);
}

void drop_in_place(Tensor& x, int64_t length, const Dropout& dropout) {
  if (dropout.probability > 0) x.copy_(with_dropout(x, length, dropout));
}

/// sum (C) = the column sums of x (N, C), added to it if `accumulate`.
void store_sums(Tensor& sum, const Tensor& x, bool accumulate) {
  if (!sum.defined()) return;
  if (accumulate) sum.add_(x.sum(0));
  else at::sum_out(sum, x, 0);
}

void store(Tensor& sum, const Tensor& part, bool accumulate) {
  if (!sum.defined()) return;
  if (accumulate) sum.add_(part);
  else sum.copy_(part);
}

/// A view (B, K, H / K, T, D) of queries (N, H D), grouped by the key head that they attend to.
Tensor by_key_head(const AttentionShape& s, const Tensor& x) {
  return x.view({s.batch, s.length, s.kv_heads, s.group(), s.width}).permute({0, 2, 3, 1, 4});
}

struct Heads {
  Tensor q;     // (B, K, H / K, T, D)
  Tensor k, v;  // (B, K, 1, T, D)
};

/// The parts of qkv (N, (H + 2 K) D), as views.
Heads heads_of(const AttentionShape& s, const Tensor& qkv) {
  auto heads = qkv.view({s.batch, s.length, s.heads + 2 * s.kv_heads, s.width}).transpose(1, 2);
  auto part = [&](int64_t first, int64_t group) { return heads.narrow(1, first, s.kv_heads * group).unflatten(1, {s.kv_heads, group}); };
  return {part(0, s.group()), part(s.heads, 1), part(s.heads + s.kv_heads, 1)};
}

/// Scaled scores of queries over keys, of which the last has the position of the last query.
Tensor scores_of(const AttentionShape& s, const Tensor& q, const Tensor& k) {
  auto queries = q.size(-2), keys = k.size(-2);
  auto all = at::ones({queries, keys}, q.options().dtype(at::kBool));
  auto unseen = all.triu(1 + keys - queries);
  if (s.window > 0) unseen.logical_or_(all.tril(keys - queries - s.window));
  if (s.begins.defined()) unseen = unseen.logical_or(at::arange(keys, s.begins.options()).lt(s.begins.view({s.batch, 1, 1, queries, 1})));
  return q.matmul(k.transpose(-2, -1)).mul_(s.scale()).masked_fill_(unseen, -INFINITY);
}

/// The keyed mask of the probabilities (B, K, H / K, T, T).
Tensor attention_scale(const AttentionShape& s, const Dropout& dropout, const Tensor& probabilities) {
  auto options = probabilities.options().dtype(at::kInt);
  auto sample = at::arange(s.batch, options).add(dropout.first_row).view({s.batch, 1, 1, 1});
  auto h = at::arange(s.heads, options).view({1, s.heads, 1, 1}), t = at::arange(s.length, options);
  auto index = h.mul(1 << 12).add(t.view({1, 1, s.length, 1})).mul(1 << 12).add(t.view({1, 1, 1, s.length}));
  return dropout_scale(dropout, sample, index).view_as(probabilities);
}

}  // namespace

void AtenKernels::linear(const Tensor& x, const Tensor& w, Tensor& out, bool accumulate) const {
  if (accumulate) out.addmm_(x, w.t());
  else at::mm_out(out, x, w.t());
}

void AtenKernels::linear_backward_input(const Tensor& dy, const Tensor& w, Tensor& dx, bool accumulate) const {
  if (accumulate) dx.addmm_(dy, w);
  else at::mm_out(dx, dy, w);
}

void AtenKernels::linear_backward_weight(const Tensor& dy, const Tensor& x, Tensor& dw, bool accumulate) const {
  if (accumulate) dw.addmm_(dy.t(), x);
  else at::mm_out(dw, dy.t(), x);
}

void AtenKernels::add_bias(Tensor& x, const Tensor& bias) const {
  x.add_(bias);
}

void AtenKernels::bias_backward(const Tensor& dy, Tensor& db, bool accumulate) const {
  store_sums(db, dy, accumulate);
}

Tensor AtenKernels::positions_of(const Rows& rows) {
  return at::arange(rows.length, rows.begins.options()).sub(rows.begins.view({-1, rows.length})).view(-1);
}

void AtenKernels::embedding(const Tensor& ids, const Tensor& tokens, const Tensor& positions, const Rows& rows, const Dropout& dropout,
                            Tensor& out) const {
  at::index_select_out(out, tokens, 0, ids);
  if (positions.defined() && rows.begins.defined()) out.add_(positions.index_select(0, positions_of(rows)));
  else if (positions.defined()) out.view({-1, rows.length, tokens.size(1)}).add_(positions.narrow(0, 0, rows.length));
  drop_in_place(out, rows.length, dropout);
}

void AtenKernels::embedding_backward(const Tensor& dy, const Tensor& ids, const Rows& rows, const Dropout& dropout, Tensor& d_tokens,
                                     Tensor& d_positions) const {
  auto d = with_dropout(dy, rows.length, dropout);
  d_tokens.index_add_(0, ids, d);
  if (d_positions.defined() && rows.begins.defined()) d_positions.index_add_(0, positions_of(rows), d);
  else if (d_positions.defined()) d_positions.narrow(0, 0, rows.length).add_(d.view({-1, rows.length, d.size(1)}).sum(0));
}

void AtenKernels::norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, double epsilon, Tensor& out, Tensor& mean,
                       Tensor& rstd) const {
  auto [y, m, r] = at::native_layer_norm(x, {x.size(1)}, gamma, beta, epsilon);
  out.copy_(y);
  mean.copy_(m.view_as(mean));
  rstd.copy_(r.view_as(rstd));
}

void AtenKernels::norm_backward(const Tensor& dy, const Tensor& x, const Tensor& gamma, const Tensor& mean, const Tensor& rstd,
                                const Tensor& residual, Tensor& dx, Tensor& d_gamma, Tensor& d_beta, bool accumulate) const {
  auto [d, dg, db] = at::native_layer_norm_backward(dy, x, {x.size(1)}, mean.view({-1, 1}), rstd.view({-1, 1}), gamma, gamma,
                                                    {true, true, true});
  at::add_out(dx, residual, d);
  store(d_gamma, dg, accumulate);
  store(d_beta, db, accumulate);
}

void AtenKernels::rms_norm(const Tensor& x, const Tensor& gamma, double epsilon, Tensor& out, Tensor& rstd) const {
  rstd.copy_(x.square().mean(1).add_(epsilon).rsqrt_());
  at::mul_out(out, x.mul(rstd.unsqueeze(1)), gamma);
}

void AtenKernels::rms_norm_backward(const Tensor& dy, const Tensor& x, const Tensor& gamma, const Tensor& rstd, const Tensor& residual,
                                    Tensor& dx, Tensor& d_gamma, bool accumulate) const {
  auto y = x.mul(rstd.unsqueeze(1)), d_y = dy.mul(gamma);
  store_sums(d_gamma, dy.mul(y), accumulate);
  auto along = d_y.mul(y).mean(1, true);  // what the norm takes out of the gradient
  at::add_out(dx, residual, d_y.sub_(y.mul_(along)).mul_(rstd.unsqueeze(1)));
}

void AtenKernels::residual(const Tensor& x, const Tensor& update, const Tensor& bias, int64_t length, const Dropout& dropout,
                           Tensor& out) const {
  if (dropout.probability > 0) {
    at::add_out(out, x, with_dropout(update.add(bias), length, dropout));
  } else {
    at::add_out(out, x, update);
    out.add_(bias);
  }
}

void AtenKernels::dropped(const Tensor& x, int64_t length, const Dropout& dropout, Tensor& out) const {
  out.copy_(with_dropout(x, length, dropout));
}

void AtenKernels::scale(Tensor& x, double factor) const {
  x.mul_(factor);
}

void AtenKernels::select_rows(const Tensor& x, const Tensor& rows, Tensor& out) const {
  at::index_select_out(out, x, 0, rows);
}

void AtenKernels::bias_gelu(Tensor& x, const Tensor& bias, Tensor& out) const {
  x.add_(bias);
  at::gelu_out(out, x, "tanh");
}

void AtenKernels::gelu_backward(const Tensor& dy, Tensor& x) const {
  at::gelu_backward_out(x, dy, x, "tanh");
}

void AtenKernels::swiglu(const Tensor& gate_up, Tensor& out) const {
  auto parts = gate_up.chunk(2, 1);
  at::silu_out(out, parts[0]);
  out.mul_(parts[1]);
}

void AtenKernels::swiglu_backward(const Tensor& dy, Tensor& gate_up) const {
  auto parts = gate_up.chunk(2, 1);
  auto d_gate = at::silu_backward(dy.mul(parts[1]), parts[0]);
  parts[1].copy_(dy.mul(at::silu(parts[0])));
  parts[0].copy_(d_gate);
}

void AtenKernels::rotate(const AttentionShape& s, const Tensor& position_ids, const Tensor& table, bool inverse, Tensor& qkv) const {
  auto turned = qkv.view({qkv.size(0), -1, s.width}).narrow(1, 0, s.heads + s.kv_heads).chunk(2, 2);
  auto rows = at::empty({position_ids.numel(), table.size(1)}, table.options());
  auto angles = at::index_select_out(rows, table, 0, position_ids).unsqueeze(1).chunk(2, 2);
  const auto &cosine = angles[0], &sine = angles[1];
  auto crossed = turned[0].mul(sine);
  turned[0].mul_(cosine).addcmul_(turned[1], sine, inverse ? 1 : -1);
  turned[1].mul_(cosine).add_(crossed, inverse ? -1 : 1);
}

void AtenKernels::attention(const AttentionShape& s, const Tensor& qkv, const Dropout& dropout, Tensor& out, Tensor& log_sum_exp) const {
  auto [q, k, v] = heads_of(s, qkv);
  auto scores = scores_of(s, q, k);
  auto sums = scores.logsumexp(-1, true);
  log_sum_exp.copy_(sums.view({s.batch, s.heads, s.length}));
  auto p = scores.sub_(sums).exp_();
  if (dropout.probability > 0) p = p.mul(attention_scale(s, dropout, p));
  by_key_head(s, out).copy_(p.matmul(v));
}

void AtenKernels::attention_backward(const AttentionShape& s, const Tensor& d_out, const Tensor& out, const Tensor& log_sum_exp,
                                     const Dropout& dropout, Tensor& qkv) const {
  auto [q, k, v] = heads_of(s, qkv);
  auto scores = scores_of(s, q, k);
  auto p = scores.sub_(log_sum_exp.reshape({s.batch, s.kv_heads, s.group(), s.length, 1})).exp_();
  auto d = by_key_head(s, d_out);
  auto delta = d.mul(by_key_head(s, out)).sum(-1, true);
  auto dp = d.matmul(v.transpose(-2, -1));
  auto p_dropped = p;
  if (dropout.probability > 0) {
    auto scale = attention_scale(s, dropout, p);
    dp = dp.mul(scale);
    p_dropped = p.mul(scale);
  }
  auto d_scores = p.mul(dp.sub_(delta)).mul_(s.scale());
  auto dq = d_scores.matmul(k);
  auto dk = d_scores.transpose(-2, -1).matmul(q).sum(2, true);  // over the queries that share a key head
  auto dv = p_dropped.transpose(-2, -1).matmul(d).sum(2, true);
  q.copy_(dq);
  k.copy_(dk);
  v.copy_(dv);
}

void AtenKernels::cross_entropy(Tensor& logits, const Tensor& targets, const Tensor& weights, double divisor, bool gradient,
                                Tensor& loss) const {
  auto target = targets.to(at::kLong).unsqueeze(1);
  auto log_p = at::log_softmax(logits, 1);
  auto terms = log_p.gather(1, target).squeeze(1).mul_(weights);
  at::sum_out(loss, terms, at::IntArrayRef{}, false, at::kDouble);
  loss.neg_();
  if (!gradient) return;
  at::exp_out(logits, log_p);
  logits.scatter_add_(1, target, at::full({1, 1}, -1, weights.options()).expand_as(target));
  logits.mul_(weights.unsqueeze(1)).div_(divisor);
}

void AtenKernels::spoil(const Tensor& loss, Tensor& gradient) const {
  gradient.add_(loss, 0);  // 0 times what is not finite is not a number
}

void AtenKernels::sums_of_squares(const std::vector<Tensor>& parts, double scale, Tensor& squares) const {
  squares.copy_(at::stack(at::_foreach_norm(parts, 2)));
  squares.square_().mul_(scale);
}

void AtenKernels::clip(const Tensor& squares, double max_norm, int64_t replicas, Tensor& clip) const {
  auto factor = clip.select(0, 0), norm = clip.select(0, 1);
  at::sum_out(norm, squares, at::IntArrayRef{}).sqrt_();
  auto average = 1.0 / static_cast<double>(replicas);
  if (max_norm > 0) at::reciprocal_out(factor, norm).clamp_max_(1 / max_norm).mul_(max_norm * average);
  else factor.fill_(average);
}

void AtenKernels::adamw(Tensor& weights, Tensor& gradients, Tensor& mean, Tensor& variance, const AdamWStep& s, const Tensor& clip) const {
  auto norm = clip.select(0, 1);
  auto divisor = clip.select(0, 0).reciprocal().to(at::kFloat);
  auto bad = norm.sub(norm).ne(0).to(at::kFloat);  // 1 where the norm is not finite
  auto number = at::full({}, static_cast<double>(s.number), clip.options().dtype(at::kFloat));
  at::_fused_adamw_({weights}, {gradients}, {mean}, {variance}, {}, {number}, s.learning_rate, s.beta1, s.beta2, s.weight_decay, s.epsilon,
                    false, false, divisor, bad);
}

const Kernels& aten_kernels() {
  static const AtenKernels kernels;
  return kernels;
}

const Kernels& kernels_for(const at::Device& device) {
  return device.is_cpu() ? cpu_kernels() : fused_kernels();
}

}  // namespace trireme
