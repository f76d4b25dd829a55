#pragma once
#include <ATen/ATen.h>

#include <cstdlib>
#include <string>

#include "check.h"

namespace trireme::test {

/// The device that the tests run on: that of TRIREME_DEVICE, or the CPU.
inline std::string device() {
  const char* name = std::getenv("TRIREME_DEVICE");
  return name ? name : "cpu";
}

/// |a - b| / |b|, in float64.
inline double relative_error(const at::Tensor& a, const at::Tensor& b) {
  auto x = a.cpu().to(at::kDouble), y = b.cpu().to(at::kDouble);
  return (x - y).norm().item<double>() / std::max(y.norm().item<double>(), 1e-30);
}

/// Whether two float32 tensors hold the same bits.
inline bool same_bits(const at::Tensor& a, const at::Tensor& b) {
  return a.cpu().view(at::kInt).equal(b.cpu().view(at::kInt));
}

}  // namespace trireme::test

#define CHECK_BELOW(value, bound) \
  if (double measured = (value); measured <= (bound)) { \
  } else                          \
    check::Failure(__FILE__, __LINE__, #value " is") << measured << ", above " << (bound) << " "
