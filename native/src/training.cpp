#include <c10/core/DeviceGuard.h>

#include <chrono>
#include <cmath>

#include "stage.h"

namespace trireme {

void StageCore::begin(int64_t step, int64_t seed, int64_t micro_batches, double loss_divisor, Summation summation) {
  step_ = step;
  seed_ = seed;
  expected_ = micro_batches;
  divisor_ = loss_divisor;
  summation_ = summation;
  inputs_ = weights_ = 0;
  tree_.begin();
}

void StageCore::load(int64_t micro_batch, const int32_t* ids, const float* weights, int64_t rows, int64_t length, int64_t first_row) {
  std::unique_lock lock(mutex_);
  auto& slot = micro_batches_[micro_batch];
  if (!slot) slot = free_micro_batches_.take();
  auto& m = *slot;
  lock.unlock();
  m.batch = rows;
  m.length = length;
  m.first_row = first_row;
  m.weights_due = m.out_has_gradient = false;
  m.ran.reset();
  m.previous.reset();
  m.in.reset();
  m.source.reset();
  set_out(m, at::Tensor());
  m.ids = m.ids_buffer.vector(rows * length, device_, at::kInt);
  m.ids.copy_(at::from_blob(const_cast<int32_t*>(ids), {rows * length}, at::kInt));
  if (rotary_) {
    std::vector<int32_t> position_ids(rows * length);
    for (int64_t n = 0; n < rows * length; ++n) position_ids[n] = static_cast<int32_t>(n % length);
    m.position_ids = m.position_ids_buffer.vector(rows * length, device_, at::kInt);
    m.position_ids.copy_(at::from_blob(position_ids.data(), {rows * length}, at::kInt));
  }
  if (head_) load_labels(m, ids, weights);
}

void StageCore::load_labels(MicroBatch& m, const int32_t* ids, const float* weights) {
  std::vector<int64_t> rows;
  std::vector<int32_t> targets;
  std::vector<float> chosen;
  for (int64_t n = 0; n < m.batch * m.length; ++n) {
    if ((n + 1) % m.length == 0 || weights[n + 1] == 0) continue;  // position t predicts t + 1
    rows.push_back(n);
    targets.push_back(ids[n + 1]);
    chosen.push_back(weights[n + 1]);
  }
  auto count = static_cast<int64_t>(rows.size());
  m.labels.resize(device_, count);
  m.labels.rows.copy_(at::from_blob(rows.data(), {count}, at::kLong));
  m.labels.targets.copy_(at::from_blob(targets.data(), {count}, at::kInt));
  m.labels.weights.copy_(at::from_blob(chosen.data(), {count}, at::kFloat));
}

// --- forward ---

void StageCore::take_input(int64_t micro_batch, StageCore& previous) {
  auto& m = at(micro_batch);
  TORCH_CHECK_VALUE(&previous != this, "a stage is not its own previous stage; name that one");
  auto input = previous.find(micro_batch);
  at::Tensor out;
  {
    std::unique_lock lock(previous.mutex_);
    out = input->out;
  }
  TORCH_CHECK(out.defined(), "micro-batch ", micro_batch, " has not run forward on the previous stage");
  TORCH_CHECK_VALUE(out.size(0) == m.batch * m.length && out.size(1) == model_.hidden, "micro-batch ", micro_batch, " has ", m.batch,
                    " rows of ", m.length, " tokens of width ", model_.hidden, " here, but the previous stage made ", out.size(0),
                    " tokens of width ", out.size(1));
  m.previous = input;
  if (previous.home_ == home_) {
    m.in = out;
    return;
  }
  auto begin = std::chrono::steady_clock::now();
  m.source = out;
  m.in = m.in_buffer.matrix(m.batch * m.length, model_.hidden, device_);
  m.in.copy_(out);
  copied_nanos_ += (std::chrono::steady_clock::now() - begin).count();
}

void StageCore::forward(int64_t micro_batch, Mode mode) {
  c10::DeviceGuard guard(device_);
  auto& m = at(micro_batch);
  auto pass = pass_of(m, mode != Mode::evaluate);
  if (embedding_) {
    m.in = m.in_buffer.matrix(pass.rows(), model_.hidden, device_);
    embedding_->forward(pass, m.ids, m.in);
  }
  TORCH_CHECK(m.in.defined(), "forward of micro-batch ", micro_batch, " has no input; take_input it from the previous stage");
  if (mode == Mode::train && !m.activations) m.activations = free_activations_.take();
  if (static_cast<int64_t>(losses_.size()) <= micro_batch) losses_.resize(micro_batch + 1);
  const auto& stream = run(pass, m, mode == Mode::train, losses_[micro_batch]);
  if (head_ || mode == Mode::train || sublayers_.empty()) {
    set_out(m, stream);
  } else {  // the next micro-batch reuses the tensors of the sublayers
    auto out = m.out_buffer.matrix(pass.rows(), model_.hidden, device_);
    out.copy_(stream);
    set_out(m, out);
  }
  m.ran = mode;
}

const at::Tensor& StageCore::run(const Pass& pass, MicroBatch& m, bool gradient, double& loss) {
  const auto& stream = run_sublayers(pass, m.in, m.activations.get(), nullptr);
  if (head_) loss = head_->forward(pass, stream, m.labels, divisor_, gradient, m.activations ? m.activations->head : transient_head_);
  return stream;
}

double StageCore::loss(int64_t micro_batch) const {
  TORCH_CHECK_INDEX(micro_batch >= 0 && micro_batch < static_cast<int64_t>(losses_.size()), "micro-batch ", micro_batch, " was not loaded");
  return losses_[micro_batch];
}

// --- backward ---

void StageCore::backward(int64_t micro_batch, Half half) {
  c10::DeviceGuard guard(device_);
  auto& m = at(micro_batch);
  if (half == Half::weight) {
    TORCH_CHECK(m.weights_due, "backward_weight of micro-batch ", micro_batch, " needs backward_input before it");
  } else {
    TORCH_CHECK(m.ran && *m.ran != Mode::evaluate && !m.weights_due, "backward of micro-batch ", micro_batch,
                " needs a forward in Mode::train before it");
    TORCH_CHECK(head_ || m.out_has_gradient, "backward of micro-batch ", micro_batch, " needs that of the next stage before it");
    TORCH_CHECK(inputs_ < expected_, "backward of micro-batch ", micro_batch, " is one more than the ", expected_, " of the step");
  }
  TORCH_CHECK(half == Half::both || summation_ == Summation::sequence, "a sum along a tree needs whole backward passes");
  auto pass = pass_of(m, true);
  if (*m.ran == Mode::checkpoint && half != Half::weight) recompute(pass, m);
  run_backward(pass, m, half);
  if (half != Half::weight) {
    ++inputs_;
    m.weights_due = true;
    if (m.source.defined()) m.source.copy_(m.in);
    if (m.previous) m.previous->out_has_gradient = true;
  }
  if (half != Half::input) {
    ++weights_;
    end_backward(micro_batch);
  }
}

void StageCore::recompute(const Pass& pass, MicroBatch& m) {
  m.activations = free_activations_.take();
  double loss;
  run(pass, m, true, loss);
  if (!head_ && !sublayers_.empty()) m.activations->sublayers.back().out.copy_(m.out);  // the next stage has written the gradient to m.out
}

void StageCore::run_backward(const Pass& pass, MicroBatch& m, Half half) {
  bool input = half != Half::weight, weight = half != Half::input, tree = summation_ == Summation::tree;
  bool add_inputs = inputs_ > 0 && !tree, add_weights = weights_ > 0 && !tree;
  bool last = weight && weights_ + 1 == expected_ && !tree;
  auto& a = *m.activations;
  int64_t unit = 0;
  auto stream_into = [&](std::size_t i) -> at::Tensor& { return i == 0 ? m.in : a.sublayers[i - 1].out; };
  if (head_) {
    if (input) head_->backward_input(pass, stream_into(sublayers_.size()), m.labels, a.head, scratch_, add_inputs);
    if (weight) head_->backward_weight(pass, m.labels, a.head, add_weights);
    if (last) complete(unit++);
  }
  for (auto i = sublayers_.size(); i-- > 0;) {
    if (input) sublayers_[i]->backward_input(pass, stream_into(i), a.sublayers[i], scratch_, add_inputs);
    if (weight) sublayers_[i]->backward_weight(pass, a.sublayers[i], add_weights);
    if (last) complete(unit++);
  }
  if (embedding_ && weight) embedding_->backward(pass, m.in, m.ids, add_weights);
}

void StageCore::end_backward(int64_t micro_batch) {
  auto& m = at(micro_batch);
  free_activations_.give_back(std::move(m.activations));
  m.previous.reset();
  m.in.reset();
  m.source.reset();
  set_out(m, at::Tensor());
  {
    std::unique_lock lock(mutex_);
    auto found = micro_batches_.find(micro_batch);
    free_micro_batches_.give_back(std::move(found->second));
    micro_batches_.erase(found);
  }
  if (summation_ == Summation::tree) {
    std::vector<at::Tensor> gradients{parameters.gradients};
    if (embedding_ && tied_) gradients.push_back(embedding_->tokens_gradient());
    tree_.push(gradients, weights_ == expected_);
  }
  if (weights_ < expected_) return;
  bool tree = summation_ == Summation::tree, waits_for_head = embedding_ && model_.tied && !tied_ && !tree;
  if (embedding_ && tied_ && !tree) embedding_->add_tied_gradient();
  auto units = own_units() - (waits_for_head ? 1 : 0);
  if (units > 0) complete(units - 1);
}

void StageCore::complete(int64_t unit) {
  if (buckets_) buckets_->complete(unit);
}

void StageCore::drop_micro_batches() {
  std::unique_lock lock(mutex_);
  for (auto& [number, m] : micro_batches_) {
    if (m->activations) free_activations_.give_back(std::move(m->activations));
    m->previous.reset();
    m->in.reset();
    m->out.reset();
    m->source.reset();
    free_micro_batches_.give_back(std::move(m));
  }
  micro_batches_.clear();
  expected_ = 0;
  if (buckets_) buckets_->drop();
}

// --- the end of a step ---

void StageCore::add_tied_gradient(StageCore& last) {
  if (!embedding_ || !model_.tied || tied_) return;
  TORCH_CHECK(last.copies_embedding(), "the stage that was named has no tied head");
  embedding_->tokens().gradient.add_(last.tied_->gradient.to(device_));
  if (summation_ == Summation::sequence) complete(own_units() - 1);
}

void StageCore::take_tied_gradient(StageCore& first) {
  if (!copies_embedding()) return;
  TORCH_CHECK(first.embedding_, "the stage that was named has no embedding");
  tied_->gradient.copy_(first.embedding_->tokens().gradient);
}

/// Along a tree, the two parts of a tied embedding are summed over all micro-batches of all replicas before they are added:
/// each is then the same tree whatever the layout.
void StageCore::wait_gradients() {
  bool tree = summation_ == Summation::tree;
  if (buckets_) {
    buckets_->wait();
    if (tree && tied_) buckets_->sum_along_tree(embedding_ ? embedding_->tokens_gradient() : tied_->gradient);
  }
  if (tree && embedding_ && tied_) embedding_->add_tied_gradient();
}

std::vector<double> StageCore::squares() const {
  return gradient_squares(kernels_, parameters, own_units(), replicas());
}

void StageCore::apply(const AdamWConfig& config, double learning_rate, double norm) {
  c10::DeviceGuard guard(device_);
  TORCH_CHECK(weights_ == expected_ && expected_ > 0, "apply after ", weights_, " of ", expected_, " backward passes of the step");
  expected_ = 0;
  optimizer_.step(kernels_, parameters, replicas(), config, learning_rate, norm);
  parameters.changed();
}

// --- checkpoints ---

void StageCore::write_state(int64_t index, ParameterState state, int64_t first, const float* source, int64_t count) {
  if (state == ParameterState::weight) return parameters.write(index, first, source, count);
  optimizer_.allocate(parameters);
  parameters.write_into(state == ParameterState::mean ? optimizer_.mean : optimizer_.variance, index, first, source, count);
}

void StageCore::take_snapshot() {
  c10::DeviceGuard guard(device_);
  optimizer_.allocate(parameters);
  snapshot_.take(parameters, optimizer_);
}

void StageCore::read_snapshot(int64_t index, ParameterState state, float* destination, int64_t count) const {
  TORCH_CHECK(snapshot_.values.defined(), "there is no snapshot to read; take one");
  const auto& flat = state == ParameterState::weight ? snapshot_.values
                     : state == ParameterState::mean ? snapshot_.mean
                                                     : snapshot_.variance;
  parameters.read_from(flat, index, destination, count);
}

MicroBatch& StageCore::at(int64_t micro_batch) {
  return *find(micro_batch);
}

std::shared_ptr<MicroBatch> StageCore::find(int64_t micro_batch) {
  std::unique_lock lock(mutex_);
  auto found = micro_batches_.find(micro_batch);
  TORCH_CHECK_INDEX(found != micro_batches_.end(), "micro-batch ", micro_batch, " was not loaded");
  return found->second;
}

void StageCore::set_out(MicroBatch& m, const at::Tensor& out) {
  std::unique_lock lock(mutex_);
  m.out = out;
}

Pass StageCore::pass_of(const MicroBatch& m, bool drops) {
  auto table = rotary_ ? rotary_->table(m.length, device_) : at::Tensor();
  return {kernels_, device_, m.batch, m.length, m.position_ids, table, m.first_row, seed_, step_, drops};
}

}  // namespace trireme
