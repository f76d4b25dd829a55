#pragma once
#include <vector>

#include "kernels.h"
#include "parameters.h"
#include "trireme/core.h"

namespace trireme {

/// AdamW over a stage's flat buffers, with clipping by the norm over all stages. Its state is made at the first step.
class Optimizer {
 public:
  /// @param replicas the gradients are sums over this many replicas and are averaged on the fly
  /// @param norm of the averaged gradients of all stages; not finite is an error, before anything changes
  void step(const TrainingKernels& kernels, Parameters& parameters, int64_t replicas, const AdamWConfig& config, double learning_rate,
            double norm);

  int64_t bytes() const;

 private:
  at::Tensor mean_, variance_;
  int64_t steps_ = 0;
};

/// Sum of squares of each unit's gradients, averaged over replicas, in the order of the model: the last unit first.
std::vector<double> gradient_squares(const TrainingKernels& kernels, const Parameters& parameters, int64_t units, int64_t replicas);

}  // namespace trireme
