#include "trireme/core.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "cpu/libtorch_loops.h"
#include "device.h"
#include "model_checks.h"
#include "stage.h"
#include "token_checks.h"
#include "trireme/choice.h"

namespace trireme {
namespace {

/// Turns libtorch's errors, which carry a stack trace, into plain ones with its message. Errors of the caller begin with "bad argument: ".
template <typename Work>
auto with_plain_errors(const Work& work) -> decltype(work()) {
  try {
    return work();
  } catch (const c10::ValueError& error) {
    throw std::runtime_error(std::string("bad argument: ") + error.what_without_backtrace());
  } catch (const c10::IndexError& error) {
    throw std::runtime_error(std::string("bad argument: ") + error.what_without_backtrace());
  } catch (const c10::Error& error) {
    throw std::runtime_error(error.what_without_backtrace());
  }
}

/// The border: whatever a stage does goes to its own device and stream, without autograd.
template <typename State, typename Work>
auto guarded(State* state, const Work& work) -> decltype(work()) {
  return with_plain_errors([&] {
    at::NoGradGuard no_autograd;
    OnDevice here(state->core.device());
    return work();
  });
}

/// As `guarded`, for the calls of a step.
template <typename State, typename Work>
auto in_step(State* state, const Work& work) -> decltype(work()) {
  LibtorchLoopsHere here;
  return guarded(state, work);
}

void check_trainable(const StageCore& core, const char* what) {
  TORCH_CHECK(core.parameters.trainable(), what, " needs trainable weights, but this stage holds them for generation only");
}

void check_and_extend(StageCore& core, int64_t cache, int64_t pass, const NewTokens& tokens, StageCore* previous) {
  TORCH_CHECK_VALUE(tokens.sequences > 0, "there are no sequences to extend");
  auto spans = core.cache(cache).spans_of(tokens);
  for (const auto& span : spans.all)
    if (span.adapter != 0) core.adapter(span.adapter);
  check_spans(core.model(), spans, tokens.ids);
  core.extend(cache, pass, tokens, spans, previous);
}

}  // namespace

struct Stage::State {
  StageCore core;
};

Stage::Stage(const ModelConfig& model, int64_t first_layer, int64_t end_layer, const std::string& device, Weights weights)
    : Stage(model, 2 * first_layer, 2 * end_layer, first_layer == 0, end_layer == model.layers, device, weights) {}

Stage::Stage(const ModelConfig& model, int64_t first_sublayer, int64_t end_sublayer, bool embeddings, bool head, const std::string& device,
             Weights weights, bool dry_run)
    : state_(with_plain_errors([&] {
        check_model(model, first_sublayer, end_sublayer, embeddings, head);
        auto home = dry_run ? at::Device(device) : device_of(device);
        at::NoGradGuard no_autograd;
        OnDevice here(dry_run ? at::Device(at::kMeta) : home);
        return new State{StageCore(model, {first_sublayer, end_sublayer, embeddings, head}, home, weights, dry_run)};
      })) {}

Stage::~Stage() {
  OnDevice here(state_->core.device());
  delete state_;
}

int64_t Stage::parameters() const {
  return state_->core.parameters.size();
}

std::string Stage::parameter_name(int64_t index) const {
  return guarded(state_, [&] { return state_->core.parameters.at(index).name; });
}

bool Stage::parameter_trained(int64_t index) const {
  return guarded(state_, [&] { return state_->core.parameters.at(index).parameter->trained; });
}

int64_t Stage::parameter_axes(int64_t index) const {
  return guarded(state_, [&] { return static_cast<int64_t>(state_->core.parameters.at(index).file_shape().size()); });
}

int64_t Stage::parameter_size(int64_t index, int64_t axis) const {
  return guarded(state_, [&] { return state_->core.parameters.at(index).file_shape().at(axis); });
}

void Stage::initialize(int64_t seed) {
  guarded(state_, [&] { state_->core.parameters.initialize(seed); });
}

void Stage::initialize_updates(int64_t seed) {
  guarded(state_, [&] { state_->core.parameters.initialize(seed, true); });
}

void Stage::write_parameter(int64_t index, int64_t first, const float* source, int64_t count) {
  guarded(state_, [&] { state_->core.parameters.write(index, first, source, count); });
}

void Stage::read_parameter(int64_t index, float* destination, int64_t count) const {
  guarded(state_, [&] { state_->core.parameters.read_from(state_->core.parameters.values, index, destination, count); });
}

void Stage::read_gradient(int64_t index, float* destination, int64_t count) const {
  guarded(state_, [&] { state_->core.read_gradient(index, destination, count); });
}

int64_t Stage::checksum() const {
  return guarded(state_, [&] {
    check_trainable(state_->core, "checksum");
    uint64_t hash = 0xcbf29ce484222325ull;
    for (const auto& weights : {state_->core.parameters.values, state_->core.parameters.frozen}) {
      auto host = weights.cpu();
      const auto* words = reinterpret_cast<const uint32_t*>(host.const_data_ptr<float>());
      for (int64_t i = 0; i < host.numel(); ++i) hash = (hash ^ words[i]) * 0x100000001b3ull;
    }
    return static_cast<int64_t>(hash);
  });
}

void Stage::begin(int64_t step, int64_t seed, int64_t micro_batches, double loss_divisor, Summation summation) {
  in_step(state_, [&] {
    check_trainable(state_->core, "begin");
    TORCH_CHECK_VALUE(micro_batches > 0, "micro_batches is ", micro_batches, " but must be positive");
    TORCH_CHECK_VALUE(loss_divisor > 0 && std::isfinite(loss_divisor), "loss_divisor is ", loss_divisor,
                      " but must be positive: a step needs at least one label with a weight");
    TORCH_CHECK_VALUE(summation == Summation::sequence || (micro_batches & (micro_batches - 1)) == 0, "micro_batches is ", micro_batches,
                      " but must be a power of two to be summed along a tree");
    state_->core.begin(step, seed, micro_batches, loss_divisor, summation);
  });
}

void Stage::load(int64_t micro_batch, const int32_t* ids, const float* weights, int64_t rows, int64_t length, int64_t first_row,
                 const int32_t* begins) {
  in_step(state_, [&] {
    check_trainable(state_->core, "load");
    check_load(state_->core.model(), micro_batch, ids, weights, rows, length);
    if (begins) check_begins(begins, rows, length);
    state_->core.load(micro_batch, ids, weights, rows, length, first_row, begins);
  });
}

void Stage::take_input(int64_t micro_batch, Stage& previous) {
  in_step(state_, [&] { state_->core.take_input(micro_batch, previous.state_->core); });
}

void Stage::forward(int64_t micro_batch, Mode mode) {
  in_step(state_, [&] { state_->core.forward(micro_batch, mode); });
}

void Stage::backward(int64_t micro_batch) {
  in_step(state_, [&] { state_->core.backward(micro_batch, Half::both); });
}

void Stage::backward_input(int64_t micro_batch) {
  in_step(state_, [&] { state_->core.backward(micro_batch, Half::input); });
}

void Stage::backward_weight(int64_t micro_batch) {
  in_step(state_, [&] { state_->core.backward(micro_batch, Half::weight); });
}

void Stage::losses(int64_t first, int64_t count, double* destination) const {
  in_step(state_, [&] { state_->core.losses(first, count, destination); });
}

int64_t Stage::task_count() const {
  return state_->core.task_times().count();
}

void Stage::task_nanos(int64_t* destination) const {
  in_step(state_, [&] { state_->core.task_times().nanos(destination); });
}

void Stage::drop_micro_batches() {
  guarded(state_, [&] { state_->core.drop_micro_batches(); });
}

void Stage::add_tied_gradient(Stage& last) {
  in_step(state_, [&] { state_->core.add_tied_gradient(last.state_->core); });
}

void Stage::wait_gradients() {
  in_step(state_, [&] { state_->core.wait_gradients(); });
}

void Stage::take_tied_gradient(Stage& first) {
  in_step(state_, [&] { state_->core.take_tied_gradient(first.state_->core); });
}

void Stage::measure_gradients() {
  in_step(state_, [&] { state_->core.measure_gradients(); });
}

void Stage::take_squares(Stage& other) {
  in_step(state_, [&] { state_->core.take_squares(other.state_->core); });
}

int64_t Stage::gradient_parts() const {
  return state_->core.all_parts();
}

void Stage::gradient_squares(double* destination) const {
  in_step(state_, [&] { state_->core.squares(destination); });
}

void Stage::update(const AdamWConfig& config, double learning_rate) {
  in_step(state_, [&] {
    TORCH_CHECK_VALUE(learning_rate >= 0 && std::isfinite(learning_rate), "learning_rate is ", learning_rate,
                      " but must be a number from 0 up");
    state_->core.update(config, learning_rate);
  });
}

void Stage::end_step(bool updated) {
  guarded(state_, [&] { state_->core.end_step(updated); });
}

double Stage::apply(const AdamWConfig& config, double learning_rate) {
  wait_gradients();
  measure_gradients();
  update(config, learning_rate);
  std::vector<double> squares(gradient_parts());
  gradient_squares(squares.data());
  double norm = std::sqrt(std::accumulate(squares.begin(), squares.end(), 0.0));
  end_step(std::isfinite(norm));
  guarded(state_, [&] {
    TORCH_CHECK(std::isfinite(norm), "the gradient norm of step ", updates() + 1,
                " is not finite; weights were left as they were; lower the learning rate or clip gradients");
  });
  return norm;
}

int64_t Stage::updates() const {
  return state_->core.updates();
}

void Stage::set_updates(int64_t updates) {
  guarded(state_, [&] {
    check_trainable(state_->core, "set_updates");
    TORCH_CHECK_VALUE(updates >= 0, "updates is ", updates, " but must be 0 or more");
    state_->core.set_updates(updates);
  });
}

void Stage::write_state(int64_t index, ParameterState state, int64_t first, const float* source, int64_t count) {
  guarded(state_, [&] {
    check_trainable(state_->core, "write_state");
    state_->core.write_state(index, state, first, source, count);
  });
}

void Stage::take_snapshot() {
  in_step(state_, [&] {
    check_trainable(state_->core, "take_snapshot");
    state_->core.take_snapshot();
  });
}

void Stage::read_snapshot(int64_t index, ParameterState state, float* destination, int64_t count) const {
  guarded(state_, [&] { state_->core.read_snapshot(index, state, destination, count); });
}

void Stage::open_cache(int64_t cache, int64_t blocks, CacheType type) {
  guarded(state_, [&] {
    TORCH_CHECK_VALUE(blocks > 0 && blocks < (int64_t{1} << 31), "a cache of ", blocks, " blocks cannot be; give 1 to 2147483647");
    state_->core.open_cache(cache, blocks, type);
  });
}

void Stage::close_cache(int64_t cache) {
  guarded(state_, [&] { state_->core.close_cache(cache); });
}

void Stage::extend(int64_t cache, int64_t pass, int64_t sequences, const int32_t* firsts, const int32_t* counts, const int32_t* tables,
                   const int32_t* ids, const int32_t* adapters) {
  in_step(state_, [&] { check_and_extend(state_->core, cache, pass, {sequences, firsts, counts, tables, ids, adapters}, nullptr); });
}

void Stage::extend(int64_t cache, int64_t pass, int64_t sequences, const int32_t* firsts, const int32_t* counts, const int32_t* tables,
                   const int32_t* ids, const int32_t* adapters, Stage& previous) {
  in_step(state_,
          [&] { check_and_extend(state_->core, cache, pass, {sequences, firsts, counts, tables, ids, adapters}, &previous.state_->core); });
}

void Stage::logits(int64_t cache, int64_t pass, const int32_t* tokens, int64_t count, float* destination) {
  in_step(state_, [&] {
    TORCH_CHECK_VALUE(count > 0, "logits of ", count, " tokens was asked for; name one or more");
    const auto& logits = state_->core.logits(cache, pass, tokens, count);
    at::from_blob(destination, logits.sizes(), at::kFloat).copy_(logits);
  });
}

void Stage::hidden_states(int64_t cache, int64_t pass, const int32_t* tokens, int64_t count, float* destination) {
  in_step(state_, [&] {
    TORCH_CHECK_VALUE(count > 0, "hidden states of ", count, " tokens were asked for; name one or more");
    const auto& hidden = state_->core.hidden_states(cache, pass, tokens, count);
    at::from_blob(destination, hidden.sizes(), at::kFloat).copy_(hidden);
  });
}

void Stage::choose(int64_t cache, int64_t pass, const int32_t* tokens, int64_t count, const double* numbers, const int64_t* draws,
                   const int32_t* lists, const float* biases, const int64_t* masks, int32_t* ids, double* values, int32_t* best_ids) {
  in_step(state_, [&] {
    TORCH_CHECK_VALUE(count > 0, "a choice for ", count, " tokens was asked for; name one or more");
    const auto& logits = state_->core.logits(cache, pass, tokens, count);
    if (logits.is_meta()) return;
    if (all_plainly_greedy(count, numbers, lists)) return state_->core.kernels().argmax(logits, ids);
    auto host = logits.cpu();
    choose_rows(host.const_data_ptr<float>(), count, host.size(1), numbers, draws, lists, biases, masks, ids, values, best_ids);
  });
}

void Stage::copy_blocks(int64_t cache, int64_t count, const int32_t* from, const int32_t* to) {
  in_step(state_, [&] { state_->core.copy_blocks(cache, count, from, to); });
}

int64_t Stage::block_bytes(CacheType type) const {
  return guarded(state_, [&] { return state_->core.block_bytes(type); });
}

void Stage::open_adapter(int64_t number, const LoraConfig& config) {
  guarded(state_, [&] {
    TORCH_CHECK_VALUE(number > 0, "adapter ", number, " cannot be opened; number adapters from 1");
    TORCH_CHECK_VALUE(config.rank > 0, "rank is ", config.rank, " but must be positive");
    check_lora(state_->core.model(), config);
    state_->core.open_adapter(number, config);
  });
}

void Stage::close_adapter(int64_t number) {
  guarded(state_, [&] { state_->core.close_adapter(number); });
}

int64_t Stage::adapter_parameters(int64_t number) const {
  return guarded(state_, [&] { return state_->core.adapter(number).size(); });
}

std::string Stage::adapter_parameter_name(int64_t number, int64_t index) const {
  return guarded(state_, [&] { return state_->core.adapter(number).at(index).name; });
}

int64_t Stage::adapter_parameter_size(int64_t number, int64_t index, int64_t axis) const {
  return guarded(state_, [&] { return state_->core.adapter(number).at(index).file_shape().at(axis); });
}

void Stage::write_adapter(int64_t number, int64_t index, int64_t first, const float* source, int64_t count) {
  guarded(state_, [&] { state_->core.adapter(number).write(index, first, source, count); });
}

void Stage::join(void* backend, int64_t bucket_bytes, Reduction reduction, int64_t timeout_millis) {
  guarded(state_, [&] {
    check_trainable(state_->core, "join");
    TORCH_CHECK_VALUE(backend != nullptr, "backend is null; give a c10d::Backend");
    TORCH_CHECK_VALUE(bucket_bytes > 0, "bucket_bytes is ", bucket_bytes, " but must be positive");
    TORCH_CHECK_VALUE(timeout_millis > 0, "timeout_millis is ", timeout_millis, " but must be positive");
    state_->core.join(static_cast<c10d::Backend*>(backend), bucket_bytes, reduction, std::chrono::milliseconds(timeout_millis));
  });
}

std::string Stage::reduction_plan() const {
  return guarded(state_, [&] { return state_->core.buckets() ? state_->core.buckets()->plan() : std::string("alone"); });
}

int64_t Stage::exposed_communication_nanos() const {
  return guarded(state_, [&] { return state_->core.exposed_nanos(); });
}

int64_t Stage::copied_nanos() const {
  return guarded(state_, [&] { return state_->core.copied_nanos(); });
}

int64_t Stage::memory_bytes() const {
  return state_->core.memory_bytes();
}

void Stage::synchronize() const {
  guarded(state_, [&] { state_->core.synchronize(); });
}

}  // namespace trireme
