#pragma once
#include <ATen/core/Tensor.h>

#include <string>

namespace trireme {

/// "cpu" or "cuda:N" as a device that is there; otherwise an error that names what is.
at::Device device_of(const std::string& name);

}  // namespace trireme
