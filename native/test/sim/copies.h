#pragma once
#include <ATen/core/Tensor.h>

namespace sim {

/// `copy_` between devices, and between a device and the host.
at::Tensor copy_from(const at::Tensor& source, const at::Tensor& destination, bool non_blocking);
/// A number of the device on the host, which waits for it.
at::Scalar read_scalar(const at::Tensor& t);

}  // namespace sim
