#pragma once
#include <algorithm>

#include "operand.h"
#include "vector_kernels.h"

/// Packing of matrices into the layout of the panel kernel: tiles, and panels of weights and caches.
namespace trireme {

/// A matrix (rows, inner) in strips of `width` rows: what a strip's rows have for one inner index lies side by side, `width` from
/// what they have for the next. Panels are strips of 32 rows.
struct Strips {
  float* data;  // of row 0, for the first inner index that is packed
  int64_t width;
  int64_t stride;  // floats from strip to strip
};

/// Rows [begin, end) of strips, for `inner` indices.
struct StripPart {
  int64_t begin, end, inner;
};

/// Sets a part of strips from x (end - begin, inner).
inline void pack_strips(const VectorKernels& vector, const Operand& x, const StripPart& rows, const Strips& to) {
  constexpr int64_t kPages = 16;  // rows in memory that are read together: each may be a page of its own
  int64_t step = x.transposed ? kPages : rows.inner, first = rows.begin / to.width * to.stride, first_lane = rows.begin % to.width;
  for (int64_t k = 0; k < rows.inner; k += step) {
    int64_t depth = std::min(step, rows.inner - k), lane = first_lane;
    float* strip = to.data + first + k * to.width;
    for (int64_t row = 0, count; row < rows.end - rows.begin; row += count) {
      count = std::min(rows.end - rows.begin - row, to.width - lane);
      const float* from = part(x, row, k).data;
      if (x.transposed) vector.copy({depth, count, x.stride}, from, to.width, strip + lane);
      else vector.transpose({count, depth, x.stride}, from, to.width, strip + lane);
      strip += to.stride;
      lane = 0;
    }
  }
}

}  // namespace trireme
