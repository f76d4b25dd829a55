#include "trireme/core.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <cmath>

#include "device.h"
#include "stage.h"

namespace trireme {
namespace {

/// Runs work without autograd, and turns libtorch's errors, which carry a stack trace, into plain ones with its message.
/// What the caller got wrong begins with "bad argument: ".
template <typename Work>
auto guarded(const Work& work) -> decltype(work()) {
  at::NoGradGuard no_autograd;
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

void check_model(const ModelConfig& m, int64_t first, int64_t end) {
  auto positive = [](const char* name, int64_t value) { TORCH_CHECK_VALUE(value > 0, name, " is ", value, " but must be positive"); };
  positive("layers", m.layers), positive("heads", m.heads), positive("hidden", m.hidden), positive("intermediate", m.intermediate);
  positive("vocabulary", m.vocabulary), positive("positions", m.positions);
  TORCH_CHECK_VALUE(m.hidden % m.heads == 0, "hidden ", m.hidden, " is not a multiple of heads ", m.heads);
  TORCH_CHECK_VALUE(0 <= first && first < end && end <= m.layers, "layers [", first, ", ", end, ") are not a run of the model's ", m.layers);
  for (double p : {m.embedding_dropout, m.attention_dropout, m.residual_dropout})
    TORCH_CHECK_VALUE(p >= 0 && p < 1, "a dropout is ", p, " but must be at least 0 and below 1");
  TORCH_CHECK_VALUE(m.norm_epsilon > 0, "norm_epsilon is ", m.norm_epsilon, " but must be positive");
}

void check_load(const ModelConfig& m, int64_t micro_batch, const int32_t* ids, const float* weights, int64_t rows, int64_t length) {
  TORCH_CHECK_VALUE(micro_batch >= 0 && micro_batch < 65536, "micro-batch ", micro_batch, " is not between 0 and 65535");
  TORCH_CHECK_VALUE(rows > 0 && length > 0, "a micro-batch of ", rows, " rows of ", length, " tokens is empty");
  TORCH_CHECK_VALUE(length <= m.positions, "rows of ", length, " tokens are longer than the model's ", m.positions, " positions");
  for (int64_t n = 0; n < rows * length; ++n) {
    TORCH_CHECK_VALUE(ids[n] >= 0 && ids[n] < m.vocabulary, "token id ", ids[n], " at row ", n / length, ", position ", n % length,
                      " is outside the vocabulary of ", m.vocabulary);
    TORCH_CHECK_VALUE(weights[n] >= 0 && std::isfinite(weights[n]), "label weight ", weights[n], " at row ", n / length, ", position ",
                      n % length, " is not a number from 0 up");
  }
}

}  // namespace

struct Stage::State {
  StageCore core;
};

Stage::Stage(const ModelConfig& model, int64_t first_layer, int64_t end_layer, const std::string& device)
    : state_(guarded([&] {
        check_model(model, first_layer, end_layer);
        return new State{StageCore(model, first_layer, end_layer, device_of(device))};
      })) {}

Stage::~Stage() {
  delete state_;
}

int64_t Stage::parameters() const {
  return state_->core.parameters.size();
}

std::string Stage::parameter_name(int64_t index) const {
  return guarded([&] { return state_->core.parameters.at(index).name; });
}

int64_t Stage::parameter_axes(int64_t index) const {
  return guarded([&] { return static_cast<int64_t>(state_->core.parameters.at(index).shape.size()); });
}

int64_t Stage::parameter_size(int64_t index, int64_t axis) const {
  return guarded([&] { return state_->core.parameters.file_shape(index).at(axis); });
}

void Stage::initialize(int64_t seed) {
  guarded([&] { state_->core.parameters.initialize(seed); });
}

void Stage::write_parameter(int64_t index, const float* source, int64_t count) {
  guarded([&] { state_->core.parameters.write(index, source, count); });
}

void Stage::read_parameter(int64_t index, float* destination, int64_t count) const {
  guarded([&] { state_->core.parameters.read(index, destination, count, false, 1); });
}

void Stage::read_gradient(int64_t index, float* destination, int64_t count) const {
  guarded([&] { state_->core.parameters.read(index, destination, count, true, 1.0 / state_->core.replicas()); });
}

int64_t Stage::checksum() const {
  return guarded([&] {
    auto host = state_->core.parameters.values.cpu();
    const auto* words = reinterpret_cast<const uint32_t*>(host.const_data_ptr<float>());
    uint64_t hash = 0xcbf29ce484222325ull;
    for (int64_t i = 0; i < host.numel(); ++i) hash = (hash ^ words[i]) * 0x100000001b3ull;
    return static_cast<int64_t>(hash);
  });
}

void Stage::begin(int64_t step, int64_t seed, int64_t micro_batches, double loss_divisor) {
  guarded([&] {
    TORCH_CHECK_VALUE(micro_batches > 0, "micro_batches is ", micro_batches, " but must be positive");
    TORCH_CHECK_VALUE(loss_divisor > 0 && std::isfinite(loss_divisor), "loss_divisor is ", loss_divisor,
                      " but must be positive: a step needs at least one label with a weight");
    state_->core.begin(step, seed, micro_batches, loss_divisor);
  });
}

void Stage::load(int64_t micro_batch, const int32_t* ids, const float* weights, int64_t rows, int64_t length, int64_t first_row) {
  guarded([&] {
    check_load(state_->core.model(), micro_batch, ids, weights, rows, length);
    state_->core.load(micro_batch, ids, weights, rows, length, first_row);
  });
}

void Stage::forward(int64_t micro_batch, Mode mode) {
  guarded([&] { state_->core.forward(micro_batch, mode); });
}

void Stage::backward(int64_t micro_batch) {
  guarded([&] { state_->core.backward(micro_batch); });
}

double Stage::loss(int64_t micro_batch) const {
  return guarded([&] { return state_->core.loss(micro_batch); });
}

double Stage::apply(const AdamWConfig& config, double learning_rate) {
  return guarded([&] {
    TORCH_CHECK_VALUE(learning_rate >= 0 && std::isfinite(learning_rate), "learning_rate is ", learning_rate, " but must be a number from 0 up");
    return state_->core.apply(config, learning_rate);
  });
}

void Stage::logits(int64_t micro_batch, const int32_t* positions, int64_t count, float* destination) {
  guarded([&] { state_->core.logits(micro_batch, positions, count, destination); });
}

void Stage::join(void* backend, int64_t bucket_bytes, Reduction reduction) {
  guarded([&] {
    TORCH_CHECK_VALUE(backend != nullptr, "backend is null; give a c10d::Backend");
    TORCH_CHECK_VALUE(bucket_bytes > 0, "bucket_bytes is ", bucket_bytes, " but must be positive");
    state_->core.join(static_cast<c10d::Backend*>(backend), bucket_bytes, reduction);
  });
}

void Stage::all_reduce(double* values, int64_t count) {
  guarded([&] {
    if (!state_->core.backend()) return;
    std::vector<at::Tensor> tensors{at::from_blob(values, {count}, at::kDouble).to(state_->core.device(), at::kDouble, false, true)};
    state_->core.backend()->allreduce(tensors)->wait();
    at::from_blob(values, {count}, at::kDouble).copy_(tensors[0]);
  });
}

std::string Stage::reduction_plan() const {
  return guarded([&] { return state_->core.buckets() ? state_->core.buckets()->plan() : std::string("alone"); });
}

int64_t Stage::communication_wait_nanos() const {
  return state_->core.buckets() ? state_->core.buckets()->waited_nanos() : 0;
}

int64_t Stage::memory_bytes() const {
  return state_->core.memory_bytes();
}

}  // namespace trireme
