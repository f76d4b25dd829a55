#include "block.h"

#include <cmath>

#include "dropout.h"

namespace trireme {
namespace {

enum Place : int64_t { kAttention = 1, kAfterAttention = 2, kAfterMlp = 3 };

/// Columns before the activation for each one after it.
int64_t branches(const ModelConfig& m) {
  return m.family == Family::llama ? 2 : 1;
}

}  // namespace

/// What Hugging Face's files call the parts of a layer.
struct Block::Names {
  std::string norm1, norm2;
  std::vector<Parameters::Rows> qkv, proj, up, down;
  double deviation, residual_deviation;
  bool transposed;

  static Names of(const ModelConfig& m, int64_t layer) {
    auto queries = m.heads * m.head_width, keys = m.kv_heads * m.head_width;
    if (m.family == Family::gpt2) {
      auto h = "h." + std::to_string(layer) + ".";
      return {h + "ln_1", h + "ln_2", {{h + "attn.c_attn", queries + 2 * keys}}, {{h + "attn.c_proj", m.hidden}},
              {{h + "mlp.c_fc", m.intermediate}}, {{h + "mlp.c_proj", m.hidden}},
              m.initializer_range, m.initializer_range / std::sqrt(2.0 * static_cast<double>(m.layers)), true};
    }
    auto l = "layers." + std::to_string(layer) + ".", attention = l + "self_attn.", mlp = l + "mlp.";
    return {l + "input_layernorm", l + "post_attention_layernorm",
            {{attention + "q_proj", queries}, {attention + "k_proj", keys}, {attention + "v_proj", keys}}, {{attention + "o_proj", m.hidden}},
            {{mlp + "gate_proj", m.intermediate}, {mlp + "up_proj", m.intermediate}}, {{mlp + "down_proj", m.hidden}},
            m.initializer_range, m.initializer_range, false};
  }
};

Dropout Pass::dropout(double probability, int64_t layer, int64_t place) const {
  return {drops ? probability : 0, dropout_key(seed, step, layer, place), first_row};
}

AttentionShape attention_shape(const Pass& pass, const ModelConfig& m) {
  return {pass.batch, pass.length, m.heads, m.kv_heads, m.head_width};
}

void BlockActivations::resize(const Pass& pass, const ModelConfig& m) {
  std::array<int64_t, 3> shape{pass.batch, pass.length, pass.drops && m.residual_dropout > 0};
  if (shape == shape_) return;
  auto rows = pass.rows();
  auto next = buffers_.begin();
  auto matrix = [&](int64_t columns) { return (next++)->matrix(rows, columns, pass.device); };
  auto vector = [&](int64_t count) { return (next++)->vector(count, pass.device); };
  auto attention = attention_shape(pass, m);
  norm1 = matrix(m.hidden), mean1 = vector(rows), rstd1 = vector(rows);
  qkv = matrix(attention.columns()), log_sum = vector(rows * m.heads).view({pass.batch, m.heads, pass.length});
  mixed = matrix(m.heads * m.head_width), middle = matrix(m.hidden);
  norm2 = matrix(m.hidden), mean2 = vector(rows), rstd2 = vector(rows);
  up = matrix(branches(m) * m.intermediate), active = matrix(m.intermediate), out = matrix(m.hidden);
  if (shape[2]) d_update1 = matrix(m.hidden), d_update2 = matrix(m.hidden);
  shape_ = shape;
}

int64_t BlockActivations::bytes() const {
  int64_t total = 0;
  for (const auto& buffer : buffers_) total += buffer.bytes();
  return total;
}

Block::Block(Parameters& p, const ModelConfig& m, int64_t layer) : Block(p, m, layer, Names::of(m, layer)) {}

Block::Block(Parameters& p, const ModelConfig& m, int64_t layer, const Names& names)
    : model_(m),
      layer_(layer),
      norm1_(p, m, names.norm1),
      qkv_(p, names.qkv, m.hidden, {names.deviation, names.transposed, m.attention_bias}),
      proj_(p, names.proj, m.heads * m.head_width, {names.residual_deviation, names.transposed, m.attention_bias}),
      norm2_(p, m, names.norm2),
      up_(p, names.up, m.hidden, {names.deviation, names.transposed, m.mlp_bias}),
      down_(p, names.down, m.intermediate, {names.residual_deviation, names.transposed, m.mlp_bias}) {
  p.end_unit();
}

void Block::forward(const Pass& pass, const at::Tensor& in, BlockActivations& a, Scratch& scratch, LayerCache* cache) const {
  const auto& k = pass.kernels;
  a.resize(pass, model_);
  auto update = scratch.narrow.matrix(pass.rows(), model_.hidden, pass.device);

  norm1_.forward(pass, in, a.norm1, a.mean1, a.rstd1);
  qkv_.forward(pass, a.norm1, a.qkv);
  qkv_.add_bias(pass, a.qkv);
  attend(pass, a, cache);
  proj_.forward(pass, a.mixed, update);
  k.residual(in, update, proj_.bias(), pass.length, pass.dropout(model_.residual_dropout, layer_, kAfterAttention), a.middle);

  norm2_.forward(pass, a.middle, a.norm2, a.mean2, a.rstd2);
  up_.forward(pass, a.norm2, a.up);
  if (model_.family == Family::gpt2) {
    k.bias_gelu(a.up, up_.bias(), a.active);
  } else {
    up_.add_bias(pass, a.up);
    k.swiglu(a.up, a.active);
  }
  down_.forward(pass, a.active, update);
  k.residual(a.middle, update, down_.bias(), pass.length, pass.dropout(model_.residual_dropout, layer_, kAfterMlp), a.out);
}

void Block::attend(const Pass& pass, BlockActivations& a, LayerCache* cache) const {
  const auto& k = pass.kernels;
  auto shape = attention_shape(pass, model_);
  if (pass.rotary.defined()) k.rotate(shape, pass.places, pass.rotary, false, a.qkv);
  if (cache) {
    k.attend(shape, *pass.spans, a.qkv, *cache, a.mixed);
  } else {
    k.attention(shape, a.qkv, pass.dropout(model_.attention_dropout, layer_, kAttention), a.mixed, a.log_sum);
  }
}

void Block::backward_input(const Pass& pass, at::Tensor& in, BlockActivations& a, Scratch& scratch, bool accumulate) {
  const auto& k = pass.kernels;
  auto shape = attention_shape(pass, model_);
  auto d_active = scratch.wide.matrix(pass.rows(), model_.intermediate, pass.device);
  auto d_norm = scratch.narrow.matrix(pass.rows(), model_.hidden, pass.device);

  down_.backward_input(pass, through_dropout(pass, a.out, kAfterMlp, a.d_update2), d_active);
  model_.family == Family::gpt2 ? k.gelu_backward(d_active, a.up) : k.swiglu_backward(d_active, a.up);
  up_.backward_input(pass, a.up, d_norm);
  norm2_.backward(pass, d_norm, a.middle, a.mean2, a.rstd2, a.out, a.middle, accumulate);

  auto d_mixed = scratch.wide.matrix(pass.rows(), model_.heads * model_.head_width, pass.device);
  proj_.backward_input(pass, through_dropout(pass, a.middle, kAfterAttention, a.d_update1), d_mixed);
  k.attention_backward(shape, d_mixed, a.mixed, a.log_sum, pass.dropout(model_.attention_dropout, layer_, kAttention), a.qkv);
  if (pass.rotary.defined()) k.rotate(shape, pass.places, pass.rotary, true, a.qkv);
  qkv_.backward_input(pass, a.qkv, d_norm);
  norm1_.backward(pass, d_norm, in, a.mean1, a.rstd1, a.middle, in, accumulate);
}

void Block::backward_weight(const Pass& pass, BlockActivations& a, bool accumulate) {
  bool dropped = pass.drops && model_.residual_dropout > 0;
  down_.backward_weight(pass, dropped ? a.d_update2 : a.out, a.active, accumulate);
  up_.backward_weight(pass, a.up, a.norm2, accumulate);
  proj_.backward_weight(pass, dropped ? a.d_update1 : a.middle, a.mixed, accumulate);
  qkv_.backward_weight(pass, a.qkv, a.norm1, accumulate);
}

const at::Tensor& Block::through_dropout(const Pass& pass, const at::Tensor& d, int64_t place, at::Tensor& kept) const {
  if (!pass.drops || model_.residual_dropout == 0) return d;
  pass.kernels.dropout_backward(d, pass.length, pass.dropout(model_.residual_dropout, layer_, place), kept);
  return kept;
}

}  // namespace trireme
