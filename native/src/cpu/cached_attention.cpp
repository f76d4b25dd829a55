#include "cached_attention.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "packing.h"
#include "panel_product.h"
#include "parallel.h"

namespace trireme {
namespace {

static_assert(kBlock == kPanel, "a block has one panel of keys");

constexpr int64_t kQueries = 20;  // rows of a task: two tiles of AVX-512
constexpr int64_t kReading = 8;   // multiplications in the time that it takes to read a number of the cache

int64_t rounded(int64_t count) {
  return panels_of(count) * kPanel;
}

/// The keys and values of one head in all blocks.
struct CachedHead {
  char* first;  // of block 0
  int64_t width, block_bytes;
  bool bfloat16;

  CachedHead(const AttentionShape& s, LayerCache& cache, int64_t kv_head)
      : first(static_cast<char*>(cache.blocks.mutable_data_ptr())),
        width(s.width),
        block_bytes(cache.blocks.stride(0) * cache.blocks.element_size()),
        bfloat16(cache.blocks.scalar_type() == at::kBFloat16) {
    first += kv_head * block_elements(s) / s.kv_heads * cache.blocks.element_size();
  }

  int64_t values_begin() const { return width * row_bytes(bfloat16); }
  BlockPanels keys(const int32_t* table) const { return {first, block_bytes, table, bfloat16}; }
  BlockPanels values(const int32_t* table) const { return {first + values_begin(), block_bytes, table, bfloat16}; }
};

/// Some positions of a block, from their k and v, which are `stride` apart.
struct Part {
  int64_t lane, count;  // the first position within the block
  const float *k, *v;
  int64_t stride;
};

void store_float32(const VectorKernels& vector, const CachedHead& head, char* block, const Part& p) {
  auto* keys = reinterpret_cast<float*>(block);
  auto* values = reinterpret_cast<float*>(block + head.values_begin()) + p.lane * kPanel;
  pack_strips(vector, {p.k, p.stride}, {p.lane, p.lane + p.count, head.width}, {keys, kPanel, 0});
  pack_strips(vector, {p.v, p.stride, true}, {0, head.width, p.count}, {values, kPanel, kPanel * kBlock});
}

/// A position's keys are a column of the panel, which would be a half of a word in each of its rows: whole panels are rounded instead.
void store_bfloat16(const InstructionSet& set, const CachedHead& head, char* block, const Part& p) {
  thread_local ThreadScratch scratch;
  float* panel = scratch.floats((head.width + kBlock) * kPanel);
  auto* keys = reinterpret_cast<uint32_t*>(block);
  set.panels.widen(head.width, keys, panel);
  pack_strips(set.vector, {p.k, p.stride}, {p.lane, p.lane + p.count, head.width}, {panel, kPanel, 0});
  set.panels.round(head.width, panel, keys);
  auto* values = reinterpret_cast<uint32_t*>(block + head.values_begin()) + p.lane * kPanel / 2;
  for (int64_t d = 0; d < head.width; d += kPanel, values += kBlock * kPanel / 2) {
    auto columns = std::min(kPanel, head.width - d);
    std::fill_n(panel, p.count * kPanel, 0.0f);
    for (int64_t i = 0; i < p.count; ++i) std::copy_n(p.v + i * p.stride + d, columns, panel + i * kPanel);
    set.panels.round(p.count, panel, values);
  }
}

/// The keys and values of a span, whose rows of qkv begin at k and v.
void store(const InstructionSet& set, const CachedHead& head, const Span& span, Part part) {
  for (int64_t position = span.first; position < span.end(); position += part.count) {
    part.lane = position % kBlock;
    part.count = std::min(kBlock - part.lane, span.end() - position);
    char* block = head.first + span.table[position / kBlock] * head.block_bytes;
    if (head.bfloat16) store_bfloat16(set, head, block, part);
    else store_float32(set.vector, head, block, part);
    part.k += part.count * part.stride;
    part.v += part.count * part.stride;
  }
}

/// Tokens [begin, begin + count) of a pass, whose first is at position `first` of a sequence.
using Piece = Span;

/// Softmax of a query over positions [first, positions); scores before are masked, and those up to `end` become zeros. The sum always runs
/// from position 0 on, so that its order does not depend on the window.
void softmax(const VectorKernels& vector, int64_t first, int64_t positions, int64_t end, float* scores) {
  std::fill_n(scores, first, std::numeric_limits<float>::lowest());
  std::fill(scores + positions, scores + rounded(positions), std::numeric_limits<float>::lowest());
  auto sum = vector.exponentials(rounded(positions), true, scores);
  vector.scale(positions, static_cast<float>(1 / sum.sum), scores);
  if (end > positions) std::fill(scores + positions, scores + end, 0.0f);
}

using Multiply = void (*)(const BlockProduct&);

/// out (rows, columns) = x times panels in blocks, tile by tile.
void multiply_tiles(Multiply multiply, const Tiles& x, const BlockPanels& panels, const PanelOutput& out) {
  for (int64_t tile = 0; tile < x.count; ++tile) {
    int64_t begin = x.begin(tile), rows = x.begin(tile + 1) - begin;
    multiply({rows, x.inner, x.data + begin * x.inner, panels, out.columns, out.data + begin * out.stride, out.stride});
  }
}

/// Row r of everything here is query head r % group of token r / group.
void attend_piece(const InstructionSet& set, const AttendArguments& a, const Piece& piece, int64_t kv_head) {
  thread_local ThreadScratch own, turned;
  const auto& s = a.shape;
  CachedHead head(s, a.cache, kv_head);
  int64_t group = s.group() * s.width, rows = piece.count * s.group(), end = piece.end(), stride = rounded(end);
  float *q = own.floats(rows * (rounded(s.width) + stride)), *scores = q + rows * rounded(s.width);
  for (int64_t t = 0; t < piece.count; ++t) std::copy_n(a.qkv + (piece.begin + t) * s.columns() + kv_head * group, group, q + t * group);
  set.vector.scale(rows * s.width, static_cast<float>(1 / std::sqrt(static_cast<double>(s.width))), q);
  multiply_tiles(set.panels.multiply_keys, tiles_of(set, {q, rows, s.width, s.width}, turned), head.keys(piece.table),
                 {end, scores, stride});
  for (int64_t r = 0; r < rows; ++r) {
    auto query = piece.first + r / s.group();
    softmax(set.vector, s.first_key(query), query + 1, end, scores + r * stride);
  }
  float* mixed = q;
  multiply_tiles(set.panels.multiply_values, tiles_of(set, {scores, rows, end, stride}, turned), head.values(piece.table),
                 {s.width, mixed, s.width});
  // Earlier tokens multiply the values of later ones by zero, which is NaN if such a value is not finite: recompute one by one.
  if (piece.count > 1 && !std::isfinite(set.vector.sum_of_squares(s.width, mixed))) {
    for (int64_t t = 0; t < piece.count; ++t) attend_piece(set, a, {piece.first + t, piece.begin + t, 1, piece.table}, kv_head);
    return;
  }
  for (int64_t t = 0; t < piece.count; ++t)
    std::copy_n(mixed + t * group, group, a.out + (piece.begin + t) * s.heads * s.width + kv_head * group);
}

/// The spans split into pieces, with early and late ones alternating, so that all runs of pieces take about the same work.
const std::vector<Piece>& pieces_of(const AttendArguments& a) {
  thread_local std::vector<Piece> cut, pieces;
  cut.clear();
  pieces.clear();
  int64_t tokens = std::max<int64_t>(1, kQueries / a.shape.group());
  for (const auto& span : a.spans)
    for (int64_t t = 0; t < span.count; t += tokens)
      cut.push_back({span.first + t, span.begin + t, std::min(tokens, span.count - t), span.table});
  for (std::size_t i = 0; i < cut.size(); ++i) pieces.push_back(cut[i % 2 == 0 ? i / 2 : cut.size() - 1 - i / 2]);
  return pieces;
}

}  // namespace

int64_t block_elements(const AttentionShape& s) {
  return s.kv_heads * kBlock * (s.width + rounded(s.width));
}

void attend(const InstructionSet& set, const AttendArguments& a) {
  const auto& s = a.shape;
  int64_t spans = static_cast<int64_t>(a.spans.size()), tokens = 0, work = 0;
  for (const auto& span : a.spans) tokens += span.count;
  in_blocks(spans * s.kv_heads, 1, 4 * s.width * tokens / spans, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const auto& span = a.spans[static_cast<std::size_t>(i / s.kv_heads)];
      const float* k = a.qkv + span.begin * s.columns() + (s.heads + i % s.kv_heads) * s.width;
      store(set, CachedHead(s, a.cache, i % s.kv_heads), span, {0, 0, k, k + s.kv_heads * s.width, s.columns()});
    }
  });
  const auto& pieces = pieces_of(a);
  int64_t count = static_cast<int64_t>(pieces.size());
  for (const auto& piece : pieces) work += 2 * piece.end() * s.width * (piece.count * s.group() + kReading);
  by_cost(count * s.kv_heads, work / count, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) attend_piece(set, a, pieces[static_cast<std::size_t>(i % count)], i / count);
  });
}

}  // namespace trireme
