#include "sublayer.h"

#include <cmath>

#include "dropout.h"

namespace trireme {
namespace {

int64_t sum(const std::vector<Outputs>& pieces) {
  int64_t total = 0;
  for (const auto& piece : pieces) total += piece.count;
  return total;
}

/// Standard deviation of initial output projections, scaled so that the variance of the residual stream does not grow with the number of
/// layers.
double residual_deviation(const ModelConfig& m) {
  return m.scaled_residuals ? m.initializer_range / std::sqrt(2.0 * static_cast<double>(m.layers)) : m.initializer_range;
}

}  // namespace

Dropout Pass::dropout(double probability, int64_t layer, int64_t site) const {
  return {drops ? probability : 0, dropout_key(seed, step, layer, site), first_row};
}

void SublayerActivations::resize(const Pass& pass, const Widths& widths, bool drops) {
  std::array<int64_t, 3> shape{pass.batch, pass.length, drops};
  if (shape == shape_) return;
  auto rows = pass.rows();
  auto next = buffers_.begin();
  auto matrix = [&](int64_t width) { return (next++)->matrix(rows, width, pass.device); };
  auto vector = [&] { return (next++)->vector(rows, pass.device); };
  norm = matrix(widths.hidden);
  mean = vector();
  rstd = vector();
  projected = matrix(widths.projected);
  inner = matrix(widths.inner);
  out = matrix(widths.hidden);
  if (drops) d_update = matrix(widths.hidden);
  shape_ = shape;
}

int64_t SublayerActivations::bytes() const {
  int64_t total = log_sum_exp_buffer.bytes() + head_inputs_buffer.bytes() + head_mean_buffer.bytes() + head_rstd_buffer.bytes() +
                  in_update.bytes() + out_update.bytes();
  for (const auto& buffer : buffers_) total += buffer.bytes();
  return total;
}

Sublayer::Sublayer(Parameters& p, const ModelConfig& m, int64_t layer, const Parts& parts)
    : model_(m),
      layer_(layer),
      dropout_site_(parts.dropout_site),
      widths_{m.hidden, sum(parts.in_projection), parts.inner},
      norm_(p, m, parts.norm, m.hidden),
      in_projection_(p, parts.in_projection, {layer, parts.in_site, m.hidden}, {m.initializer_range, m.names.transposed, m.tuning.lora}),
      out_projection_(p, {parts.out_projection}, {layer, parts.out_site, parts.inner},
                      {residual_deviation(m), m.names.transposed, m.tuning.lora}) {}

void Sublayer::forward(const Pass& pass, const at::Tensor& in, SublayerActivations& a, Scratch& scratch, LayerCache* cache) const {
  a.resize(pass, widths_, drops(pass));
  auto update = scratch.narrow.matrix(pass.rows(), widths_.hidden, pass.device);
  norm_.forward(pass, in, a.norm, a.mean, a.rstd);
  in_projection_.forward(pass, a.norm, a.projected, a.in_update, scratch);
  transform(pass, a, scratch, cache);
  out_projection_.forward(pass, a.inner, update, a.out_update, scratch);
  pass.kernels.residual(in, update, out_projection_.bias(), pass.length, dropout(pass), a.out);
}

void Sublayer::backward_input(const Pass& pass, at::Tensor& in, SublayerActivations& a, Scratch& scratch, bool accumulate) {
  auto d_inner = scratch.wide.matrix(pass.rows(), widths_.inner, pass.device);
  auto d_norm = scratch.narrow.matrix(pass.rows(), widths_.hidden, pass.device);
  if (drops(pass)) pass.kernels.dropped(a.out, pass.length, dropout(pass), a.d_update);
  out_projection_.backward_input(pass, drops(pass) ? a.d_update : a.out, d_inner, a.out_update, scratch);
  transform_backward(pass, d_inner, a, scratch, accumulate);
  in_projection_.backward_input(pass, a.projected, d_norm, a.in_update, scratch);
  norm_.backward(pass, d_norm, in, a.mean, a.rstd, a.out, in, accumulate);
}

void Sublayer::backward_weight(const Pass& pass, SublayerActivations& a, Scratch& scratch, bool accumulate) {
  out_projection_.backward_weight(pass, drops(pass) ? a.d_update : a.out, a.inner, a.out_update, scratch, accumulate);
  in_projection_.backward_weight(pass, a.projected, a.norm, a.in_update, scratch, accumulate);
}

void Sublayer::add_adapter(int64_t number, Parameters& parameters, const LoraConfig& config) {
  in_projection_.add_adapter(number, parameters, config);
  out_projection_.add_adapter(number, parameters, config);
}

void Sublayer::drop_adapter(int64_t number) {
  in_projection_.drop_adapter(number);
  out_projection_.drop_adapter(number);
}

}  // namespace trireme
