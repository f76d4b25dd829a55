#pragma once
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>

namespace sim {

/// Every operator that has no code of its own here: the CPU's, in the order of the current stream.
void any_operator(const c10::OperatorHandle& op, torch::jit::Stack* stack);

/// `resize_` of an empty tensor, as output arguments have that take their shape from the operator.
const at::Tensor& give_size(const at::Tensor& t, at::IntArrayRef sizes);

}  // namespace sim
