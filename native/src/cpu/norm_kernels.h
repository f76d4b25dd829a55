#pragma once
#include "vector_kernels.h"

/// Layer norm and RMS norm of rows, compiled once per instruction set; see vector_kernels.h.
namespace trireme {

struct NormArguments {
  const float *x, *gamma, *beta;
  double epsilon;
  float *out, *mean, *rstd;
};

struct NormBackwardArguments {
  const float *dy, *x, *gamma, *mean, *rstd, *residual;
  float *dx, *d_gamma, *d_beta;
};

/// RMS norm has no beta and no mean. In backward d_gamma and d_beta (C) are set to the sums over these rows.
struct NormKernels {
  void (*norm)(const RowRange&, const NormArguments&);
  void (*norm_backward)(const RowRange&, const NormBackwardArguments&);
  void (*rms_norm)(const RowRange&, const NormArguments&);
  void (*rms_norm_backward)(const RowRange&, const NormBackwardArguments&);
};

namespace v2 { extern const NormKernels norms; }
namespace v3 { extern const NormKernels norms; }
namespace v4 { extern const NormKernels norms; }

}  // namespace trireme
