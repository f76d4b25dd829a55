#include "sequences.h"

#include <numeric>

namespace trireme {

int64_t NewTokens::total() const {
  int64_t sum = 0;
  for (int64_t i = 0; i < sequences; ++i) sum += counts[i];
  return sum;
}

Sequences::Sequences(const AttentionShape& shape, int64_t layer_count, int64_t rows, int64_t capacity, const GenerationKernels& kernels,
                     const at::Device& device)
    : capacity(capacity), lengths(rows, 0), slots_(rows) {
  std::iota(slots_.begin(), slots_.end(), 0);
  for (int64_t i = 0; i < layer_count; ++i) layers.push_back(kernels.cache(shape, rows, capacity, device));
}

std::vector<Span> Sequences::spans_of(const NewTokens& tokens) const {
  std::vector<Span> spans;
  std::vector<bool> seen(lengths.size(), false);
  int64_t begin = 0;
  for (int64_t i = 0; i < tokens.sequences; ++i) {
    int64_t row = tokens.rows[i], count = tokens.counts[i];
    check_row(row);
    TORCH_CHECK_VALUE(!seen[row], "row ", row, " is there twice; extend each sequence once");
    TORCH_CHECK_VALUE(count > 0, "row ", row, " gets ", count, " tokens; give 1 or more");
    TORCH_CHECK_VALUE(lengths[row] + count <= capacity, "row ", row, " has ", lengths[row], " positions and gets ", count,
                      " more, but its cache has room for ", capacity);
    seen[row] = true;
    spans.push_back({slots_[row], lengths[row], begin, count});
    begin += count;
  }
  return spans;
}

/// A parent's first child takes over its slot; each other child gets a copy in the slot of a row without children.
void Sequences::reorder(const int32_t* parents, const AttentionShape& shape, const GenerationKernels& kernels) {
  auto rows = lengths.size();
  std::vector<int64_t> children(rows, 0), free, slots, counts;
  for (std::size_t row = 0; row < rows; ++row) check_row(parents[row]);
  for (std::size_t row = 0; row < rows; ++row) ++children[parents[row]];
  for (std::size_t row = 0; row < rows; ++row)
    if (children[row] == 0) free.push_back(slots_[row]);
  std::vector<bool> taken(rows, false);
  for (std::size_t row = 0; row < rows; ++row) {
    auto parent = parents[row];
    auto slot = slots_[parent];
    if (taken[parent]) {
      slot = free.back();
      free.pop_back();
      for (auto& layer : layers) kernels.copy_row(shape, slots_[parent], slot, lengths[parent], layer);
    }
    taken[parent] = true;
    slots.push_back(slot);
    counts.push_back(lengths[parent]);
  }
  slots_ = slots;
  lengths = counts;
}

void Sequences::check_row(int64_t row) const {
  TORCH_CHECK_INDEX(row >= 0 && row < static_cast<int64_t>(lengths.size()), "row ", row, " is not among the ", lengths.size(),
                    " of the cache");
}

int64_t Sequences::bytes() const {
  int64_t total = hidden_buffer.bytes() + ids_buffer.bytes() + places_buffer.bytes();
  for (const auto& layer : layers) total += static_cast<int64_t>(layer.keys.nbytes() + layer.values.nbytes());
  return total;
}

}  // namespace trireme
