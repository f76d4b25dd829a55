#include "block.h"

#include <cmath>

#include "dropout.h"

namespace trireme {
namespace {

enum Place : int64_t { kAttention = 1, kAfterAttention = 2, kAfterMlp = 3 };

std::string name_of(int64_t layer, const char* rest) {
  return "h." + std::to_string(layer) + "." + rest;
}

}  // namespace

Dropout Pass::dropout(double probability, int64_t layer, int64_t place) const {
  return {drops ? probability : 0, dropout_key(seed, step, layer, place), first_row};
}

void BlockActivations::resize(const Pass& pass, int64_t hidden, int64_t intermediate, int64_t heads, bool residual_dropout) {
  auto rows = pass.rows();
  auto next = buffers_.begin();
  auto matrix = [&](int64_t columns) { return (next++)->matrix(rows, columns, pass.device); };
  auto vector = [&](int64_t count) { return (next++)->vector(count, pass.device); };
  norm1 = matrix(hidden), mean1 = vector(rows), rstd1 = vector(rows);
  qkv = matrix(3 * hidden), log_sum = vector(rows * heads).view({pass.batch, heads, pass.length});
  mixed = matrix(hidden), middle = matrix(hidden);
  norm2 = matrix(hidden), mean2 = vector(rows), rstd2 = vector(rows);
  up = matrix(intermediate), gelu = matrix(intermediate), out = matrix(hidden);
  if (residual_dropout) d_update1 = matrix(hidden), d_update2 = matrix(hidden);
}

int64_t BlockActivations::bytes() const {
  int64_t total = 0;
  for (const auto& buffer : buffers_) total += buffer.bytes();
  return total;
}

Block::Block(Parameters& p, const ModelConfig& m, int64_t layer)
    : model_(m),
      layer_(layer),
      norm1_weight_(p.add(name_of(layer, "ln_1.weight"), {m.hidden}, 1, 0)),
      norm1_bias_(p.add(name_of(layer, "ln_1.bias"), {m.hidden}, 0, 0)),
      qkv_weight_(p.add(name_of(layer, "attn.c_attn.weight"), {3 * m.hidden, m.hidden}, 0, m.initializer_range, true)),
      qkv_bias_(p.add(name_of(layer, "attn.c_attn.bias"), {3 * m.hidden}, 0, 0)),
      proj_weight_(p.add(name_of(layer, "attn.c_proj.weight"), {m.hidden, m.hidden}, 0,
                         m.initializer_range / std::sqrt(2.0 * m.layers), true)),
      proj_bias_(p.add(name_of(layer, "attn.c_proj.bias"), {m.hidden}, 0, 0)),
      norm2_weight_(p.add(name_of(layer, "ln_2.weight"), {m.hidden}, 1, 0)),
      norm2_bias_(p.add(name_of(layer, "ln_2.bias"), {m.hidden}, 0, 0)),
      fc_weight_(p.add(name_of(layer, "mlp.c_fc.weight"), {m.intermediate, m.hidden}, 0, m.initializer_range, true)),
      fc_bias_(p.add(name_of(layer, "mlp.c_fc.bias"), {m.intermediate}, 0, 0)),
      out_weight_(p.add(name_of(layer, "mlp.c_proj.weight"), {m.hidden, m.intermediate}, 0,
                        m.initializer_range / std::sqrt(2.0 * m.layers), true)),
      out_bias_(p.add(name_of(layer, "mlp.c_proj.bias"), {m.hidden}, 0, 0)) {
  p.end_unit();
}

void Block::forward(const Pass& pass, const at::Tensor& in, BlockActivations& a, Scratch& scratch) const {
  const auto& k = pass.kernels;
  a.resize(pass, model_.hidden, model_.intermediate, model_.heads, pass.drops && model_.residual_dropout > 0);
  auto update = scratch.narrow.matrix(pass.rows(), model_.hidden, pass.device);

  k.norm(in, norm1_weight_.value, norm1_bias_.value, model_.norm_epsilon, a.norm1, a.mean1, a.rstd1);
  k.linear(a.norm1, qkv_weight_.value, a.qkv);
  k.add_bias(a.qkv, qkv_bias_.value);
  k.attention(attention_shape(pass), a.qkv, pass.dropout(model_.attention_dropout, layer_, kAttention), a.mixed, a.log_sum);
  k.linear(a.mixed, proj_weight_.value, update);
  k.residual(in, update, proj_bias_.value, pass.length, pass.dropout(model_.residual_dropout, layer_, kAfterAttention), a.middle);

  k.norm(a.middle, norm2_weight_.value, norm2_bias_.value, model_.norm_epsilon, a.norm2, a.mean2, a.rstd2);
  k.linear(a.norm2, fc_weight_.value, a.up);
  k.bias_gelu(a.up, fc_bias_.value, a.gelu);
  k.linear(a.gelu, out_weight_.value, update);
  k.residual(a.middle, update, out_bias_.value, pass.length, pass.dropout(model_.residual_dropout, layer_, kAfterMlp), a.out);
}

void Block::backward_input(const Pass& pass, at::Tensor& in, BlockActivations& a, Scratch& scratch, bool accumulate) {
  const auto& k = pass.kernels;
  auto d_wide = scratch.wide.matrix(pass.rows(), model_.intermediate, pass.device);
  auto d_narrow = scratch.narrow.matrix(pass.rows(), model_.hidden, pass.device);

  k.linear_backward_input(through_dropout(pass, a.out, kAfterMlp, a.d_update2), out_weight_.value, d_wide);
  k.gelu_backward(d_wide, a.up);
  k.linear_backward_input(a.up, fc_weight_.value, d_narrow);
  k.norm_backward(d_narrow, a.middle, norm2_weight_.value, a.mean2, a.rstd2, a.out, a.middle, norm2_weight_.gradient,
                  norm2_bias_.gradient, accumulate);

  k.linear_backward_input(through_dropout(pass, a.middle, kAfterAttention, a.d_update1), proj_weight_.value, d_narrow);
  k.attention_backward(attention_shape(pass), d_narrow, a.mixed, a.log_sum,
                       pass.dropout(model_.attention_dropout, layer_, kAttention), a.qkv);
  k.linear_backward_input(a.qkv, qkv_weight_.value, d_narrow);
  k.norm_backward(d_narrow, in, norm1_weight_.value, a.mean1, a.rstd1, a.middle, in, norm1_weight_.gradient,
                  norm1_bias_.gradient, accumulate);
}

void Block::backward_weight(const Pass& pass, BlockActivations& a, bool accumulate) {
  bool dropped = pass.drops && model_.residual_dropout > 0;
  auto linear = [&](const at::Tensor& dy, const at::Tensor& x, Parameter& weight, Parameter& bias) {
    pass.kernels.linear_backward_weight(dy, x, weight.gradient, accumulate);
    pass.kernels.bias_backward(dy, bias.gradient, accumulate);
  };
  linear(dropped ? a.d_update2 : a.out, a.gelu, out_weight_, out_bias_);
  linear(a.up, a.norm2, fc_weight_, fc_bias_);
  linear(dropped ? a.d_update1 : a.middle, a.mixed, proj_weight_, proj_bias_);
  linear(a.qkv, a.norm1, qkv_weight_, qkv_bias_);
}

AttentionShape Block::attention_shape(const Pass& pass) const {
  return {pass.batch, pass.length, model_.heads, model_.hidden / model_.heads};
}

const at::Tensor& Block::through_dropout(const Pass& pass, const at::Tensor& d, int64_t place, at::Tensor& kept) const {
  if (!pass.drops || model_.residual_dropout == 0) return d;
  pass.kernels.dropout_backward(d, pass.length, pass.dropout(model_.residual_dropout, layer_, place), kept);
  return kept;
}

}  // namespace trireme
