#include "inputs.h"

#include <ATen/ATen.h>

#include <cstring>
#include <functional>

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
  int64_t tokens, labels, ids, positions, begins, targets, weights, end;

  explicit Places(const Inputs::Source& s) : tokens(s.rows * s.length), labels(count_labels(s)) {
    ids = 2 * labels;
    positions = ids + tokens;
    begins = positions + (s.positions ? tokens : 0);
    targets = begins + (s.begins ? tokens : 0);
    weights = targets + labels;
    end = weights + labels;
  }
  int64_t long_words() const { return (end + 1) / 2; }
};

void fill(const Inputs::Source& s, const Places& p, void* memory) {
  auto* words = static_cast<int32_t*>(memory);
  std::memcpy(words + p.ids, s.ids, p.tokens * sizeof(int32_t));
  if (s.positions)
    for (int64_t n = 0; n < p.tokens; ++n) words[p.positions + n] = static_cast<int32_t>(n % s.length) - (s.begins ? s.begins[n] : 0);
  if (s.begins) std::memcpy(words + p.begins, s.begins, p.tokens * sizeof(int32_t));
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

namespace {

/// Memory of `device` that holds what `fill` writes: to it, or to a pinned block that the device copies.
at::Tensor sent(Buffer& buffer, int64_t words, const at::Device& device, StagingBlocks& staging, const std::function<void(void*)>& fill) {
  auto memory = buffer.vector(words, device, at::kLong);
  if (auto streams = streams_of(device)) {
    auto& block = staging.take(words, device);
    fill(block.memory.mutable_data_ptr());
    memory.copy_(block.memory.narrow(0, 0, words), true);
    block.copied.record(streams->compute);
  } else if (!device.is_meta()) {
    fill(memory.mutable_data_ptr());
  }
  return memory;
}

}  // namespace

std::size_t Staged::add(const std::vector<int64_t>& values) {
  return add(values.data(), static_cast<int64_t>(values.size()), at::kLong);
}

std::size_t Staged::add(const int32_t* values, int64_t count) {
  return add(values, count, at::kInt);
}

std::size_t Staged::add(const void* values, int64_t count, at::ScalarType type) {
  auto bytes = static_cast<std::size_t>(count) * c10::elementSize(type);
  parts_.push_back({static_cast<int64_t>(words_.size()), count, type});
  words_.resize(words_.size() + (bytes + sizeof(int64_t) - 1) / sizeof(int64_t));
  std::memcpy(words_.data() + parts_.back().begin, values, bytes);
  return parts_.size() - 1;
}

void Staged::send(Buffer& buffer, const at::Device& device, StagingBlocks& staging) {
  memory_ = sent(buffer, static_cast<int64_t>(words_.size()), device, staging,
                 [&](void* memory) { std::memcpy(memory, words_.data(), words_.size() * sizeof(int64_t)); });
}

at::Tensor Staged::at(std::size_t number) const {
  const auto& part = parts_.at(number);
  auto whole = memory_.narrow(0, part.begin, memory_.numel() - part.begin);
  return (part.type == at::kInt ? whole.view(at::kInt) : whole).narrow(0, 0, part.count);
}

void Inputs::load(const Source& source, const at::Device& device, StagingBlocks& staging) {
  Places p(source);
  auto memory = sent(buffer_, p.long_words(), device, staging, [&](void* begin) { fill(source, p, begin); });
  auto words = memory.view(at::kInt);
  ids = words.narrow(0, p.ids, p.tokens);
  position_ids = source.positions ? words.narrow(0, p.positions, p.tokens) : at::Tensor();
  begins = source.begins ? words.narrow(0, p.begins, p.tokens) : at::Tensor();
  labels = {memory.narrow(0, 0, p.labels), words.narrow(0, p.targets, p.labels), words.narrow(0, p.weights, p.labels).view(at::kFloat)};
}

}  // namespace trireme
