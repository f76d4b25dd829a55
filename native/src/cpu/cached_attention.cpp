#include "cached_attention.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "huge_pages.h"
#include "packing.h"
#include "panel_product.h"
#include "parallel.h"

namespace trireme {
namespace {

constexpr int64_t kQueries = 20;  // rows of a task: two tiles of AVX-512
constexpr int64_t kReading = 8;   // multiplications in the time that it takes to read a number of the cache

int64_t rounded(int64_t count) {
  return panels_of(count) * kPanel;
}

/// The keys and values of one slot and head.
struct CachedHead {
  float *keys, *values;
  int64_t width, key_panel, value_panel;  // the latter: floats from panel to panel

  CachedHead(const AttentionShape& shape, LayerCache& cache, int64_t slot, int64_t kv_head)
      : width(shape.width), key_panel(kPanel * shape.width), value_panel(kPanel * rounded(cache.capacity)) {
    int64_t index = slot * shape.kv_heads + kv_head;
    keys = cache.keys.mutable_data_ptr<float>() + index * panels_of(cache.capacity) * key_panel;
    values = cache.values.mutable_data_ptr<float>() + index * panels_of(width) * value_panel;
  }

  Panels key_panels() const { return {keys, key_panel * 4, false}; }
  Panels value_panels() const { return {values, value_panel * 4, false}; }
};

/// Positions [first, end) from their k and v, which are `stride` apart.
void store(const VectorKernels& vector, const CachedHead& to, int64_t first, int64_t end, const float* k, const float* v, int64_t stride) {
  pack_strips(vector, {k, stride}, {first, end, to.width}, {to.keys, kPanel, to.key_panel});
  pack_strips(vector, {v, stride, true}, {0, to.width, end - first}, {to.values + first * kPanel, kPanel, to.value_panel});
}

/// Tokens [begin, begin + count) of a pass, whose first is at position `first` of a sequence.
using Block = Span;

/// Softmax of a query over positions [first, positions); scores before are masked, and those up to `end` become zeros. The sum always runs
/// from position 0 on, so that its order does not depend on the window.
void softmax(const VectorKernels& vector, int64_t first, int64_t positions, int64_t end, float* scores) {
  std::fill_n(scores, first, std::numeric_limits<float>::lowest());
  std::fill(scores + positions, scores + rounded(positions), std::numeric_limits<float>::lowest());
  auto sum = vector.exponentials(rounded(positions), true, scores);
  vector.scale(positions, static_cast<float>(1 / sum.sum), scores);
  if (end > positions) std::fill(scores + positions, scores + end, 0.0f);
}

/// Row r of everything here is query head r % group of token r / group.
void attend_block(const InstructionSet& set, const AttendArguments& a, const Block& block, int64_t kv_head) {
  thread_local ThreadScratch own, turned;
  const auto& s = a.shape;
  CachedHead head(s, a.cache, block.slot, kv_head);
  int64_t group = s.group() * s.width, rows = block.count * s.group(), end = block.first + block.count, stride = rounded(end);
  float *q = own.floats(rows * (rounded(s.width) + stride)), *scores = q + rows * rounded(s.width);
  for (int64_t t = 0; t < block.count; ++t) std::copy_n(a.qkv + (block.begin + t) * s.columns() + kv_head * group, group, q + t * group);
  set.vector.scale(rows * s.width, static_cast<float>(1 / std::sqrt(static_cast<double>(s.width))), q);
  multiply_here(set, tiles_of(set, {q, rows, s.width, s.width}, turned), head.key_panels(), {end, scores, stride});
  for (int64_t r = 0; r < rows; ++r) {
    auto query = block.first + r / s.group();
    softmax(set.vector, s.first_key(query), query + 1, end, scores + r * stride);
  }
  float* mixed = q;
  multiply_here(set, tiles_of(set, {scores, rows, end, stride}, turned), head.value_panels(), {s.width, mixed, s.width});
  // Earlier tokens multiply the values of later ones by zero, which is NaN if such a value is not finite: recompute one by one.
  if (block.count > 1 && !std::isfinite(set.vector.sum_of_squares(s.width, mixed))) {
    for (int64_t t = 0; t < block.count; ++t) attend_block(set, a, {block.slot, block.first + t, block.begin + t, 1}, kv_head);
    return;
  }
  for (int64_t t = 0; t < block.count; ++t)
    std::copy_n(mixed + t * group, group, a.out + (block.begin + t) * s.heads * s.width + kv_head * group);
}

/// The spans split into blocks, with early and late blocks alternating, so that all runs of blocks take about the same work.
const std::vector<Block>& blocks_of(const AttendArguments& a) {
  thread_local std::vector<Block> cut, blocks;
  cut.clear();
  blocks.clear();
  int64_t tokens = std::max<int64_t>(1, kQueries / a.shape.group());
  for (const auto& span : a.spans)
    for (int64_t t = 0; t < span.count; t += tokens)
      cut.push_back({span.slot, span.first + t, span.begin + t, std::min(tokens, span.count - t)});
  for (std::size_t i = 0; i < cut.size(); ++i) blocks.push_back(cut[i % 2 == 0 ? i / 2 : cut.size() - 1 - i / 2]);
  return blocks;
}

}  // namespace

LayerCache cache_zeros(const AttentionShape& s, int64_t slots, int64_t capacity, const at::Device& device) {
  return {capacity, zeros_on_huge_pages({slots, s.kv_heads, panels_of(capacity), s.width, kPanel}, at::kFloat, device),
          zeros_on_huge_pages({slots, s.kv_heads, panels_of(s.width), rounded(capacity), kPanel}, at::kFloat, device)};
}

int64_t cache_bytes(const AttentionShape& s, int64_t capacity) {
  return s.kv_heads * rounded(capacity) * (s.width + rounded(s.width)) * static_cast<int64_t>(sizeof(float));
}

void attend(const InstructionSet& set, const AttendArguments& a) {
  const auto& s = a.shape;
  int64_t spans = static_cast<int64_t>(a.spans.size()), tokens = 0, work = 0;
  for (const auto& span : a.spans) tokens += span.count;
  in_blocks(spans * s.kv_heads, 1, 4 * s.width * tokens / spans, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const auto& span = a.spans[static_cast<std::size_t>(i / s.kv_heads)];
      const float* k = a.qkv + span.begin * s.columns() + (s.heads + i % s.kv_heads) * s.width;
      CachedHead head(s, a.cache, span.slot, i % s.kv_heads);
      store(set.vector, head, span.first, span.first + span.count, k, k + s.kv_heads * s.width, s.columns());
    }
  });
  const auto& blocks = blocks_of(a);
  int64_t count = static_cast<int64_t>(blocks.size());
  for (const auto& block : blocks) work += 2 * (block.first + block.count) * s.width * (block.count * s.group() + kReading);
  by_cost(count * s.kv_heads, work / count, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) attend_block(set, a, blocks[static_cast<std::size_t>(i % count)], i / count);
  });
}

void copy_slot(const AttentionShape& s, int64_t from, int64_t to, int64_t length, LayerCache& cache) {
  for (int64_t kv_head = 0; kv_head < s.kv_heads; ++kv_head) {
    CachedHead source(s, cache, from, kv_head), target(s, cache, to, kv_head);
    std::copy_n(source.keys, panels_of(length) * source.key_panel, target.keys);
    for (int64_t d = 0; d < panels_of(s.width); ++d)
      std::copy_n(source.values + d * source.value_panel, length * kPanel, target.values + d * source.value_panel);
  }
}

}  // namespace trireme
