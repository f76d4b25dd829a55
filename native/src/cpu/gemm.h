#pragma once
#include "dispatch.h"
#include "operand.h"

namespace trireme {

struct GemmResult {
  float* data;
  int64_t stride;
  bool accumulate = false;
};

/// out (rows, columns) = or += a (rows, inner) b (inner, columns), on all of libtorch's threads. The output is what is cut, never
/// the inner dimension: every element is the same sum, in the order of the inner index, whatever the shape that it is part of.
void gemm(const InstructionSet& set, const GemmShape& shape, const Operand& a, const Operand& b, const GemmResult& out);

}  // namespace trireme
