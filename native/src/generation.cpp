#include <c10/core/DeviceGuard.h>

#include "stage.h"

namespace trireme {

void StageCore::open_cache(int64_t cache, int64_t slots, int64_t capacity) {
  c10::DeviceGuard guard(device_);
  if (rotary_) rotary_->table(capacity, device_);
  std::unique_lock lock(mutex_);
  caches_.erase(cache);
  caches_.try_emplace(cache, cache_shape(), attentions(), slots, capacity, kernels_, device_);
}

void StageCore::close_cache(int64_t cache) {
  std::unique_lock lock(mutex_);
  caches_.erase(cache);
}

void StageCore::extend(int64_t cache, const NewTokens& tokens, const std::vector<Span>& spans, StageCore* previous) {
  c10::DeviceGuard guard(device_);
  auto& s = sequences(cache);
  auto total = tokens.total();
  auto input = embedding_ || !previous ? at::Tensor() : previous->hidden_of(cache, total);
  TORCH_CHECK(embedding_ || input.defined(), "extend of cache ", cache, " has no input; extend the previous stage with the same tokens");
  parameters.pack();
  if (s.last != total) {
    std::unique_lock lock(mutex_);
    s.ids = s.ids_buffer.vector(total, device_, at::kInt);
    s.position_ids = s.position_ids_buffer.vector(total, device_, at::kInt);
    s.hidden = s.hidden_buffer.matrix(total, model_.hidden, device_);
  }
  std::vector<int32_t> position_ids;
  for (const auto& span : spans)
    for (int64_t i = 0; i < span.count; ++i) position_ids.push_back(static_cast<int32_t>(span.first + i));
  s.ids.copy_(at::from_blob(const_cast<int32_t*>(tokens.ids), {total}, at::kInt));
  s.position_ids.copy_(at::from_blob(position_ids.data(), {total}, at::kInt));
  {
    std::unique_lock lock(mutex_);
    s.last = total;
  }

  auto pass = pass_of(s, spans);
  if (embedding_) {
    embedding_->forward(pass, s.ids, s.hidden);
  } else {
    s.hidden.copy_(input);
  }
  const auto& stream = run_sublayers(pass, s.hidden, nullptr, &s.layers);
  if (&stream != &s.hidden) s.hidden.copy_(stream);  // kept for logits(); the sublayers' activations are shared
  for (std::size_t i = 0; i < spans.size(); ++i) s.lengths[tokens.slots[i]] += spans[i].count;
}

const at::Tensor& StageCore::logits(int64_t cache, const int32_t* tokens, int64_t count) {
  c10::DeviceGuard guard(device_);
  auto& s = sequences(cache);
  TORCH_CHECK(head_, "logits need the stage with the last layer");
  for (int64_t i = 0; i < count; ++i)
    TORCH_CHECK_INDEX(tokens[i] >= 0 && tokens[i] < s.last, "token ", tokens[i], " is not among the ", s.last, " of the last extend");
  s.chosen = s.chosen_buffer.vector(count, device_, at::kLong);
  s.chosen.copy_(at::from_blob(const_cast<int32_t*>(tokens), {count}, at::kInt));
  std::vector<Span> spans{{0, 0, 0, count}};
  parameters.pack();
  return head_->logits(pass_of(s, spans), s.hidden, s.chosen, transient_head_);
}

void StageCore::truncate(int64_t cache, int64_t slot, int64_t length) {
  auto& s = sequences(cache);
  s.check_slot(slot);
  TORCH_CHECK_VALUE(length >= 0 && length <= s.lengths[slot], "slot ", slot, " has ", s.lengths[slot], " positions and cannot be cut to ",
                    length);
  s.lengths[slot] = length;
}

void StageCore::reorder(int64_t cache, const int32_t* parents) {
  c10::DeviceGuard guard(device_);
  sequences(cache).reorder(parents, cache_shape(), kernels_);
}

Sequences& StageCore::sequences(int64_t cache) {
  std::unique_lock lock(mutex_);
  auto found = caches_.find(cache);
  TORCH_CHECK_INDEX(found != caches_.end(), "cache ", cache, " is not open");
  return found->second;
}

at::Tensor StageCore::hidden_of(int64_t cache, int64_t tokens) {
  std::unique_lock lock(mutex_);
  auto found = caches_.find(cache);
  TORCH_CHECK_INDEX(found != caches_.end(), "cache ", cache, " is not open");
  return found->second.last == tokens ? found->second.hidden : at::Tensor();
}

AttentionShape StageCore::cache_shape() const {
  return {1, 1, model_.heads, model_.kv_heads, model_.head_width};
}

Pass StageCore::pass_of(const Sequences& s, const std::vector<Span>& spans) {
  int64_t positions = 0, rows = 0;
  for (const auto& span : spans) {
    positions = std::max(positions, span.first + span.count);
    rows += span.count;
  }
  auto table = rotary_ ? rotary_->table(positions, device_) : at::Tensor();
  return {kernels_, device_, 1, rows, s.position_ids, table, 0, 0, 0, false, &spans};
}

}  // namespace trireme
