#include <ATen/ATen.h>

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
  measured_ = {0, -1, true, false};
  clipped_ = false;
  tree_.begin();
  if (streams_) task_times_.restart(streams_->compute);
}

void StageCore::load(int64_t micro_batch, const int32_t* ids, const float* weights, int64_t rows, int64_t length, int64_t first_row,
                     const int32_t* begins) {
  std::unique_lock lock(mutex_);
  auto& slot = micro_batches_[micro_batch];
  // Of two buffers one takes the next input while the gradient of the last leaves the other.
  if (!slot) slot = free_micro_batches_.take(home_.is_cpu() || embedding_ ? 0 : 1);
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
  m.inputs.load({ids, weights, begins, rows, length, rotary_.has_value(), head_.has_value()}, device_, staging_);
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
  TORCH_CHECK_VALUE(previous.device_.type() == device_.type(), "the previous stage is on ", previous.home_, " but this one on ", home_,
                    "; take one kind of device");
  m.source = out;
  auto before = m.in_buffer.bytes();
  m.in = m.in_buffer.matrix(m.batch * m.length, model_.hidden, device_);
  if (!streams_) {
    m.in.copy_(out);
    return;
  }
  if (m.in_buffer.bytes() != before) m.in_free.record(streams_->compute);  // new memory may have been used there
  input->out_ready.block(previous.streams_->forward.out);
  m.in_free.block(streams_->forward.in);
  m.in_copied.block(streams_->forward.in);
  copy_across(out, previous.streams_->forward.out, m.in, streams_->forward.in);
  input->out_copied.record(previous.streams_->forward.out);
  m.in_arrived.record(streams_->forward.in);
  m.in_arrived.block(streams_->compute);
}

void StageCore::copy_across(const at::Tensor& from, const c10::Stream& out, const at::Tensor& to, const c10::Stream& in) {
  c10::MultiStreamGuard guard({out, in});
  record_use(from, out);
  record_use(to, in);
  const auto& mine = out.device() == device_ ? out : in;
  copied_.start(&mine);
  to.copy_(from, true);
  copied_.stop(&mine);
}

void StageCore::forward(int64_t micro_batch, Mode mode) {
  auto& m = at(micro_batch);
  auto pass = pass_of(m, mode != Mode::evaluate);
  bool timed = streams_ && mode != Mode::evaluate;
  if (timed) task_times_.begin(streams_->compute);
  if (embedding_) {
    m.in = m.in_buffer.matrix(pass.rows(), model_.hidden, device_);
    embedding_->forward(pass, m.inputs.ids, m.in);
  }
  TORCH_CHECK(m.in.defined(), "forward of micro-batch ", micro_batch, " has no input; take_input it from the previous stage");
  if (mode == Mode::train && !m.activations) m.activations = free_activations_.take();
  const auto& stream = run(pass, m, mode == Mode::train, micro_batch);
  if (head_ || mode == Mode::train || sublayers_.empty()) {
    set_out(m, stream);
  } else {  // the next micro-batch reuses the tensors of the sublayers
    auto out = m.out_buffer.matrix(pass.rows(), model_.hidden, device_);
    out.copy_(stream);
    set_out(m, out);
  }
  if (streams_) {
    m.out_ready.record(streams_->compute);
    m.in_free.record(streams_->compute);
  }
  if (timed) task_times_.end(streams_->compute);
  m.ran = mode;
  ran_ = std::max(ran_, micro_batch + 1);
}

const at::Tensor& StageCore::run(const Pass& pass, MicroBatch& m, bool gradient, int64_t micro_batch) {
  const auto& stream = run_sublayers(pass, m.in, m.activations.get(), nullptr);
  if (!head_) return stream;
  auto loss = numbers_.loss(micro_batch);
  head_->forward(pass, stream, m.inputs.labels, divisor_, gradient, m.activations ? m.activations->head : transient_head_, loss);
  return stream;
}

void StageCore::losses(int64_t first, int64_t count, double* destination) {
  TORCH_CHECK_INDEX(first >= 0 && count >= 0 && first + count <= ran_, "micro-batch ", first < 0 ? first : std::max(first, ran_),
                    " was not loaded");
  if (head_) std::copy_n(read_numbers() + first, count, destination);
  else std::fill_n(destination, count, 0.0);
}

const double* StageCore::read_numbers() {
  std::function<void()> watch;
  if (buckets_) watch = [this, since = std::chrono::steady_clock::now()] { buckets_->watch(since); };
  return numbers_.read(watch);
}

// --- backward ---

void StageCore::backward(int64_t micro_batch, Half half) {
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
  if (streams_ && half != Half::weight) m.out_gradient.block(streams_->compute);
  if (streams_) task_times_.begin(streams_->compute);
  if (*m.ran == Mode::checkpoint && half != Half::weight) recompute(pass, m, micro_batch);
  run_backward(pass, m, half, micro_batch);
  if (half != Half::weight) {
    ++inputs_;
    m.weights_due = true;
    give_gradient(m);
  }
  if (half != Half::input) {
    ++weights_;
    end_backward(micro_batch);
  }
  if (streams_) task_times_.end(streams_->compute);
}

/// The previous stage's output becomes the gradient of this stage's input.
void StageCore::give_gradient(MicroBatch& m) {
  if (!m.previous) return;
  if (m.source.defined() && !streams_) m.source.copy_(m.in);
  if (m.source.defined() && streams_) {
    auto others = *streams_of(m.source.device());
    m.in_free.record(streams_->compute);
    m.in_free.block(streams_->backward.out);
    copy_across(m.in, streams_->backward.out, m.source, others.backward.in);
    m.in_copied.record(streams_->backward.out);
    m.previous->out_gradient.record(others.backward.in);
  }
  m.previous->out_has_gradient = true;
}

void StageCore::recompute(const Pass& pass, MicroBatch& m, int64_t micro_batch) {
  m.activations = free_activations_.take();
  run(pass, m, true, micro_batch);
  if (!head_ && !sublayers_.empty()) m.activations->sublayers.back().out.copy_(m.out);  // the next stage has written the gradient to m.out
}

void StageCore::run_backward(const Pass& pass, MicroBatch& m, Half half, int64_t micro_batch) {
  bool input = half != Half::weight, weight = half != Half::input, tree = summation_ == Summation::tree;
  bool add_inputs = inputs_ > 0 && !tree, add_weights = weights_ > 0 && !tree;
  bool last = weight && weights_ + 1 == expected_ && !tree;
  auto& a = *m.activations;
  const auto& labels = m.inputs.labels;
  int64_t unit = 0;
  auto stream_into = [&](std::size_t i) -> at::Tensor& { return i == 0 ? m.in : a.sublayers[i - 1].out; };
  if (head_) {
    if (input)
      head_->backward_input(pass, stream_into(sublayers_.size()), labels, numbers_.loss(micro_batch), a.head, scratch_, add_inputs);
    if (weight) head_->backward_weight(pass, labels, a.head, add_weights);
    if (last) complete(unit++);
  }
  for (auto i = sublayers_.size(); i-- > 0;) {
    bool trains = part_.first + static_cast<int64_t>(i) >= first_trained_;  // else no gradient is wanted from here on
    if (input && trains) sublayers_[i]->backward_input(pass, stream_into(i), a.sublayers[i], scratch_, add_inputs);
    if (weight && trains) sublayers_[i]->backward_weight(pass, a.sublayers[i], scratch_, add_weights);
    if (last) complete(unit++);
  }
  if (embedding_ && weight) embedding_->backward(pass, m.in, m.inputs.ids, add_weights);
}

void StageCore::end_backward(int64_t micro_batch) {
  auto& m = at(micro_batch);
  free_activations_.give_back(std::move(m.activations));
  if (streams_) m.in_free.record(streams_->compute);
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
    if (embedding_ && tied_ && trains_embedding()) gradients.push_back(embedding_->tokens_gradient());
    tree_.push(gradients, weights_ == expected_);
  }
  if (weights_ < expected_) return;
  bool tree = summation_ == Summation::tree, waits_for_head = trains_embedding() && model_.tied && !tied_ && !tree;
  if (embedding_ && tied_ && !tree) embedding_->add_tied_gradient();
  auto units = own_units() - (waits_for_head ? 1 : 0);
  if (units > 0) complete(units - 1);
}

void StageCore::complete(int64_t unit) {
  if (buckets_) buckets_->complete(unit);
}

/// What the next stage still copies, or writes as a gradient, has ended before its memory is used again.
void StageCore::drop_micro_batches() {
  std::unique_lock lock(mutex_);
  for (auto& [number, m] : micro_batches_) {
    if (streams_) {
      m->out_copied.block(streams_->compute);
      m->out_gradient.block(streams_->compute);
    }
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
  return {kernels_, device_, m.batch, m.length, m.inputs.position_ids, m.inputs.begins, table, m.first_row, seed_, step_, drops};
}

}  // namespace trireme
