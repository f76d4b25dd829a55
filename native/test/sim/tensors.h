#pragma once
#include <ATen/core/Tensor.h>

#include <functional>
#include <vector>

#include "streams.h"

/// Tensors of the devices as work sees them.
namespace sim {

inline bool is_simulated(const at::Tensor& t) {
  return t.defined() && t.device().type() == c10::kPrivateUse1;
}

/// A tensor of the host with the memory of a device's, or of pinned memory; only for work that runs. Others are as they are.
at::Tensor open_tensor(const at::Tensor& t);

/// The bytes of a tensor, from its first element to its last.
Use use_of(const at::Tensor& t, bool write);

/// Seconds of an operator on the clock. @param products that it adds up, 0 when memory is all that counts
double seconds_of(const std::vector<at::Tensor>& reads, const std::vector<at::Tensor>& writes, double products);

/// Issues an operator to the current stream of a device.
void launch(int device, const char* name, const std::vector<at::Tensor>& reads, const std::vector<at::Tensor>& writes, double products,
            std::function<void()> run);

at::Tensor empty_on(int device, at::IntArrayRef sizes, at::ScalarType type);
at::Tensor empty_strided_on(int device, at::IntArrayRef sizes, at::IntArrayRef strides, at::ScalarType type);

}  // namespace sim
