#pragma once
#include <cstdint>

namespace trireme {

/// A row-major float32 matrix in memory, read as its transpose if `transposed`.
struct Operand {
  const float* data;
  int64_t stride;  // from row to row in memory
  bool transposed = false;
};

/// Of a product (rows, inner) x (inner, columns).
struct GemmShape {
  int64_t rows, columns, inner;
};

}  // namespace trireme
