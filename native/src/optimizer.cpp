#include "optimizer.h"

#include <ATen/ATen.h>

#include <cmath>

namespace trireme {

double Optimizer::step(const Kernels& kernels, Parameters& p, int64_t replicas, const AdamWConfig& config, double learning_rate) {
  if (!mean_.defined()) {
    mean_ = at::zeros_like(p.values);
    variance_ = at::zeros_like(p.values);
  }
  double norm = std::sqrt(kernels.sum_of_squares(p.gradients)) / replicas;
  TORCH_CHECK(std::isfinite(norm), "the gradient norm of step ", steps_ + 1,
              " is not finite; weights were left as they are; lower the learning rate or clip gradients");
  double scale = 1.0 / replicas;
  if (config.clip_norm > 0 && norm > config.clip_norm) scale *= config.clip_norm / norm;
  ++steps_;
  kernels.adamw(p.values, p.gradients, mean_, variance_,
                {learning_rate, config.beta1, config.beta2, config.epsilon, config.weight_decay,
                 1 - std::pow(config.beta1, steps_), 1 - std::pow(config.beta2, steps_), scale});
  return norm;
}

int64_t Optimizer::bytes() const {
  return mean_.defined() ? static_cast<int64_t>(mean_.nbytes() + variance_.nbytes()) : 0;
}

}  // namespace trireme
