#pragma once
#include <ATen/core/Tensor.h>

#include <string>

namespace trireme {

/// The device named "cpu" or "cuda:N"; an error with the available devices if it does not exist.
at::Device device_of(const std::string& name);

}  // namespace trireme
