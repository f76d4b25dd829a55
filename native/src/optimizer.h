#pragma once
#include "kernels.h"
#include "parameters.h"
#include "trireme/core.h"

namespace trireme {

/// AdamW over a stage's flat buffers, with clipping by the global norm. Its state is made at the first step.
class Optimizer {
 public:
  /// @param replicas the gradients are sums over this many replicas and are averaged on the fly
  /// @return the norm of the averaged gradients before clipping
  double step(const Kernels& kernels, Parameters& parameters, int64_t replicas, const AdamWConfig& config, double learning_rate);

  int64_t bytes() const;

 private:
  at::Tensor mean_, variance_;
  int64_t steps_ = 0;
};

}  // namespace trireme
