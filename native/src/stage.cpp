#include "stage.h"

#include <algorithm>

#include "attention_sublayer.h"
#include "mlp_sublayer.h"

namespace trireme {
namespace {

std::unique_ptr<Sublayer> make_sublayer(Parameters& parameters, const ModelConfig& model, int64_t number) {
  std::unique_ptr<Sublayer> sublayer;
  if (number % 2 == 0) {
    sublayer = std::make_unique<AttentionSublayer>(parameters, model, number / 2);
  } else {
    sublayer = std::make_unique<MlpSublayer>(parameters, model, number / 2);
  }
  parameters.end_unit();
  return sublayer;
}

}  // namespace

StageCore::StageCore(const ModelConfig& model, const Part& part, const at::Device& device, Weights weights, bool dry_run)
    : model_(model),
      part_(part),
      first_trained_(model_.tuning.first_trained(model_.layers)),
      home_(device),
      device_(dry_run ? at::Device(at::kMeta) : device),
      streams_(streams_of(device_)),
      kernels_(dry_run ? dry_kernels(device) : kernels_for(device)),
      numbers_(device_, all_parts()),
      measured_{0, -1, true, false},
      clip_(at::zeros({2}, at::device(device_).dtype(at::kDouble))) {
  const auto& tuning = model_.tuning;
  parameters.train(tuning.trains_head());
  if (part.head) head_.emplace(parameters, model_);
  for (auto number = part.end; number-- > part.first;) {
    parameters.train(tuning.trains_layer(number / 2));
    sublayers_.push_front(make_sublayer(parameters, model_, number));
  }
  parameters.train(tuning.trains_embeddings());
  if (part.embeddings) embedding_.emplace(parameters, model_);
  if (head_ && model.tied) {
    tied_ = embedding_ ? &embedding_->tokens() : &add_tokens(parameters, model_);
    head_->tie(*tied_);
  }
  if (embedding_ || tied_) parameters.end_unit();
  if (model.position == PositionKind::rotary) rotary_.emplace(model_);
  parameters.allocate(kernels_, device_, weights);
  if (embedding_ && tied_ && parameters.trainable() && embedding_->trained()) embedding_->share(device_);
}

const at::Tensor& StageCore::run_sublayers(const Pass& pass, const at::Tensor& in, Activations* kept, std::vector<LayerCache>* caches) {
  if (kept) kept->sublayers.resize(sublayers_.size());
  const auto* stream = &in;
  std::size_t attentions = 0;
  auto keeps = [&](std::size_t i) {  // the next stage needs the last output, backward nothing below the input of what is trained
    return i + 1 == sublayers_.size() || part_.first + static_cast<int64_t>(i) + 1 >= first_trained_;
  };
  for (std::size_t i = 0; i < sublayers_.size(); ++i) {
    auto* cache = caches && sublayers_[i]->attends() ? &caches->at(attentions++) : nullptr;
    auto& a = kept && keeps(i) ? kept->sublayers[i] : transient_[i % 2];
    sublayers_[i]->forward(pass, *stream, a, scratch_, cache);
    stream = &a.out;
  }
  return *stream;
}

int64_t StageCore::attentions() const {
  return std::count_if(sublayers_.begin(), sublayers_.end(), [](const auto& sublayer) { return sublayer->attends(); });
}

void StageCore::join(c10d::Backend* backend, int64_t bucket_bytes, Reduction reduction, std::chrono::milliseconds timeout) {
  auto ends = parameters.unit_ends();
  ends.resize(own_units());
  auto pieces = parameters.piece_begins();
  if (!pieces.empty()) pieces.erase(pieces.begin());
  while (!pieces.empty() && pieces.back() >= ends.back()) pieces.pop_back();
  if (ends.back() > 0) pieces.push_back(ends.back());
  backend_ = backend;
  buckets_ = std::make_unique<GradientBuckets>(parameters.gradients.narrow(0, 0, ends.back()), ends, pieces, backend, bucket_bytes,
                                               reduction, timeout);
}

int64_t StageCore::memory_bytes() const {
  int64_t total = parameters.bytes() + optimizer_.bytes() + (home_.is_cpu() ? snapshot_.bytes() : 0) + scratch_.bytes() + tree_.bytes() +
                  tied_buffer_.bytes();
  if (embedding_) total += embedding_->bytes();
  if (rotary_) total += rotary_->bytes();
  total += transient_[0].bytes() + transient_[1].bytes() + transient_head_.bytes();
  total += free_micro_batches_.bytes() + free_activations_.bytes();
  for (const auto& [number, m] : micro_batches_) total += m->bytes();
  for (const auto& [number, cache] : caches_) total += cache.bytes();
  for (const auto& [number, adapter] : adapters_) total += adapter.bytes();
  return total;
}

}  // namespace trireme
