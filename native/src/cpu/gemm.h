#pragma once
#include "dispatch.h"
#include "operand.h"

namespace trireme {

struct GemmResult {
  float* data;
  int64_t stride;
  bool accumulate = false;
};

/// out (rows, columns) = or += a (rows, inner) b (inner, columns), on all of libtorch's threads. Threads split the output, never the inner
/// dimension: every element is a sum in the order of the inner index, whatever the shapes.
void gemm(const InstructionSet& set, const GemmShape& shape, const Operand& a, const Operand& b, const GemmResult& out);

}  // namespace trireme
