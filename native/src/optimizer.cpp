#include "optimizer.h"

#include <ATen/ATen.h>

#include <cmath>

namespace trireme {

void Optimizer::step(const TrainingKernels& kernels, Parameters& p, int64_t replicas, const AdamWConfig& config, double learning_rate,
                     double norm) {
  TORCH_CHECK(std::isfinite(norm), "the gradient norm of step ", steps_ + 1,
              " is not finite; weights were left as they are; lower the learning rate or clip gradients");
  if (!mean_.defined()) {
    mean_ = at::zeros_like(p.values);
    variance_ = at::zeros_like(p.values);
  }
  double scale = 1.0 / static_cast<double>(replicas);
  if (config.clip_norm > 0 && norm > config.clip_norm) scale *= config.clip_norm / norm;
  ++steps_;
  kernels.adamw(p.values, p.gradients, mean_, variance_,
                {learning_rate, config.beta1, config.beta2, config.epsilon, config.weight_decay, 1 - std::pow(config.beta1, steps_),
                 1 - std::pow(config.beta2, steps_), scale});
}

int64_t Optimizer::bytes() const {
  return mean_.defined() ? static_cast<int64_t>(mean_.nbytes() + variance_.nbytes()) : 0;
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
