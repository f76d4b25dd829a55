#include <ATen/ATen.h>
#include <torch/csrc/autograd/profiler_kineto.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <numeric>

#include "chain.h"
#include "sim.h"

/// What gpu-check.sh asks of a device: whether it computes what the CPU does, and how fast.
///
///   device_check steps DEVICE PRECISION             20 steps of training on the CPU and on the device; fails where they differ
///   device_check split DEVICE OTHER                 the same on one device and on two, a stage on each
///   device_check train DEVICE SHAPE PRECISION STEPS
///   device_check decode DEVICE SHAPE PRECISION TOKENS
///   device_check profile DEVICE SHAPE PRECISION     the kernels of one step, by time
///
/// SHAPE is tiny, gpt2 or llama-1b, PRECISION float32 or tf32. The last line of each begins with "result".
using namespace trireme;
using namespace trireme::test;

namespace {

constexpr int64_t kSteps = 20;

ModelConfig small_gpt2() {
  auto m = tiny_model();
  m.layers = 4;
  m.heads = m.kv_heads = 4;
  m.hidden = 128;
  m.head_width = 32;
  m.intermediate = 512;
  m.vocabulary = 500;
  m.positions = 64;
  return m;
}

/// What is measured: rows of a step, their length.
struct Shape {
  ModelConfig model;
  int64_t rows, length;
};

Shape shape_of(const std::string& name) {
  auto m = small_gpt2();
  if (name == "tiny") return {m, 4, 32};
  if (name == "gpt2") {
    m.layers = 12;
    m.heads = m.kv_heads = 12;
    m.hidden = 768;
    m.head_width = 64;
    m.intermediate = 3072;
    m.vocabulary = 50257;
    m.positions = 1024;
    return {m, 8, 1024};
  }
  if (name == "llama-1b") {  // the sizes of TinyLlama (Zhang et al. 2024)
    m = tiny_llama();
    m.layers = 22;
    m.heads = 32;
    m.kv_heads = 4;
    m.hidden = 2048;
    m.head_width = 64;
    m.intermediate = 5632;
    m.vocabulary = 32000;
    m.positions = 2048;
    m.tied = false;
    return {m, 8, 1024};
  }
  throw std::invalid_argument("shape " + name + " is unknown; use tiny, gpt2 or llama-1b");
}

void use(const std::string& device) {
  setenv("TRIREME_DEVICE", device.c_str(), 1);
}

struct Course {
  std::vector<double> losses;  // of each step, mean
  Tensors gradients;           // of the first
};

Course course(Chain& chain, const ModelConfig& model) {
  Course course;
  for (int64_t number = 1; number <= kSteps; ++number) {
    RandomBatch batch(model, 8, 48, 100 + static_cast<uint64_t>(number % 4));  // four batches that come again: the loss falls
    Step step{batch};
    step.number = number;
    step.micro_batches = 4;
    Outcome outcome;
    chain.train(one_forward_one_backward(chain.size(), step.micro_batches), step, outcome);
    double sum = 0;
    for (double loss : outcome.losses) sum += loss;
    course.losses.push_back(sum / batch.weight);
    if (number == 1) course.gradients = chain.read(true);
  }
  return course;
}

Course course_on(const std::string& device) {
  use(device);
  auto model = small_gpt2();
  Chain chain(model, {static_cast<double>(model.layers)});
  return course(chain, model);
}

/// |a - b| / |b| over all parameters together.
double gradient_error(const Tensors& ours, const Tensors& expected) {
  double difference = 0, norm = 0;
  for (const auto& [name, value] : expected) {
    auto x = ours.at(name).to(at::kDouble), y = value.to(at::kDouble);
    difference += (x - y).square().sum().item<double>();
    norm += y.square().sum().item<double>();
  }
  return std::sqrt(difference / norm);
}

int compare(const Course& ours, const Course& expected, double bound) {
  double loss = 0;
  for (std::size_t i = 0; i < expected.losses.size(); ++i) {
    loss = std::max(loss, std::abs(ours.losses[i] - expected.losses[i]) / expected.losses[i]);
    std::printf("step %2zu  loss %.6f  expected %.6f\n", i + 1, ours.losses[i], expected.losses[i]);
  }
  auto gradient = gradient_error(ours.gradients, expected.gradients);
  bool good = loss <= bound && gradient <= bound;
  std::printf("result: gradients of step 1 differ by %.2e of their norm, losses of %lld steps by %.2e; at most %.0e is allowed: %s\n",
              gradient, static_cast<long long>(kSteps), loss, bound, good ? "good" : "BAD");
  return good ? 0 : 1;
}

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// A step whose numbers have come to the host: then all its work is done.
void train(Chain& chain, const RandomBatch& batch, int64_t number) {
  Step step{batch};
  step.number = number;
  Outcome outcome;
  chain.train(gpipe(1, 1), step, outcome);
}

Chain one_stage(const Shape& shape, Weights weights = Weights::trainable) {
  return Chain(shape.model, {static_cast<double>(shape.model.layers)}, weights);
}

int train_speed(const Shape& shape, int64_t steps) {
  auto chain = one_stage(shape);
  RandomBatch batch(shape.model, shape.rows, shape.length, 1);
  std::vector<double> seconds;
  for (int64_t number = 1; number <= steps + 2; ++number) {
    auto begin = std::chrono::steady_clock::now();
    train(chain, batch, number);
    if (number > 2) seconds.push_back(seconds_since(begin));
  }
  std::sort(seconds.begin(), seconds.end());
  auto median = seconds[seconds.size() / 2];
  std::printf("result: %.2f ms a step (median of %lld, %.2f to %.2f), %.0f tokens/s, %.2f GB held\n", 1e3 * median,
              static_cast<long long>(steps), 1e3 * seconds.front(), 1e3 * seconds.back(),
              static_cast<double>(shape.rows * shape.length) / median, static_cast<double>(chain.first().memory_bytes()) / 1e9);
  return 0;
}

int decode_speed(const Shape& shape, int64_t tokens) {
  auto chain = one_stage(shape, Weights::float32);
  for (int64_t prompts : {1, 8}) {
    auto length = std::min<int64_t>(shape.length / 4, 128);
    auto slots = chain.slots(0, prompts, length + tokens + 1);
    Ids all(static_cast<std::size_t>(prompts));
    std::iota(all.begin(), all.end(), 0);
    slots.extend(all, std::vector<Ids>(all.size(), Ids(static_cast<std::size_t>(length), 7)));
    const std::vector<Ids> next(all.size(), Ids{5});
    slots.extend(all, next);
    auto begin = std::chrono::steady_clock::now();
    for (int64_t i = 1; i < tokens; ++i) slots.extend(all, next);
    auto step = seconds_since(begin) / static_cast<double>(tokens - 1);
    std::printf("result: %lld prompt(s) of %lld tokens: %.3f ms a step, %.1f tokens/s\n", static_cast<long long>(prompts),
                static_cast<long long>(length), 1e3 * step, static_cast<double>(prompts) / step);
    slots.close();
  }
  return 0;
}

int profile(const Shape& shape) {
  using namespace torch::autograd::profiler;
  auto chain = one_stage(shape);
  RandomBatch batch(shape.model, shape.rows, shape.length, 1);
  for (int64_t number = 1; number <= 3; ++number) train(chain, batch, number);
  ProfilerConfig config(ProfilerState::KINETO);
  std::set<ActivityType> activities{ActivityType::CPU};
  if (at::Device(device()).is_cuda()) activities.insert(ActivityType::CUDA);
  prepareProfiler(config, activities);
  enableProfiler(config, activities);
  train(chain, batch, 4);
  auto result = disableProfiler();
  struct Total {
    double milliseconds = 0;
    int64_t calls = 0;
  };
  std::map<std::string, Total> totals;
  bool on_device = activities.count(ActivityType::CUDA) > 0;
  double all = 0;
  for (const auto& event : result->events())
    if ((event.deviceType() == c10::DeviceType::CUDA) == on_device) {
      auto& total = totals[event.name()];
      total.milliseconds += static_cast<double>(event.durationNs()) / 1e6;
      all += static_cast<double>(event.durationNs()) / 1e6;
      ++total.calls;
    }
  std::vector<std::pair<std::string, Total>> rows(totals.begin(), totals.end());
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.second.milliseconds > b.second.milliseconds; });
  for (std::size_t i = 0; i < std::min<std::size_t>(rows.size(), 25); ++i)
    std::printf("%9.3f ms %5lld calls  %.110s\n", rows[i].second.milliseconds, static_cast<long long>(rows[i].second.calls),
                rows[i].first.c_str());
  std::printf("result: %.2f ms in %zu kinds of %s\n", all, rows.size(), on_device ? "kernels" : "operators of the host");
  return 0;
}

int run(const std::vector<std::string>& words) {
  auto word = [&](std::size_t i) { return i < words.size() ? words[i] : std::string(); };
  auto what = word(0), name = word(1);
  if (name.rfind("sim", 0) == 0) sim::install();
  if (what == "steps") {
    bool tf32 = word(2) == "tf32";
    auto expected = course_on("cpu");
    set_tf32(tf32);
    return compare(course_on(name), expected, tf32 ? 1e-2 : 1e-4);
  }
  if (what == "split") {
    auto expected = course_on(name);
    auto model = small_gpt2();
    Chain chain(model, {model.layers / 2.0, model.layers / 2.0}, Weights::trainable, {name, word(2)});
    return compare(course(chain, model), expected, 1e-6);
  }
  use(name);
  auto shape = shape_of(word(2));
  set_tf32(word(3) == "tf32");
  auto count = word(4).empty() ? 10 : std::stoll(word(4));
  if (what == "train") return train_speed(shape, count);
  if (what == "decode") return decode_speed(shape, count);
  if (what == "profile") return profile(shape);
  throw std::invalid_argument("\"" + what + "\" is unknown; use steps, split, train, decode or profile");
}

}  // namespace

int main(int argc, char** argv) {
  int code = 2;
  auto error = check::thrown_by([&] { code = run({argv + 1, argv + argc}); });
  if (!error.empty()) std::printf("result: FAILED, %s\n", error.c_str());
  return code + (check::failures() > 0 ? 1 : 0);
}
