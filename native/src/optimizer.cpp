#include "optimizer.h"

#include <ATen/ATen.h>

#include <cmath>

namespace trireme {

void Optimizer::step(const TrainingKernels& kernels, Parameters& p, int64_t replicas, const AdamWConfig& config, double learning_rate,
                     double norm) {
  TORCH_CHECK(std::isfinite(norm), "the gradient norm of step ", updates + 1,
              " is not finite; weights were left as they are; lower the learning rate or clip gradients");
  allocate(p);
  double scale = 1.0 / static_cast<double>(replicas);
  if (config.clip_norm > 0 && norm > config.clip_norm) scale *= config.clip_norm / norm;
  ++updates;
  kernels.adamw(p.values, p.gradients, mean, variance,
                {learning_rate, config.beta1, config.beta2, config.epsilon, config.weight_decay, 1 - std::pow(config.beta1, updates),
                 1 - std::pow(config.beta2, updates), scale});
}

void Optimizer::allocate(const Parameters& p) {
  if (mean.defined()) return;
  mean = at::zeros_like(p.values);
  variance = at::zeros_like(p.values);
}

int64_t Optimizer::bytes() const {
  return mean.defined() ? static_cast<int64_t>(mean.nbytes() + variance.nbytes()) : 0;
}

void Snapshot::take(const Parameters& p, const Optimizer& optimizer) {
  auto copy = [](const at::Tensor& source, at::Tensor& target) {
    auto home = source.is_meta() ? source.device() : at::Device(at::kCPU);
    if (!target.defined()) target = at::empty(source.sizes(), source.options().device(home));
    target.copy_(source);
  };
  copy(p.values, values);
  copy(optimizer.mean, mean);
  copy(optimizer.variance, variance);
}

int64_t Snapshot::bytes() const {
  return values.defined() ? static_cast<int64_t>(3 * values.nbytes()) : 0;
}

std::vector<double> gradient_squares(const TrainingKernels& kernels, const Parameters& p, int64_t units, int64_t replicas) {
  std::vector<double> squares;
  double scale = 1.0 / static_cast<double>(replicas * replicas);
  for (auto unit = units; unit-- > 0;) {
    auto begin = unit == 0 ? 0 : p.unit_ends()[unit - 1];
    squares.push_back(kernels.sum_of_squares(p.gradients.narrow(0, begin, p.unit_ends()[unit] - begin)) * scale);
  }
  return squares;
}

}  // namespace trireme
