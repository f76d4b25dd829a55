#pragma once
#include <cstdint>

namespace trireme {

/// A row-major float32 matrix in memory, read as its transpose if `transposed`.
struct Operand {
  const float* data;
  int64_t stride;  // from row to row in memory
  bool transposed = false;
};

/// The part of an operand from a row and a column on.
inline Operand part(const Operand& x, int64_t row, int64_t column) {
  return {x.data + (x.transposed ? column * x.stride + row : row * x.stride + column), x.stride, x.transposed};
}

/// Sizes of a product (rows, inner) x (inner, columns).
struct GemmShape {
  int64_t rows, columns, inner;
};

}  // namespace trireme
