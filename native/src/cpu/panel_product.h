#pragma once
#include <algorithm>

#include "dispatch.h"
#include "thread_scratch.h"

namespace trireme {

inline int64_t panels_of(int64_t outputs) {
  return (outputs + kPanel - 1) / kPanel;
}

/// Bytes of one row of a panel.
inline int64_t row_bytes(bool bfloat16) {
  return kPanel * (bfloat16 ? 2 : 4);
}

/// x (rows, inner) in the layout of the panel kernel: tiles of equal height (the last may be lower), no higher than the kernel's most rows,
/// with the rows of a tile interleaved.
struct Tiles {
  int64_t rows, inner, count, height;
  const float* data;

  Tiles(int64_t rows, int64_t inner, int64_t most, const float* data)
      : rows(rows), inner(inner), count((rows + most - 1) / most), height((rows + count - 1) / count), data(data) {}
  int64_t begin(int64_t tile) const { return std::min(rows, tile * height); }
};

struct TilesSource {
  const float* data;
  int64_t rows, inner, stride;
};

/// A single row is used without a copy; several rows are copied to `scratch`.
Tiles tiles_of(const InstructionSet& set, const TilesSource& x, ThreadScratch& scratch);

struct PanelOutput {
  int64_t columns;
  float* data;
  int64_t stride;
  bool accumulate = false;
};

/// out (rows, columns) = or += x w^T on this thread. Every element is summed strictly in the order of the inner index, so its bits depend
/// only on its own row and column.
void multiply_here(const InstructionSet& set, const Tiles& x, const Panels& panels, const PanelOutput& out);

}  // namespace trireme
