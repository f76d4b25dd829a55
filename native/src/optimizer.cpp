#include "optimizer.h"

#include <ATen/ATen.h>

namespace trireme {

void Optimizer::step(const TrainingKernels& kernels, Parameters& p, const AdamWConfig& config, double learning_rate,
                     const at::Tensor& clip) {
  allocate(p);
  ++updates;
  AdamWStep step{learning_rate, config.beta1, config.beta2, config.epsilon, config.weight_decay, updates};
  kernels.adamw(p.values, p.gradients, mean, variance, step, clip);
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

void gradient_squares(const TrainingKernels& kernels, const Parameters& p, int64_t replicas, at::Tensor& squares) {
  std::vector<at::Tensor> units;
  for (auto unit = squares.numel(); unit-- > 0;) {
    auto begin = unit == 0 ? 0 : p.unit_ends()[unit - 1];
    units.push_back(p.gradients.narrow(0, begin, p.unit_ends()[unit] - begin));
  }
  if (!units.empty()) kernels.sums_of_squares(units, 1.0 / static_cast<double>(replicas * replicas), squares);
}

}  // namespace trireme
