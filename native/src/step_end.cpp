#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "stage.h"

/// The end of a step: what stages and replicas tell each other of their gradients, the update, and the snapshots that it makes worth taking.
namespace trireme {

void StageCore::add_tied_gradient(StageCore& last) {
  if (!embedding_ || !model_.tied || tied_ || !trains_embedding()) return;
  TORCH_CHECK(last.copies_embedding(), "the stage that was named has no tied head");
  embedding_->tokens().gradient.add_(here(last.tied_->gradient, last));
  if (streams_) tied_free_.record(streams_->compute);
  if (summation_ == Summation::sequence) complete(own_units() - 1);
}

/// A tensor of another stage on this device. It crosses on the copy streams, while this stage still computes.
at::Tensor StageCore::here(const at::Tensor& theirs, const StageCore& other) {
  if (other.home_ == home_) return theirs;
  auto before = tied_buffer_.bytes();
  auto mine = tied_buffer_.matrix(theirs.size(0), theirs.size(1), device_);
  if (!streams_) return mine.copy_(theirs);
  if (tied_buffer_.bytes() != before) tied_free_.record(streams_->compute);
  Event made, arrived;
  made.record(other.streams_->compute);
  made.block(other.streams_->backward.out);
  tied_free_.block(streams_->backward.in);
  copy_across(theirs, other.streams_->backward.out, mine, streams_->backward.in);
  arrived.record(streams_->backward.in);
  arrived.block(streams_->compute);
  return mine;
}

void StageCore::take_tied_gradient(StageCore& first) {
  if (!copies_embedding() || !trains_embedding()) return;
  TORCH_CHECK(first.embedding_, "the stage that was named has no embedding");
  auto guard = on_both(streams_, first.streams_);
  tied_->gradient.copy_(first.embedding_->tokens().gradient, true);
}

/// Along a tree, the two parts of a tied embedding are summed over all micro-batches of all replicas before they are added:
/// each is then the same tree whatever the layout.
void StageCore::wait_gradients() {
  bool tree = summation_ == Summation::tree;
  if (buckets_) {
    buckets_->wait();
    if (tree && tied_ && trains_embedding()) buckets_->sum_along_tree(embedding_ ? embedding_->tokens_gradient() : tied_->gradient);
  }
  if (tree && embedding_ && tied_) embedding_->add_tied_gradient();
}

void StageCore::measure_gradients() {
  auto squares = numbers_.squares().narrow(0, begin_of(part_), own_units());
  gradient_squares(kernels_, parameters, replicas(), squares);
  measured_ = part_;
}

void StageCore::take_squares(StageCore& other) {
  TORCH_CHECK_VALUE(other.all_parts() == all_parts(), "the stage that was named is of a model of ", other.model_.layers,
                    " layers, this one of ", model_.layers);
  auto guard = on_both(streams_, other.streams_);
  auto mine = numbers_.squares(), theirs = other.numbers_.squares();
  auto take = [&](int64_t begin, int64_t end) {
    if (begin < end) mine.narrow(0, begin, end - begin).copy_(theirs.narrow(0, begin, end - begin), true);
  };
  auto begin = begin_of(measured_), end = end_of(measured_), other_begin = begin_of(other.measured_), other_end = end_of(other.measured_);
  take(other_begin, std::min(begin, other_end));
  take(std::max(end, other_begin), other_end);
  if (other_end >= begin && other_begin < begin) measured_.embeddings = other.measured_.embeddings, measured_.first = other.measured_.first;
  if (other_begin <= end && other_end > end) measured_.head = other.measured_.head, measured_.end = other.measured_.end;
}

void StageCore::update(const AdamWConfig& config, double learning_rate) {
  TORCH_CHECK(weights_ == expected_ && expected_ > 0, "apply after ", weights_, " of ", expected_, " backward passes of the step");
  TORCH_CHECK(begin_of(measured_) == 0 && end_of(measured_) == all_parts(),
              "an update needs the gradient norms of all stages; measure them and take the others' before it");
  expected_ = 0;
  ends_ = true;
  kernels_.clip(numbers_.squares(), config.clip_norm, replicas(), clip_);
  optimizer_.step(kernels_, parameters, config, learning_rate, clip_);
  clipped_ = kernels_.clips_gradients();
  parameters.changed();
}

void StageCore::end_step(bool updated) {
  if (ends_ && !updated) --optimizer_.updates;
  ends_ = false;
}

void StageCore::squares(double* destination) {
  const auto* numbers = read_numbers();
  std::copy_n(numbers + numbers_.first_square(), all_parts(), destination);
}

void StageCore::synchronize() const {
  if (!streams_) return;
  const auto& s = *streams_;
  for (const auto& stream : {s.compute, s.forward.out, s.forward.in, s.backward.out, s.backward.in}) {
    Event end;
    end.record(stream);
    end.wait();
  }
}

void StageCore::read_gradient(int64_t index, float* destination, int64_t count) {
  const auto& piece = parameters.at(index);
  TORCH_CHECK_VALUE(piece.parameter->trained, piece.name, " is frozen: it has no gradient");
  parameters.read_from(parameters.gradients, index, destination, count);
  double scale = 1.0 / static_cast<double>(replicas());
  if (clipped_) {  // the update has multiplied them, unless it changed nothing
    auto clip = clip_.cpu();
    if (std::isfinite(clip[1].item<double>())) scale /= clip[0].item<double>();
  }
  if (scale != 1) at::from_blob(destination, {count}, at::kFloat).mul_(scale);
}

// --- checkpoints ---

void StageCore::write_state(int64_t index, ParameterState state, int64_t first, const float* source, int64_t count) {
  if (state == ParameterState::weight) return parameters.write(index, first, source, count);
  optimizer_.allocate(parameters);
  parameters.write_into(state == ParameterState::mean ? optimizer_.mean : optimizer_.variance, index, first, source, count);
}

void StageCore::take_snapshot() {
  optimizer_.allocate(parameters);
  snapshot_.take(parameters, optimizer_);
}

void StageCore::read_snapshot(int64_t index, ParameterState state, float* destination, int64_t count) const {
  TORCH_CHECK(snapshot_.values.defined(), "there is no snapshot to read; take one");
  const auto& piece = parameters.at(index);
  TORCH_CHECK_VALUE(state == ParameterState::weight || piece.parameter->trained, piece.name,
                    " is frozen: it has a weight and no state beside it");
  const auto& flat = state == ParameterState::weight ? snapshot_.values
                     : state == ParameterState::mean ? snapshot_.mean
                                                     : snapshot_.variance;
  parameters.read_from(flat, index, destination, count);
}

}  // namespace trireme
