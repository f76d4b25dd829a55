#include "packed_matrix.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "huge_pages.h"
#include "packing.h"
#include "panel_product.h"
#include "parallel.h"

namespace trireme {
namespace {

using at::Tensor;

/// Index of output o of a panel among its 32 bfloat16 in memory, on a little-endian machine.
int64_t lane_of(int64_t o) {
  return o % (kPanel / 2) * 2 + o / (kPanel / 2);
}

constexpr int64_t kColumns = 128;  // of a panel that are turned at a time, in the first cache
constexpr int64_t kReading = 8;    // multiplications in the time that it takes to read a weight

Panels panels_from(const PackedMatrix& w, int64_t first) {
  bool bfloat16 = w.type == Weights::bfloat16;
  int64_t stride = w.columns * row_bytes(bfloat16);
  return {static_cast<const char*>(w.data.const_data_ptr()) + first * stride, stride, bfloat16, false};
}

/// Float32 values of which one stride is 1.
Operand operand(const Tensor& values) {
  bool transposed = values.stride(1) != 1;
  return {values.const_data_ptr<float>(), values.stride(transposed ? 1 : 0), transposed};
}

}  // namespace

PackedMatrix packed_zeros(int64_t rows, int64_t columns, Weights type, const at::Device& device) {
  bool bfloat16 = type == Weights::bfloat16;
  auto data = zeros_on_huge_pages({panels_of(rows), columns, bfloat16 ? kPanel / 2 : kPanel}, bfloat16 ? at::kInt : at::kFloat, device);
  return {rows, columns, type, data};
}

void pack(const InstructionSet& set, const Tensor& given, int64_t first_row, int64_t first_column, PackedMatrix& w) {
  auto values = given.to(at::kCPU);
  if (values.stride(0) != 1 && values.stride(1) != 1) values = values.contiguous();
  const auto from = operand(values);
  int64_t end_row = first_row + values.size(0), width = values.size(1);
  auto* data = w.data.mutable_data_ptr();
  in_blocks(panels_of(end_row) - first_row / kPanel, 1, kPanel * width, [&](int64_t begin, int64_t end) {
    thread_local ThreadScratch scratch;
    float* wide = scratch.floats(kColumns * kPanel);
    for (int64_t panel = begin + first_row / kPanel; panel < end + first_row / kPanel; ++panel) {
      int64_t row = std::max(panel * kPanel, first_row), rows = std::min((panel + 1) * kPanel, end_row) - row;
      for (int64_t column = 0; column < width; column += kColumns) {
        int64_t columns = std::min(kColumns, width - column), offset = panel * w.columns + first_column + column;
        const auto x = part(from, row - first_row, column);
        const StripPart lanes{row % kPanel, row % kPanel + rows, columns};
        if (w.type == Weights::float32) {
          pack_strips(set.vector, x, lanes, {static_cast<float*>(data) + offset * kPanel, kPanel, 0});
        } else {
          auto* words = static_cast<uint32_t*>(data) + offset * (kPanel / 2);
          if (rows < kPanel) set.panels.widen(columns, words, wide);
          pack_strips(set.vector, x, lanes, {wide, kPanel, 0});
          set.panels.round(columns, wide, words);
        }
      }
    }
  });
}

void multiply(const InstructionSet& set, const Tensor& x, const PackedMatrix& w, Tensor& out, bool accumulate) {
  thread_local ThreadScratch scratch;
  auto rows = x.size(0);
  auto tiles = tiles_of(set, {x.const_data_ptr<float>(), rows, w.columns, x.stride(0)}, scratch);
  auto* result = out.mutable_data_ptr<float>();
  by_cost(panels_of(w.rows), kPanel * w.columns * (rows + kReading), [&](int64_t begin, int64_t end) {
    int64_t first = begin * kPanel, columns = std::min(end * kPanel, w.rows) - first;
    multiply_here(set, tiles, panels_from(w, begin), {columns, result + first, out.stride(0), accumulate});
  });
}

void embed(const PackedMatrix& tokens, int64_t begin, int64_t end, const EmbedArguments& a) {
  int64_t width = tokens.columns;
  for (int64_t n = begin; n < end; ++n) {
    int64_t offset = a.ids[n] / kPanel * width, row = a.ids[n] % kPanel;
    float* out = a.out + n * width;
    if (tokens.type == Weights::float32) {
      const float* from = tokens.data.const_data_ptr<float>() + offset * kPanel + row;
      for (int64_t c = 0; c < width; ++c) out[c] = from[c * kPanel];
    } else {
      const auto* from = reinterpret_cast<const c10::BFloat16*>(tokens.data.const_data_ptr<int32_t>()) + offset * kPanel + lane_of(row);
      for (int64_t c = 0; c < width; ++c) out[c] = static_cast<float>(from[c * kPanel]);
    }
    if (a.positions == nullptr) continue;
    const float* position = a.positions + a.position_ids[n] * width;
    for (int64_t c = 0; c < width; ++c) out[c] += position[c];
  }
}

}  // namespace trireme
