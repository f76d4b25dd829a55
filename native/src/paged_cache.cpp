#include "paged_cache.h"

#include <set>

namespace trireme {

int64_t NewTokens::total() const {
  int64_t sum = 0;
  for (int64_t i = 0; i < sequences; ++i) sum += counts[i];
  return sum;
}

int64_t GenerationPass::bytes() const {
  return hidden_buffer.bytes() + inputs_buffer.bytes() + chosen_buffer.bytes();
}

PagedCache::PagedCache(const AttentionShape& shape, int64_t layer_count, int64_t blocks, CacheType type, const GenerationKernels& kernels,
                       const at::Device& device)
    : data_(kernels.cache({blocks, std::max<int64_t>(1, layer_count), kernels.block_elements(shape)}, type, device)) {
  for (int64_t i = 0; i < layer_count; ++i) layers.push_back({data_.select(1, i)});
}

Spans PagedCache::spans_of(const NewTokens& tokens) const {
  Spans spans;
  std::set<int32_t> written;
  int64_t begin = 0;
  const int32_t* table = tokens.tables;
  for (int64_t i = 0; i < tokens.sequences; ++i) {
    Span span{tokens.firsts[i], begin, tokens.counts[i], table, tokens.adapters[i]};
    TORCH_CHECK_VALUE(span.count > 0, "sequence ", i, " gets ", span.count, " tokens; give 1 or more");
    TORCH_CHECK_VALUE(span.first >= 0, "sequence ", i, " goes on at position ", span.first, "; give 0 or more");
    auto blocks = (span.end() + kBlock - 1) / kBlock;
    for (int64_t b = 0; b < blocks; ++b) check_block(table[b]);
    for (int64_t b = span.first / kBlock; b < blocks; ++b)
      TORCH_CHECK_VALUE(written.insert(table[b]).second, "block ", table[b], " would be written to by two sequences; copy it before");
    spans.all.push_back(span);
    begin += span.count;
    table += blocks;
  }
  return spans;
}

void PagedCache::copy(int64_t count, const int32_t* from, const int32_t* to) {
  for (int64_t i = 0; i < count; ++i) {
    check_block(from[i]);
    check_block(to[i]);
  }
  for (int64_t i = 0; i < count; ++i) data_.select(0, to[i]).copy_(data_.select(0, from[i]));
}

void PagedCache::check_block(int64_t block) const {
  TORCH_CHECK_INDEX(block >= 0 && block < blocks(), "block ", block, " is not among the ", blocks(), " of the cache");
}

int64_t PagedCache::bytes() const {
  int64_t total = static_cast<int64_t>(data_.nbytes());
  for (const auto& [number, pass] : passes) total += pass.bytes();
  return total;
}

}  // namespace trireme
