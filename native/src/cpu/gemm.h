#pragma once
#include <cstdint>

namespace trireme {

/// A row-major float32 matrix in memory, read as its transpose if `transposed`.
struct Operand {
  const float* data;
  int64_t stride;  // from row to row in memory
  bool transposed = false;
};

struct GemmShape {
  int64_t rows, columns, inner;
};

struct Result {
  float* data;
  int64_t stride;
  float alpha = 1, beta = 0;
};

/// out (rows, columns) = alpha a (rows, inner) b (inner, columns) + beta out, by the BLAS on this thread.
void gemm_here(const GemmShape& shape, const Operand& a, const Operand& b, const Result& out);

/// The same on all of libtorch's threads. The output is what is cut, never the inner dimension: every element is the same
/// sum whatever the threads.
void gemm(const GemmShape& shape, const Operand& a, const Operand& b, const Result& out);

}  // namespace trireme
