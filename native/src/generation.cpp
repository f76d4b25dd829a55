#include "stage.h"

namespace trireme {

void StageCore::open_adapter(int64_t number, const LoraConfig& config) {
  close_adapter(number);
  auto& p = adapters_[number];
  for (auto& sublayer : sublayers_) sublayer->add_adapter(number, p, config);
  p.allocate(kernels_, device_, Weights::float32);
}

void StageCore::close_adapter(int64_t number) {
  for (auto& sublayer : sublayers_) sublayer->drop_adapter(number);
  adapters_.erase(number);
}

Parameters& StageCore::adapter(int64_t number) {
  auto found = adapters_.find(number);
  TORCH_CHECK_INDEX(found != adapters_.end(), "adapter ", number, " is not open");
  return found->second;
}

void StageCore::open_cache(int64_t cache, int64_t blocks, CacheType type) {
  std::unique_lock lock(mutex_);
  caches_.erase(cache);
  caches_.try_emplace(cache, cache_shape(), attentions(), blocks, type, kernels_, device_);
}

void StageCore::close_cache(int64_t cache) {
  std::unique_lock lock(mutex_);
  caches_.erase(cache);
}

void StageCore::extend(int64_t cache, int64_t pass, const NewTokens& tokens, Spans spans, StageCore* previous) {
  auto& c = this->cache(cache);
  auto total = tokens.total();
  auto input = embedding_ || !previous ? at::Tensor() : previous->hidden_of(cache, pass, total);
  TORCH_CHECK(embedding_ || input.defined(), "pass ", pass, " of cache ", cache,
              " has no input; extend the previous stage with the same tokens");
  parameters.pack();
  auto& s = pass_to_fill(c, pass, total);
  std::vector<int32_t> position_ids;
  for (const auto& span : spans.all)
    for (int64_t i = 0; i < span.count; ++i) position_ids.push_back(static_cast<int32_t>(span.first + i));
  Staged staged;
  auto ids = staged.add(tokens.ids, total), positions = staged.add(position_ids.data(), total);
  std::vector<std::size_t> indices;
  for (const auto& one : kernels_.indices(spans.all)) indices.push_back(staged.add(one));
  staged.send(s.inputs_buffer, device_, staging_);
  s.position_ids = staged.at(positions);
  for (auto one : indices) spans.indices.push_back(staged.at(one));

  auto context = pass_of(s, spans);
  if (embedding_) {
    embedding_->forward(context, staged.at(ids), s.hidden);
  } else {
    auto both = on_both(streams_, previous->streams_);
    s.hidden.copy_(input);
  }
  const auto& stream = run_sublayers(context, s.hidden, nullptr, &c.layers);
  if (&stream != &s.hidden) s.hidden.copy_(stream);  // kept for logits(); the sublayers' activations are shared
}

GenerationPass& StageCore::pass_to_fill(PagedCache& c, int64_t number, int64_t total) {
  std::unique_lock lock(mutex_);
  auto& s = c.passes[number];
  if (s.tokens != total) {
    s.hidden = s.hidden_buffer.matrix(total, model_.hidden, device_);
    s.tokens = total;
  }
  return s;
}

const at::Tensor& StageCore::logits(int64_t cache, int64_t pass, const int32_t* tokens, int64_t count) {
  auto& s = rows_to_tell(cache, pass, tokens, count);
  return head_->logits(pass_of(s, {{{0, 0, count, nullptr}}, {}, nullptr}), s.hidden, s.chosen, transient_head_);
}

const at::Tensor& StageCore::hidden_states(int64_t cache, int64_t pass, const int32_t* tokens, int64_t count) {
  auto& s = rows_to_tell(cache, pass, tokens, count);
  return head_->normed(pass_of(s, {{{0, 0, count, nullptr}}, {}, nullptr}), s.hidden, s.chosen, transient_head_);
}

GenerationPass& StageCore::rows_to_tell(int64_t cache, int64_t pass, const int32_t* tokens, int64_t count) {
  auto& c = this->cache(cache);
  TORCH_CHECK(head_, "logits and hidden states need the stage with the last layer");
  auto found = c.passes.find(pass);
  TORCH_CHECK_INDEX(found != c.passes.end(), "there is no pass ", pass, " of cache ", cache);
  auto& s = found->second;
  for (int64_t i = 0; i < count; ++i)
    TORCH_CHECK_INDEX(tokens[i] >= 0 && tokens[i] < s.tokens, "token ", tokens[i], " is not among the ", s.tokens, " of the last extend");
  Staged staged;
  auto chosen = staged.add({tokens, tokens + count});
  staged.send(s.chosen_buffer, device_, staging_);
  s.chosen = staged.at(chosen);
  parameters.pack();
  return s;
}

void StageCore::copy_blocks(int64_t cache, int64_t count, const int32_t* from, const int32_t* to) {
  this->cache(cache).copy(count, from, to);
}

PagedCache& StageCore::cache(int64_t number) {
  std::unique_lock lock(mutex_);
  auto found = caches_.find(number);
  TORCH_CHECK_INDEX(found != caches_.end(), "cache ", number, " is not open");
  return found->second;
}

at::Tensor StageCore::hidden_of(int64_t cache, int64_t pass, int64_t tokens) {
  std::unique_lock lock(mutex_);
  auto found = caches_.find(cache);
  TORCH_CHECK_INDEX(found != caches_.end(), "cache ", cache, " is not open");
  auto of_pass = found->second.passes.find(pass);
  return of_pass != found->second.passes.end() && of_pass->second.tokens == tokens ? of_pass->second.hidden : at::Tensor();
}

AttentionShape StageCore::cache_shape() const {
  return {1, 1, model_.heads, model_.kv_heads, model_.head_width};
}

int64_t StageCore::block_bytes(CacheType type) const {
  return std::max<int64_t>(1, attentions()) * kernels_.block_elements(cache_shape()) * (type == CacheType::bfloat16 ? 2 : 4);
}

Pass StageCore::pass_of(const GenerationPass& s, const Spans& spans) {
  int64_t positions = 0, rows = 0;
  for (const auto& span : spans.all) {
    positions = std::max(positions, span.end());
    rows += span.count;
  }
  auto table = rotary_ ? rotary_->table(positions, device_) : at::Tensor();
  return {kernels_, device_, 1, rows, s.position_ids, {}, table, 0, 0, 0, false, &spans};
}

}  // namespace trireme
