#include "stage.h"

#include <c10/core/DeviceGuard.h>

namespace trireme {

StageCore::StageCore(const ModelConfig& model, int64_t first_layer, int64_t end_layer, const at::Device& device)
    : model_(model), device_(device), kernels_(kernels_for(device)) {
  if (end_layer == model.layers) head_.emplace(parameters, model_);
  for (auto layer = end_layer - 1; layer >= first_layer; --layer) blocks_.emplace_front(parameters, model_, layer);
  if (first_layer == 0) embedding_.emplace(parameters, model_);
  if (head_) {
    head_->tie(embedding_ ? embedding_->tokens()
                          : parameters.add("wte.weight", {model.vocabulary, model.hidden}, 0, model.initializer_range));
  }
  if (embedding_ || head_) parameters.end_unit();
  parameters.allocate(device_);
}

void StageCore::begin(int64_t step, int64_t seed, int64_t micro_batches, double loss_divisor) {
  step_ = step, seed_ = seed, expected_ = micro_batches, divisor_ = loss_divisor, backwards_ = 0;
}

void StageCore::load(int64_t micro_batch, const int32_t* ids, const float* weights, int64_t rows, int64_t length, int64_t first_row) {
  while (static_cast<int64_t>(micro_batches_.size()) <= micro_batch) micro_batches_.push_back(std::make_unique<MicroBatch>());
  auto& m = *micro_batches_[micro_batch];
  m.batch = rows, m.length = length, m.first_row = first_row, m.ran.reset();
  m.ids = m.ids_buffer.vector(rows * length, device_, at::kInt);
  m.ids.copy_(at::from_blob(const_cast<int32_t*>(ids), {rows * length}, at::kInt));
  if (head_) load_labels(m, ids, weights);
}

void StageCore::load_labels(MicroBatch& m, const int32_t* ids, const float* weights) {
  std::vector<int64_t> rows;
  std::vector<int32_t> targets;
  std::vector<float> chosen;
  for (int64_t n = 0; n < m.batch * m.length; ++n) {
    if ((n + 1) % m.length == 0 || weights[n + 1] == 0) continue;  // position t predicts t + 1
    rows.push_back(n), targets.push_back(ids[n + 1]), chosen.push_back(weights[n + 1]);
  }
  auto count = static_cast<int64_t>(rows.size());
  m.head.resize(pass_of(m, false), count, model_);
  m.head.rows.copy_(at::from_blob(rows.data(), {count}, at::kLong));
  m.head.targets.copy_(at::from_blob(targets.data(), {count}, at::kInt));
  m.head.weights.copy_(at::from_blob(chosen.data(), {count}, at::kFloat));
}

void StageCore::forward(int64_t micro_batch, Mode mode) {
  c10::DeviceGuard guard(device_);
  auto& m = at(micro_batch);
  bool train = mode == Mode::train;
  auto pass = pass_of(m, train);
  m.in = m.in_buffer.matrix(pass.rows(), model_.hidden, device_);
  if (embedding_) embedding_->forward(pass, m.ids, m.in);
  auto out = run_blocks(pass, m, train);
  if (head_ && mode != Mode::infer) head_->forward(pass, out, divisor_, train, m.head);
  if (mode == Mode::infer) m.in.copy_(out);  // kept for logits(); the blocks' activations are shared
  m.ran = mode;
}

at::Tensor StageCore::run_blocks(const Pass& pass, MicroBatch& m, bool keep) {
  if (keep) m.blocks.resize(blocks_.size());
  auto stream = m.in;
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    auto& activations = keep ? m.blocks[i] : passing_[i % 2];
    blocks_[i].forward(pass, stream, activations, scratch_);
    stream = activations.out;
  }
  return stream;
}

void StageCore::backward(int64_t micro_batch) {
  c10::DeviceGuard guard(device_);
  auto& m = at(micro_batch);
  TORCH_CHECK(m.ran == Mode::train, "backward of micro-batch ", micro_batch, " needs a forward in Mode::train before it");
  auto pass = pass_of(m, true);
  bool accumulate = backwards_ > 0, last = ++backwards_ == expected_;
  int64_t unit = 0;
  auto stream_into = [&](std::size_t block) -> at::Tensor& { return block == 0 ? m.in : m.blocks[block - 1].out; };
  if (head_) {
    head_->backward_input(pass, stream_into(blocks_.size()), m.head, scratch_, accumulate);
    head_->backward_weight(pass, m.head, accumulate);
    complete(unit++, last);
  }
  for (auto i = blocks_.size(); i-- > 0;) {
    blocks_[i].backward_input(pass, stream_into(i), m.blocks[i], scratch_, accumulate);
    blocks_[i].backward_weight(pass, m.blocks[i], accumulate);
    complete(unit++, last);
  }
  if (embedding_) {
    if (!head_ && !accumulate) embedding_->tokens().gradient.zero_();
    embedding_->backward(pass, m.in, m.ids, accumulate);
  }
  if (embedding_ || head_) complete(unit, last);
  m.ran.reset();
}

void StageCore::complete(int64_t unit, bool last) {
  if (last && buckets_) buckets_->complete(unit);
}

double StageCore::loss(int64_t micro_batch) const {
  TORCH_CHECK_INDEX(micro_batch >= 0 && micro_batch < static_cast<int64_t>(micro_batches_.size()), "micro-batch ", micro_batch,
                    " was not loaded");
  return micro_batches_[micro_batch]->head.loss;
}

double StageCore::apply(const AdamWConfig& config, double learning_rate) {
  c10::DeviceGuard guard(device_);
  TORCH_CHECK(backwards_ == expected_ && expected_ > 0, "apply after ", backwards_, " of ", expected_, " backward passes of the step");
  expected_ = 0;
  if (buckets_) buckets_->wait();
  return optimizer_.step(kernels_, parameters, replicas(), config, learning_rate);
}

void StageCore::logits(int64_t micro_batch, const int32_t* positions, int64_t count, float* destination) {
  c10::DeviceGuard guard(device_);
  auto& m = at(micro_batch);
  TORCH_CHECK(head_ && m.ran == Mode::infer, "logits of micro-batch ", micro_batch, " need a head and a forward in Mode::infer before them");
  auto pass = pass_of(m, false);
  m.head.resize(pass, count, model_);
  m.head.rows.copy_(at::from_blob(const_cast<int32_t*>(positions), {count}, at::kInt));
  at::from_blob(destination, {count, model_.vocabulary}, at::kFloat).copy_(head_->logits(pass, m.in, m.head));
}

void StageCore::join(c10d::Backend* backend, int64_t bucket_bytes, Reduction reduction) {
  std::vector<int64_t> pieces;
  for (int64_t i = 1; i < parameters.size(); ++i) pieces.push_back(parameters.at(i).begin);
  pieces.push_back(parameters.gradients.numel());
  backend_ = backend;
  buckets_ = std::make_unique<GradientBuckets>(parameters.gradients, parameters.unit_ends(), pieces, backend, bucket_bytes, reduction);
}

int64_t StageCore::memory_bytes() const {
  int64_t total = 2 * static_cast<int64_t>(parameters.values.nbytes()) + optimizer_.bytes() + scratch_.wide.bytes() + scratch_.narrow.bytes();
  for (const auto& activations : passing_) total += activations.bytes();
  for (const auto& m : micro_batches_) {
    total += m->ids_buffer.bytes() + m->in_buffer.bytes() + m->head.bytes();
    for (const auto& activations : m->blocks) total += activations.bytes();
  }
  return total;
}

MicroBatch& StageCore::at(int64_t micro_batch) {
  TORCH_CHECK_INDEX(micro_batch >= 0 && micro_batch < static_cast<int64_t>(micro_batches_.size()), "micro-batch ", micro_batch,
                    " was not loaded");
  return *micro_batches_[micro_batch];
}

Pass StageCore::pass_of(const MicroBatch& m, bool drops) const {
  return {kernels_, device_, m.batch, m.length, m.first_row, seed_, step_, drops};
}

}  // namespace trireme
