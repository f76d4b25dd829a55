#include "sequences.h"

#include <numeric>

namespace trireme {

int64_t NewTokens::total() const {
  int64_t sum = 0;
  for (int64_t i = 0; i < sequences; ++i) sum += counts[i];
  return sum;
}

Sequences::Sequences(const AttentionShape& shape, int64_t layer_count, int64_t slots, int64_t capacity, const GenerationKernels& kernels,
                     const at::Device& device)
    : capacity(capacity), lengths(slots, 0), physical_slots_(slots) {
  std::iota(physical_slots_.begin(), physical_slots_.end(), 0);
  for (int64_t i = 0; i < layer_count; ++i) layers.push_back(kernels.cache(shape, slots, capacity, device));
}

std::vector<Span> Sequences::spans_of(const NewTokens& tokens) const {
  std::vector<Span> spans;
  std::vector<bool> seen(lengths.size(), false);
  int64_t begin = 0;
  for (int64_t i = 0; i < tokens.sequences; ++i) {
    int64_t slot = tokens.slots[i], count = tokens.counts[i];
    check_slot(slot);
    TORCH_CHECK_VALUE(!seen[slot], "slot ", slot, " is there twice; extend each sequence once");
    TORCH_CHECK_VALUE(count > 0, "slot ", slot, " gets ", count, " tokens; give 1 or more");
    TORCH_CHECK_VALUE(lengths[slot] + count <= capacity, "slot ", slot, " has ", lengths[slot], " positions and gets ", count,
                      " more, but its cache has room for ", capacity);
    seen[slot] = true;
    spans.push_back({physical_slots_[slot], lengths[slot], begin, count});
    begin += count;
  }
  return spans;
}

/// The first child of a parent keeps the parent's physical slot; each other child gets a copy in the physical slot of a parent without
/// children.
void Sequences::reorder(const int32_t* parents, const AttentionShape& shape, const GenerationKernels& kernels) {
  auto slots = lengths.size();
  std::vector<int64_t> children(slots, 0), free, new_slots, counts;
  for (std::size_t slot = 0; slot < slots; ++slot) check_slot(parents[slot]);
  for (std::size_t slot = 0; slot < slots; ++slot) ++children[parents[slot]];
  for (std::size_t slot = 0; slot < slots; ++slot)
    if (children[slot] == 0) free.push_back(physical_slots_[slot]);
  std::vector<bool> taken(slots, false);
  for (std::size_t slot = 0; slot < slots; ++slot) {
    auto parent = parents[slot];
    auto physical_slot = physical_slots_[parent];
    if (taken[parent]) {
      physical_slot = free.back();
      free.pop_back();
      for (auto& layer : layers) kernels.copy_slot(shape, physical_slots_[parent], physical_slot, lengths[parent], layer);
    }
    taken[parent] = true;
    new_slots.push_back(physical_slot);
    counts.push_back(lengths[parent]);
  }
  physical_slots_ = new_slots;
  lengths = counts;
}

void Sequences::check_slot(int64_t slot) const {
  TORCH_CHECK_INDEX(slot >= 0 && slot < static_cast<int64_t>(lengths.size()), "slot ", slot, " is not among the ", lengths.size(),
                    " of the cache");
}

int64_t Sequences::bytes() const {
  int64_t total = hidden_buffer.bytes() + ids_buffer.bytes() + position_ids_buffer.bytes();
  for (const auto& layer : layers) total += static_cast<int64_t>(layer.keys.nbytes() + layer.values.nbytes());
  return total;
}

}  // namespace trireme
