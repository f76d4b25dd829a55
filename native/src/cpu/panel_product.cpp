#include "panel_product.h"

#include <algorithm>

#include "parallel.h"

namespace trireme {
namespace {

constexpr int64_t kNear = 384 << 10;   // bytes of panels that stay in the second cache while all tiles go by
constexpr int64_t kFewRows = 96;           // with as few rows, as in decoding, reading panels takes as long as computing with them
constexpr int64_t kNearOfFew = 128 << 10;  // less, so that there is room for those that come next

}  // namespace

Tiles tiles_of(const InstructionSet& set, const TilesSource& x, ThreadScratch& scratch) {
  Tiles tiles(x.rows, x.inner, set.panels.rows, x.data);
  if (x.rows == 1) return tiles;
  float* data = scratch.floats(x.rows * x.inner);
  in_blocks(tiles.count, 1, set.panels.rows * x.inner, [&](int64_t first, int64_t end) {
    for (int64_t tile = first; tile < end; ++tile) {
      int64_t begin = tiles.begin(tile), rows = tiles.begin(tile + 1) - begin;
      set.vector.transpose({rows, x.inner, x.stride}, x.data + begin * x.stride, rows, data + begin * x.inner);
    }
  });
  tiles.data = data;
  return tiles;
}

void multiply_here(const InstructionSet& set, const Tiles& x, const Panels& panels, const PanelOutput& out) {
  bool few = !panels.cached && x.count > 1 && x.rows <= kFewRows;
  int64_t bytes = x.inner * row_bytes(panels.bfloat16);
  int64_t group = kPanel * (x.count == 1 ? panels_of(out.columns) : std::max<int64_t>(1, (few ? kNearOfFew : kNear) / bytes));
  for (int64_t column = 0; column < out.columns; column += group) {
    const char* here = static_cast<const char*>(panels.data) + column / kPanel * panels.stride;
    // Every tile fetches its share of the next group, so that the memory is read while all tiles compute, not during the first.
    int64_t share = few && column + group < out.columns ? (row_bytes(panels.bfloat16) + x.count - 1) / x.count : 0;
    for (int64_t tile = 0; tile < x.count; ++tile) {
      int64_t begin = x.begin(tile), rows = x.begin(tile + 1) - begin;
      Ahead ahead{here + group / kPanel * (panels.stride + tile * x.inner * share), share};
      set.panels.multiply({rows,
                           x.inner,
                           x.data + begin * x.inner,
                           {here, panels.stride, panels.bfloat16, panels.cached},
                           std::min(group, out.columns - column),
                           out.data + begin * out.stride + column,
                           out.stride,
                           out.accumulate,
                           ahead});
    }
  }
}

}  // namespace trireme
