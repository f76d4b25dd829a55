#pragma once
#include <vector>

#include "kernels.h"
#include "parameters.h"
#include "trireme/core.h"

namespace trireme {

/// AdamW over a stage's flat buffers, with clipping by the norm over all stages. Its state is made at the first step.
class Optimizer {
 public:
  /// Running means of the gradients and of their squares, (P) float32 each; undefined before `allocate`.
  at::Tensor mean, variance;
  /// Updates that were applied.
  int64_t updates = 0;

  /// Makes the state, of zeros, if there is none.
  void allocate(const Parameters& parameters);
  /// @param clip by `TrainingKernels::clip`; when its norm is not finite nothing changes, except the number of updates
  void step(const TrainingKernels& kernels, Parameters& parameters, const AdamWConfig& config, double learning_rate,
            const at::Tensor& clip);

  int64_t bytes() const;
};

/// A copy of what a stage keeps from step to step, on the host.
struct Snapshot {
  at::Tensor values, mean, variance;

  void take(const Parameters& parameters, const Optimizer& optimizer);
  int64_t bytes() const;
};

/// Sum of squares of each unit's gradients, averaged over replicas, in the order of the model: the last unit first.
/// @param squares (units) float64
void gradient_squares(const TrainingKernels& kernels, const Parameters& parameters, int64_t replicas, at::Tensor& squares);

}  // namespace trireme
