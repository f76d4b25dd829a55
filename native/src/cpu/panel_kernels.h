#pragma once
#include <cstdint>

/// The micro-kernel of all large products, compiled once per instruction set; see vector_kernels.h.
///
/// A matrix (O, I) lies in panels of 32 of its rows, row i of a panel holding what is multiplied with x[i]: 32 floats, or 32
/// bfloat16 as 16 words whose low halves are outputs 0..15 and high halves 16..31, so that one load gives two vectors of
/// floats by a shift and a mask. Missing rows of the last panel are zeros.
///
///        panel 0                panel 1                     x (rows, I)
///   i=0  w[0,0]  .. w[31,0]     w[32,0] .. w[63,0]          multiplied with x[.,0]
///   i=1  w[0,1]  .. w[31,1]     w[32,1] .. w[63,1]          multiplied with x[.,1]
///   ...
namespace trireme {

constexpr int64_t kPanel = 32;

/// Panels one after the other in memory.
struct Panels {
  const void* data;
  int64_t stride;  // bytes from panel to panel
  bool bfloat16;
  bool cached;  // they were just written, not to be read from memory
};

/// What is fetched into the second cache meanwhile: `step` bytes further for each row of a panel.
struct Ahead {
  const char* next;
  int64_t step;
};

struct PanelProduct {
  int64_t rows, inner;
  const float* x;  // (inner, rows): what a row of a panel is multiplied with lies side by side
  Panels panels;
  int64_t columns;  // of out; its panels begin at column 0
  float* out;
  int64_t out_stride;
  bool accumulate;
  Ahead ahead;
};

/// Panels of which each is in a block of its own: those of a key/value cache.
struct BlockPanels {
  const char* first;     // where the panels of block 0 begin
  int64_t block_bytes;   // from block to block
  const int32_t* table;  // the blocks of consecutive positions
  bool bfloat16;
};

struct BlockProduct {
  int64_t rows, inner;
  const float* x;  // (inner, rows), as in PanelProduct
  BlockPanels panels;
  int64_t columns;
  float* out;
  int64_t out_stride;
};

struct PanelKernels {
  /// Most rows of a product: as many as there are registers for their sums.
  int64_t rows;
  /// out (rows, columns) = or += x w^T. Every element is summed strictly in the order of i, for any shape of the product.
  void (*multiply)(const PanelProduct&);
  /// out (rows, positions) = x (rows, D) keys^T, where each block has one panel, of its positions.
  void (*multiply_keys)(const BlockProduct&);
  /// out (rows, D) = x (rows, positions) values, where a block has the rows of its positions in each of D / 32 panels, one after the other.
  /// The sums stay in registers from block to block.
  void (*multiply_values)(const BlockProduct&);
  /// `count` rows of a panel of floats become rows of bfloat16, rounded to nearest, ties to even; NaN stays NaN.
  void (*round)(int64_t count, const float* from, uint32_t* to);
  /// The inverse, which is exact.
  void (*widen)(int64_t count, const uint32_t* from, float* to);
};

namespace v2 { extern const PanelKernels panels; }
namespace v3 { extern const PanelKernels panels; }
namespace v4 { extern const PanelKernels panels; }

}  // namespace trireme
