#pragma once
#include "dispatch.h"
#include "scratch.h"

namespace trireme {

inline int64_t panels_of(int64_t outputs) {
  return (outputs + kPanel - 1) / kPanel;
}

/// Bytes of one row of a panel.
inline int64_t row_bytes(bool bfloat16) {
  return kPanel * (bfloat16 ? 2 : 4);
}

/// x (rows, inner) as the panel kernel wants it: cut into tiles of nearly equal height, none above what its registers hold,
/// the rows of a tile side by side.
struct Tiles {
  int64_t rows, inner, count;
  const float* data;

  int64_t begin(int64_t tile) const { return rows * tile / count; }
};

struct TilesSource {
  const float* data;
  int64_t rows, inner, stride;
};

/// A single row is already as wanted and is not copied; `scratch` keeps the copy of several.
Tiles tiles_of(const InstructionSet& set, const TilesSource& x, Scratch& scratch);

struct PanelOutput {
  int64_t columns;
  float* data;
  int64_t stride;
};

/// out (rows, columns) = x w^T on this thread. Every element is one chain of additions in the order of the inner index:
/// its bits depend on nothing but its own row and column.
void multiply_here(const InstructionSet& set, const Tiles& x, const Panels& panels, const PanelOutput& out);

}  // namespace trireme
