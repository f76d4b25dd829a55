#include "gemm.h"

#include <algorithm>

#include "packing.h"
#include "panel_product.h"
#include "parallel.h"

namespace trireme {
namespace {

// Most of a block, chosen so that a block of a stays in the second or third cache, one of b in the second, and a tile of a in
// the first (Goto and van de Geijn 2008, section 4).
constexpr int64_t kInner = 516, kRows = 516, kColumns = 8 * kPanel;
constexpr int64_t kUnit = 12;  // of blocks: rows of the highest tile

/// Block length for nearly equal blocks, since packing does not pay for a short last one.
int64_t block_of(int64_t length, int64_t most) {
  int64_t blocks = (length + most - 1) / most, even = (length + blocks - 1) / std::max<int64_t>(1, blocks);
  return (even + kUnit - 1) / kUnit * kUnit;
}

Operand transpose_of(const Operand& x) {
  return {x.data, x.stride, !x.transposed};
}

/// The last tile may be lower than the others.
void pack_tiles(const VectorKernels& vector, const Operand& x, const Tiles& tiles, float* to) {
  int64_t inner = tiles.inner, height = tiles.height, whole = tiles.rows / height * height, rest = tiles.rows - whole;
  pack_strips(vector, x, {0, whole, inner}, {to, height, height * inner});
  if (rest > 0) pack_strips(vector, part(x, whole, 0), {0, rest, inner}, {to + whole * inner, rest, 0});
}

/// The last panel is filled up with zeros.
void pack_panels(const VectorKernels& vector, const Operand& x, int64_t rows, int64_t inner, float* to) {
  if (rows % kPanel > 0) std::fill_n(to + rows / kPanel * kPanel * inner, kPanel * inner, 0.0f);
  pack_strips(vector, x, {0, rows, inner}, {to, kPanel, kPanel * inner});
}

GemmResult part(const GemmResult& x, int64_t row, int64_t column) {
  return {x.data + row * x.stride + column, x.stride, x.accumulate};
}

/// `gemm` on this thread.
void gemm_here(const InstructionSet& set, const GemmShape& shape, const Operand& a, const Operand& b, const GemmResult& out) {
  thread_local ThreadScratch scratch;
  float* tile_space = scratch.floats((kRows + kColumns) * kInner);
  float* panel_space = tile_space + kRows * kInner;
  int64_t most_inner = block_of(shape.inner, kInner), most_rows = block_of(shape.rows, kRows);
  for (int64_t k = 0; k < shape.inner; k += most_inner) {
    int64_t inner = std::min(most_inner, shape.inner - k);
    Panels panels{panel_space, inner * row_bytes(false), false, true};
    for (int64_t row = 0; row < shape.rows; row += most_rows) {
      Tiles tiles(std::min(most_rows, shape.rows - row), inner, set.panels.rows, tile_space);
      pack_tiles(set.vector, part(a, row, k), tiles, tile_space);
      for (int64_t column = 0; column < shape.columns; column += kColumns) {
        int64_t columns = std::min(kColumns, shape.columns - column);
        if (row == 0 || shape.columns > kColumns) pack_panels(set.vector, transpose_of(part(b, k, column)), columns, inner, panel_space);
        auto to = part(out, row, column);
        multiply_here(set, tiles, panels, {columns, to.data, to.stride, to.accumulate || k > 0});
      }
    }
  }
}

}  // namespace

void gemm(const InstructionSet& set, const GemmShape& shape, const Operand& a, const Operand& b, const GemmResult& out) {
  bool by_rows = shape.rows >= shape.columns;
  int64_t length = by_rows ? shape.rows : shape.columns, units = panels_of(length);
  by_cost(units, kPanel * (by_rows ? shape.columns : shape.rows) * shape.inner, [&](int64_t begin, int64_t end) {
    int64_t first = begin * kPanel, count = std::min(end * kPanel, length) - first;
    if (by_rows) gemm_here(set, {count, shape.columns, shape.inner}, part(a, first, 0), b, part(out, first, 0));
    else gemm_here(set, {shape.rows, count, shape.inner}, a, part(b, 0, first), part(out, 0, first));
  });
}

}  // namespace trireme
