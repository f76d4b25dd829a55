#include "gemm.h"

#include <algorithm>

#include "panel_product.h"
#include "parallel.h"

namespace trireme {
namespace {

// Most of a block, chosen so that a block of a stays in the second or third cache, one of b in the second, and a tile of a in
// the first (Goto and van de Geijn 2008, section 4).
constexpr int64_t kInner = 516, kRows = 516, kColumns = 8 * kPanel;
constexpr int64_t kUnit = 12;   // of blocks: rows of the highest tile
constexpr int64_t kPages = 16;  // rows in memory that are read together: each may be a page of its own

/// Blocks of nearly one length: a short last one would be packed for little.
int64_t block_of(int64_t length, int64_t most) {
  int64_t blocks = (length + most - 1) / most, even = (length + blocks - 1) / std::max<int64_t>(1, blocks);
  return (even + kUnit - 1) / kUnit * kUnit;
}

Operand part(const Operand& x, int64_t row, int64_t column) {
  return {x.data + (x.transposed ? column * x.stride + row : row * x.stride + column), x.stride, x.transposed};
}

Operand transpose_of(const Operand& x) {
  return {x.data, x.stride, !x.transposed};
}

/// x (rows, inner) in strips of `width` rows, whose values for one inner index are neighbours `width` from the next ones; with
/// as many as there are in a last strip that is not filled up.
void pack(const InstructionSet& set, const Operand& x, int64_t rows, int64_t inner, int64_t width, bool fill, float* to) {
  if (fill && rows % width > 0) std::fill_n(to + rows / width * width * inner, width * inner, 0.0f);
  int64_t step = x.transposed ? kPages : inner;
  for (int64_t k = 0; k < inner; k += step) {
    int64_t depth = std::min(step, inner - k);
    for (int64_t row = 0; row < rows; row += width) {
      int64_t count = std::min(width, rows - row), stride = fill ? width : count;
      const float* from = part(x, row, k).data;
      float* place = to + row * inner + k * stride;
      if (x.transposed) set.vector.copy({depth, count, x.stride}, from, stride, place);
      else set.vector.transpose({count, depth, x.stride}, from, stride, place);
    }
  }
}

GemmResult part(const GemmResult& x, int64_t row, int64_t column) {
  return {x.data + row * x.stride + column, x.stride, x.accumulate};
}

/// `gemm` on this thread.
void gemm_here(const InstructionSet& set, const GemmShape& shape, const Operand& a, const Operand& b, const GemmResult& out) {
  thread_local Scratch scratch;
  float* tile_space = scratch.floats((kRows + kColumns) * kInner);
  float* panel_space = tile_space + kRows * kInner;
  int64_t most_inner = block_of(shape.inner, kInner), most_rows = block_of(shape.rows, kRows);
  for (int64_t k = 0; k < shape.inner; k += most_inner) {
    int64_t inner = std::min(most_inner, shape.inner - k);
    Panels panels{panel_space, inner * row_bytes(false), false};
    for (int64_t row = 0; row < shape.rows; row += most_rows) {
      Tiles tiles(std::min(most_rows, shape.rows - row), inner, set.panels.rows, tile_space);
      pack(set, part(a, row, k), tiles.rows, inner, tiles.height, false, tile_space);
      for (int64_t column = 0; column < shape.columns; column += kColumns) {
        int64_t columns = std::min(kColumns, shape.columns - column);
        if (row == 0 || shape.columns > kColumns) pack(set, transpose_of(part(b, k, column)), columns, inner, kPanel, true, panel_space);
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
