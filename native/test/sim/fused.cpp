#include <ATen/ATen.h>
#include <torch/library.h>

#include <cmath>

#include "tensors.h"

/// Operators that libtorch has for CUDA alone, or in other parts on devices of no kind that it knows: computed in float64, with the
/// shapes, strides and conditions of CUDA's.
namespace sim {
namespace {

using at::Tensor;

Tensor like(const Tensor& t) {
  return empty_on(t.device().index(), t.sizes(), t.scalar_type());
}

/// Rows of x as the norm sees them: (N, C).
int64_t rows_of(const Tensor& x, at::IntArrayRef shape) {
  return x.numel() / c10::multiply_integers(shape);
}

at::DimVector statistics_sizes(const Tensor& x, at::IntArrayRef shape) {
  at::DimVector sizes(x.sizes().begin(), x.sizes().end() - static_cast<std::ptrdiff_t>(shape.size()));
  sizes.append(shape.size(), 1);
  return sizes;
}

std::tuple<Tensor, Tensor, Tensor> layer_norm(const Tensor& x, at::IntArrayRef shape, const std::optional<Tensor>& gamma,
                                              const std::optional<Tensor>& beta, double epsilon) {
  auto device = x.device().index();
  auto sizes = statistics_sizes(x, shape);
  auto y = like(x), mean = empty_on(device, sizes, x.scalar_type()), rstd = empty_on(device, sizes, x.scalar_type());
  std::vector<int64_t> normal(shape.begin(), shape.end());
  launch(device, "aten::native_layer_norm", {x, *gamma, *beta}, {y, mean, rstd}, 0,
         [=, x = open_tensor(x), g = open_tensor(*gamma), b = open_tensor(*beta), y = open_tensor(y), mean = open_tensor(mean),
          rstd = open_tensor(rstd)] {
           auto [out, m, r] = at::native_layer_norm(x, normal, g, b, epsilon);
           y.copy_(out);
           mean.copy_(m.view_as(mean));
           rstd.copy_(r.view_as(rstd));
         });
  return {y, mean, rstd};
}

std::tuple<Tensor, Tensor, Tensor> layer_norm_backward(const Tensor& dy, const Tensor& x, at::IntArrayRef shape, const Tensor& mean,
                                                       const Tensor& rstd, const std::optional<Tensor>& gamma,
                                                       const std::optional<Tensor>& beta, std::array<bool, 3> wanted) {
  TORCH_CHECK(wanted[0] && wanted[1] && wanted[2], "sim: native_layer_norm_backward without one of its results");
  auto dx = like(x), d_gamma = like(*gamma), d_beta = like(*beta);
  std::vector<int64_t> normal(shape.begin(), shape.end());
  std::vector<Tensor> out{dx, d_gamma, d_beta};
  launch(x.device().index(), "aten::native_layer_norm_backward", {dy, x, mean, rstd, *gamma}, out, 0,
         [=, dy = open_tensor(dy), x = open_tensor(x), mean = open_tensor(mean), rstd = open_tensor(rstd), g = open_tensor(*gamma),
          dx = open_tensor(dx), dg = open_tensor(d_gamma), db = open_tensor(d_beta)] {
           auto [a, b, c] = at::native_layer_norm_backward(dy, x, normal, mean, rstd, g, g, {true, true, true});
           dx.copy_(a);
           dg.copy_(b);
           db.copy_(c);
         });
  return {dx, d_gamma, d_beta};
}

std::tuple<Tensor, Tensor> rms_norm(const Tensor& x, at::IntArrayRef shape, const std::optional<Tensor>& gamma,
                                    std::optional<double> epsilon) {
  auto y = like(x), rstd = empty_on(x.device().index(), statistics_sizes(x, shape), at::kFloat);
  auto rows = rows_of(x, shape);
  launch(x.device().index(), "aten::_fused_rms_norm", {x, *gamma}, {y, rstd}, 0,
         [rows, e = epsilon.value(), x = open_tensor(x), g = open_tensor(*gamma), y = open_tensor(y), rstd = open_tensor(rstd)] {
           auto x64 = x.reshape({rows, -1}).to(at::kDouble);
           auto r = x64.square().mean(1, true).add_(e).rsqrt_();
           y.copy_(x64.mul(r).mul(g.reshape({1, -1})).view_as(y));
           rstd.copy_(r.view_as(rstd));
         });
  return {y, rstd};
}

std::tuple<Tensor, Tensor> rms_norm_backward(const Tensor& dy, const Tensor& x, at::IntArrayRef shape, const Tensor& rstd,
                                             const std::optional<Tensor>& gamma, std::array<bool, 2>) {
  auto dx = like(x), d_gamma = like(*gamma);
  auto rows = rows_of(x, shape);
  launch(x.device().index(), "aten::_fused_rms_norm_backward", {dy, x, rstd, *gamma}, {dx, d_gamma}, 0,
         [rows, dy = open_tensor(dy), x = open_tensor(x), rstd = open_tensor(rstd), g = open_tensor(*gamma), dx = open_tensor(dx),
          dg = open_tensor(d_gamma)] {
           auto flat = [&](const Tensor& t) { return t.reshape({rows, -1}).to(at::kDouble); };
           auto r = flat(rstd), y = flat(x).mul(r), d = flat(dy), d_y = d.mul(g.reshape({1, -1}));
           dx.copy_(d_y.sub(y.mul(d_y.mul(y).mean(1, true))).mul(r).view_as(dx));
           dg.copy_(d.mul(y).sum(0).view_as(dg));
         });
  return {dx, d_gamma};
}

/// Of many tensors at once.
std::vector<Tensor> norms(at::TensorList tensors, const at::Scalar& order, std::optional<at::ScalarType> type) {
  TORCH_CHECK(order.to<double>() == 2 && !type, "sim: _foreach_norm of another order than 2");
  auto device = tensors[0].device().index();
  std::vector<Tensor> results, open_results, open;
  for (const auto& t : tensors) {
    results.push_back(empty_on(device, {}, t.scalar_type()));
    open_results.push_back(open_tensor(results.back()));
    open.push_back(open_tensor(t));
  }
  launch(device, "aten::_foreach_norm", tensors.vec(), results, 0, [open, open_results] {
    for (std::size_t i = 0; i < open.size(); ++i) open_results[i].copy_(open[i].to(at::kDouble).norm());
  });
  return results;
}

// --- memory-efficient attention; q, k, v (B, T, H, D) in any strides whose last is 1 ---

constexpr int64_t kAlignment = 32;  // of the columns of log-sum-exp

struct Masked {
  double scale;
  int64_t window;

  /// Scores (B, H, T, T) in float64, those of later keys, and of keys before the window, minus infinity.
  Tensor scores(const Tensor& q, const Tensor& k) const {
    auto t = at::arange(q.size(1)), distance = t.unsqueeze(1) - t;
    auto unseen = distance.lt(0);
    if (window > 0) unseen.logical_or_(distance.ge(window));
    auto heads = [](const Tensor& x) { return x.to(at::kDouble).transpose(1, 2); };
    return heads(q).matmul(heads(k).transpose(2, 3)).mul_(scale).masked_fill_(unseen, -INFINITY);
  }
};

Masked masked(const char* name, const Tensor& q, const Tensor& k, const Tensor& v, double dropout, int64_t mask,
              std::optional<double> scale, std::optional<int64_t> window) {
  TORCH_CHECK(q.dim() == 4 && q.sizes() == k.sizes() && q.sizes() == v.sizes(), "sim: ", name,
              " takes q, k and v of one shape (B, T, H, D)");
  TORCH_CHECK(q.stride(3) == 1 && k.stride(3) == 1 && v.stride(3) == 1, "sim: ", name, " takes q, k and v whose last stride is 1");
  TORCH_CHECK(q.scalar_type() == at::kFloat && dropout == 0 && mask == 1, "sim: ", name, " is float32, causal and without dropout here");
  return {scale.value_or(1 / std::sqrt(static_cast<double>(q.size(3)))), window.value_or(0)};
}

double products_of(const Tensor& q) {
  return static_cast<double>(q.numel()) * static_cast<double>(q.size(1));  // half of two products over all pairs
}

using OptionalTensor = std::optional<Tensor>;
using OptionalInt = std::optional<int64_t>;

std::tuple<Tensor, Tensor, Tensor, Tensor, c10::SymInt, c10::SymInt> attention(
    const Tensor& q, const Tensor& k, const Tensor& v, const OptionalTensor&, const OptionalTensor&, const OptionalTensor&, OptionalInt,
    OptionalInt, double dropout, int64_t mask, bool wants_sums, std::optional<double> scale, const OptionalTensor&, OptionalInt window) {
  auto rule = masked("_efficient_attention_forward", q, k, v, dropout, mask, scale, window);
  auto device = q.device().index();
  auto length = q.size(1), columns = wants_sums ? (length + kAlignment - 1) / kAlignment * kAlignment : 0;
  auto out = empty_on(device, q.sizes(), at::kFloat), sums = empty_on(device, {q.size(0), q.size(2), columns}, at::kFloat);
  launch(device, "aten::_efficient_attention_forward", {q, k, v}, {out, sums}, products_of(q),
         [=, q = open_tensor(q), k = open_tensor(k), v = open_tensor(v), out = open_tensor(out), sums = open_tensor(sums)] {
           auto scores = rule.scores(q, k), row_sums = scores.logsumexp(-1, true);
           out.copy_(scores.sub(row_sums).exp_().matmul(v.to(at::kDouble).transpose(1, 2)).transpose(1, 2));
           if (!wants_sums) return;
           sums.fill_(INFINITY);
           sums.narrow(2, 0, length).copy_(row_sums.squeeze(-1));
         });
  auto seed = at::empty({}, at::kLong), offset = at::empty({}, at::kLong);
  return {out, sums, seed, offset, length, length};
}

std::tuple<Tensor, Tensor, Tensor, Tensor> attention_backward(const Tensor& d_out, const Tensor& q, const Tensor& k, const Tensor& v,
                                                              const OptionalTensor&, const Tensor& out, const OptionalTensor&,
                                                              const OptionalTensor&, c10::SymInt, c10::SymInt, const Tensor& sums,
                                                              double dropout, const Tensor&, const Tensor&, int64_t mask, bool,
                                                              std::optional<double> scale, OptionalInt, OptionalInt window, bool shared) {
  auto rule = masked("_efficient_attention_backward", q, k, v, dropout, mask, scale, window);
  auto device = q.device().index();
  auto length = q.size(1);
  TORCH_CHECK(sums.size(2) % kAlignment == 0 && sums.size(2) >= length, "sim: log-sum-exp has ", sums.size(2),
              " columns, not a multiple of ", kAlignment);
  TORCH_CHECK(shared, "sim: _efficient_attention_backward with gradients apart");
  auto all = empty_on(device, {q.size(0), length, 3, q.size(2), q.size(3)}, at::kFloat);
  launch(device, "aten::_efficient_attention_backward", {d_out, q, k, v, out, sums}, {all}, 2.5 * products_of(q),
         [=, d_out = open_tensor(d_out), q = open_tensor(q), k = open_tensor(k), v = open_tensor(v), out = open_tensor(out),
          sums = open_tensor(sums), all = open_tensor(all)] {
           auto heads = [](const Tensor& x) { return x.to(at::kDouble).transpose(1, 2); };
           auto p = rule.scores(q, k).sub_(sums.narrow(2, 0, length).to(at::kDouble).unsqueeze(-1)).exp_();
           auto d = heads(d_out), delta = d.mul(heads(out)).sum(-1, true);
           auto d_scores = p.mul(d.matmul(heads(v).transpose(2, 3)).sub_(delta)).mul_(rule.scale);
           all.select(2, 0).copy_(d_scores.matmul(heads(k)).transpose(1, 2));
           all.select(2, 1).copy_(d_scores.transpose(2, 3).matmul(heads(q)).transpose(1, 2));
           all.select(2, 2).copy_(p.transpose(2, 3).matmul(d).transpose(1, 2));
         });
  return {all.select(2, 0), all.select(2, 1), all.select(2, 2), Tensor()};
}

TORCH_LIBRARY_IMPL(aten, PrivateUse1, m) {
  m.impl("native_layer_norm", layer_norm);
  m.impl("native_layer_norm_backward", layer_norm_backward);
  m.impl("_foreach_norm.Scalar", norms);
  m.impl("_fused_rms_norm", rms_norm);
  m.impl("_fused_rms_norm_backward", rms_norm_backward);
  m.impl("_efficient_attention_forward", attention);
  m.impl("_efficient_attention_backward", attention_backward);
}

}  // namespace
}  // namespace sim
