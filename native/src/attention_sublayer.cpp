#include "attention_sublayer.h"

namespace trireme {

AttentionSublayer::AttentionSublayer(Parameters& p, const ModelConfig& m, int64_t layer) : Sublayer(p, m, layer, parts(m, layer)) {
  if (!m.head_norms) return;
  head_norms_.push_back({Norm(p, m, name_of(m, layer, m.names.query_norm), m.head_width), 0, m.heads});
  head_norms_.push_back({Norm(p, m, name_of(m, layer, m.names.key_norm), m.head_width), m.heads, m.kv_heads});
}

Sublayer::Parts AttentionSublayer::parts(const ModelConfig& m, int64_t layer) {
  auto name = [&](const std::string& part) { return name_of(m, layer, part); };
  auto queries = m.heads * m.head_width, keys = m.kv_heads * m.head_width;
  return {name(m.names.attention_norm),
          {{name(m.names.query), queries, m.query_bias, &LoraConfig::query},
           {name(m.names.key), keys, m.key_bias, &LoraConfig::key},
           {name(m.names.value), keys, m.value_bias, &LoraConfig::value}},
          {name(m.names.attention_output), m.hidden, m.attention_output_bias, &LoraConfig::attention_output},
          queries,
          kAfterAttention,
          kAttentionIn,
          kAttentionOut};
}

void AttentionSublayer::transform(const Pass& pass, SublayerActivations& a, Scratch& scratch, LayerCache* cache) const {
  const auto& k = pass.kernels;
  in_projection().add_bias(pass, a.projected);
  if (!head_norms_.empty()) norm_heads(pass, a, scratch);
  if (pass.rotary.defined()) k.rotate(shape(pass), pass.position_ids, pass.rotary, false, a.projected);
  if (cache) {
    k.attend(shape(pass), *pass.spans, a.projected, *cache, a.inner);
  } else {
    auto columns = k.log_sum_exp_columns(pass.length);
    a.log_sum_exp =
        a.log_sum_exp_buffer.vector(pass.batch * model().heads * columns, pass.device).view({pass.batch, model().heads, columns});
    k.attention(shape(pass), a.projected, attention_dropout(pass), a.inner, a.log_sum_exp);
  }
}

void AttentionSublayer::transform_backward(const Pass& pass, at::Tensor& d_inner, SublayerActivations& a, Scratch& scratch,
                                           bool accumulate) {
  const auto& k = pass.kernels;
  k.attention_backward(shape(pass), d_inner, a.inner, a.log_sum_exp, attention_dropout(pass), a.projected);
  if (pass.rotary.defined()) k.rotate(shape(pass), pass.position_ids, pass.rotary, true, a.projected);
  if (!head_norms_.empty()) norm_heads_backward(pass, a, scratch, accumulate);
}

void AttentionSublayer::norm_heads(const Pass& pass, SublayerActivations& a, Scratch& scratch) const {
  auto n = pass.rows(), all = n * (model().heads + model().kv_heads), width = model().head_width;
  a.head_inputs = a.head_inputs_buffer.matrix(all, width, pass.device);
  a.head_mean = a.head_mean_buffer.vector(all, pass.device);
  a.head_rstd = a.head_rstd_buffer.vector(all, pass.device);
  for (const auto& [norm, first, count] : head_norms_) {
    auto heads = a.projected.narrow(1, first * width, count * width);  // (N, count D), strided
    auto in = a.head_inputs.narrow(0, n * first, n * count), out = scratch.heads.matrix(n * count, width, pass.device);
    auto mean = a.head_mean.narrow(0, n * first, n * count), rstd = a.head_rstd.narrow(0, n * first, n * count);
    in.view({n, count * width}).copy_(heads);
    norm.forward(pass, in, out, mean, rstd);
    heads.copy_(out.view({n, count * width}));
  }
}

/// In place: gradients of the inputs overwrite the inputs, and then the outputs' gradients in `projected`.
void AttentionSublayer::norm_heads_backward(const Pass& pass, SublayerActivations& a, Scratch& scratch, bool accumulate) {
  auto n = pass.rows(), width = model().head_width;
  for (auto& [norm, first, count] : head_norms_) {
    auto heads = a.projected.narrow(1, first * width, count * width);
    auto in = a.head_inputs.narrow(0, n * first, n * count), dy = scratch.heads.matrix(n * count, width, pass.device);
    auto nothing = scratch.wide.matrix(n * count, width, pass.device).zero_();  // no residual; d_inner is dead by now
    dy.view({n, count * width}).copy_(heads);
    norm.backward(pass, dy, in, a.head_mean.narrow(0, n * first, n * count), a.head_rstd.narrow(0, n * first, n * count), nothing, in,
                  accumulate);
    heads.copy_(in.view({n, count * width}));
  }
}

AttentionShape AttentionSublayer::shape(const Pass& pass) const {
  auto window = layer() < model().full_layers ? 0 : model().window;
  return {pass.batch, pass.length, model().heads, model().kv_heads, model().head_width, window, pass.begins};
}

Dropout AttentionSublayer::attention_dropout(const Pass& pass) const {
  return pass.dropout(model().attention_dropout, layer(), kAttention);
}

}  // namespace trireme
