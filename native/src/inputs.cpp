#include "inputs.h"

#include <ATen/ATen.h>

#include <cstring>

namespace trireme {
namespace {

/// Position t predicts t + 1, where that is in the same row and counts.
bool is_label(const Inputs::Source& s, int64_t n) {
  return (n + 1) % s.length != 0 && s.weights[n + 1] != 0;
}

int64_t count_labels(const Inputs::Source& s) {
  int64_t count = 0;
  if (s.labels)
    for (int64_t n = 0; n < s.rows * s.length; ++n) count += is_label(s, n);
  return count;
}

/// Where each part begins, in words of 4 bytes.
struct Places {
  int64_t tokens, labels, ids, positions, targets, weights, end;

  explicit Places(const Inputs::Source& s) : tokens(s.rows * s.length), labels(count_labels(s)) {
    ids = 2 * labels;
    positions = ids + tokens;
    targets = positions + (s.positions ? tokens : 0);
    weights = targets + labels;
    end = weights + labels;
  }
  int64_t long_words() const { return (end + 1) / 2; }
};

void fill(const Inputs::Source& s, const Places& p, void* memory) {
  auto* words = static_cast<int32_t*>(memory);
  std::memcpy(words + p.ids, s.ids, p.tokens * sizeof(int32_t));
  if (s.positions)
    for (int64_t n = 0; n < p.tokens; ++n) words[p.positions + n] = static_cast<int32_t>(n % s.length);
  if (!s.labels) return;
  auto* rows = static_cast<int64_t*>(memory);
  auto* targets = words + p.targets;
  auto* weights = reinterpret_cast<float*>(words + p.weights);
  for (int64_t n = 0; n < p.tokens; ++n) {
    if (!is_label(s, n)) continue;
    *rows++ = n;
    *targets++ = s.ids[n + 1];
    *weights++ = s.weights[n + 1];
  }
}

}  // namespace

StagingBlocks::Block& StagingBlocks::take(int64_t words, const at::Device& device) {
  for (auto& block : blocks_)
    if (block.memory.numel() >= words && block.copied.passed()) return block;
  auto& block = blocks_.emplace_back();
  block.memory = at::empty({words + words / 2}, at::TensorOptions().dtype(at::kLong).pinned_memory(true));
  return block;
}

void Inputs::load(const Source& source, const at::Device& device, StagingBlocks& staging) {
  Places p(source);
  auto memory = buffer_.vector(p.long_words(), device, at::kLong);
  if (auto streams = streams_of(device)) {
    auto& block = staging.take(p.long_words(), device);
    fill(source, p, block.memory.mutable_data_ptr());
    memory.copy_(block.memory.narrow(0, 0, p.long_words()), true);
    block.copied.record(streams->compute);
  } else if (!device.is_meta()) {
    fill(source, p, memory.mutable_data_ptr());
  }
  auto words = memory.view(at::kInt);
  ids = words.narrow(0, p.ids, p.tokens);
  position_ids = source.positions ? words.narrow(0, p.positions, p.tokens) : at::Tensor();
  labels = {memory.narrow(0, 0, p.labels), words.narrow(0, p.targets, p.labels), words.narrow(0, p.weights, p.labels).view(at::kFloat)};
}

}  // namespace trireme
