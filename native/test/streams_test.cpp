#include <numeric>

#include "chain.h"
#include "thread_backend.h"

/// What a step asks of the host and the streams of devices, counted by the simulator.
using namespace trireme;
using namespace trireme::test;

namespace {

/// A GPT-2 of 4 layers.
ModelConfig four_layers() {
  auto model = tiny_model();
  model.layers = 4;
  return model;
}

std::string on_sim(int64_t number) {
  sim::install();
  static const bool once = (sim::explain_faults(), true);
  (void)once;
  return "sim:" + std::to_string(number);
}

/// Stages of a model on devices of their own, or all on one.
struct Devices {
  std::vector<double> layers;
  int64_t count;

  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (std::size_t stage = 0; stage < layers.size(); ++stage) all.push_back(on_sim(static_cast<int64_t>(stage) % count));
    return all;
  }
};

const std::vector<Devices> kDevices{{{4}, 1}, {{2, 2}, 1}, {{2, 2}, 2}, {{1, 1, 1, 1}, 4}, {{0.5, 1, 2.5}, 3}};

std::string name(const Devices& d) {
  return std::to_string(d.layers.size()) + " stages on " + std::to_string(d.count) + " devices";
}

struct Steps {
  Chain chain;
  ModelConfig model;
  int64_t micro_batches, number = 0;
  Outcome outcome;

  Steps(const ModelConfig& model, const Devices& d, int64_t micro_batches)
      : chain(model, d.layers, Weights::trainable, d.names()), model(model), micro_batches(micro_batches) {}

  sim::Counters run(Schedule (*schedule)(int64_t, int64_t)) {
    RandomBatch batch(model, 3 * micro_batches, 16, ++number);
    auto before = sim::counters();
    chain.train(schedule(chain.size(), micro_batches), {batch, number, micro_batches}, outcome);
    return sim::counters() - before;
  }
};

}  // namespace

TEST("the host waits once per step, whatever the micro-batches, stages and devices") {
  for (auto schedule : {gpipe, one_forward_one_backward, late_weights})
    for (const auto& d : kDevices)
      for (int64_t micro_batches : {1, 4}) {
        Steps steps(four_layers(), d, micro_batches);
        steps.run(schedule);
        auto counts = steps.run(schedule);
        CHECK(counts.waits == 1 && counts.hidden_waits == 0)
            << counts.waits << " waits and " << counts.hidden_waits << " hidden with " << micro_batches << " micro-batches, " << name(d);
      }
}

TEST("a steady step takes no memory of devices or of pinned blocks") {
  for (const auto& model : tiny_models())
    for (const auto& d : kDevices) {
      auto config = model.config;
      config.layers = 4;
      Steps steps(config, d, 4);
      for (int i = 0; i < 3; ++i) steps.run(one_forward_one_backward);
      auto counts = steps.run(one_forward_one_backward);
      CHECK(counts.new_blocks == 0) << counts.new_blocks << " blocks by " << model.name << ", " << name(d);
    }
}

TEST("a micro-batch crosses to the devices once, and each boundary twice") {
  for (const auto& d : kDevices) {
    Steps steps(four_layers(), d, 4);
    steps.run(one_forward_one_backward);
    auto counts = steps.run(one_forward_one_backward);
    auto stages = static_cast<int64_t>(d.layers.size()), borders = d.count > 1 ? stages - 1 : 0;
    CHECK(counts.to_device == 4 * stages) << counts.to_device << " copies to devices, " << name(d);
    CHECK(counts.to_host == 1) << counts.to_host << " copies to the host, " << name(d);
    auto ends = d.count > 1 ? 2 + 2 * borders : 0;  // the tied gradient there and back, the norms
    CHECK(counts.between_devices == 2 * 4 * borders + ends) << counts.between_devices << " copies between devices, " << name(d);
  }
}

TEST("the times of tasks are those of the device, which runs them long after the host has issued them") {
  auto model = four_layers();
  Stage stage(model, 0, 4, on_sim(7));
  sim::Speeds speeds;
  speeds.launch_seconds = 0;
  speeds.kernel_seconds = 1e-3;
  sim::start_clock(speeds);
  RandomBatch batch(model, 2, 16, 1);
  stage.begin(1, 1, 2, batch.weight);
  std::vector<double> seconds;  // as the clock has them
  auto task = [&](const std::function<void()>& work) {
    sim::take_spans();
    work();
    double sum = 0;
    for (const auto& span : sim::take_spans()) sum += span.end - span.begin;
    seconds.push_back(sum);
  };
  for (int64_t i : {0, 1}) {
    batch.load(stage, i, i, i + 1);
    task([&] { stage.forward(i, Mode::train); });
    task([&] { stage.backward(i); });
  }
  auto issued = sim::host_seconds();
  double loss;
  stage.losses(0, 1, &loss);
  CHECK(stage.task_count() == 4);
  std::vector<int64_t> nanos(8);
  stage.task_nanos(nanos.data());
  sim::stop_clock();
  CHECK(issued == 0 && static_cast<double>(nanos[7]) > 1e8) << nanos[7] << " ns, issued in " << issued << " s";
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK_BELOW(std::abs(static_cast<double>(nanos[2 * i + 1] - nanos[2 * i]) / 1e9 - seconds[i]), 1e-6);
    CHECK(i == 0 || nanos[2 * i] >= nanos[2 * i - 1]);
  }
}

TEST("launches per layer and at a step's end are bounded") {
  struct Bound {
    const char* name;
    ModelConfig model;
    int64_t forward, backward;  // of a layer
  };
  auto per_layer = [](const ModelConfig& model, int64_t layers) {
    auto config = model;
    config.layers = layers;
    Stage stage(config, 0, layers, on_sim(0));
    RandomBatch batch(config, 2, 16, 1);
    std::vector<int64_t> launches;
    for (int step = 1; step <= 2; ++step) {
      launches.clear();
      auto from = sim::counters();
      auto mark = [&] {
        launches.push_back((sim::counters() - from).launches);
        from = sim::counters();
      };
      stage.begin(step, 1, 2, batch.weight);
      for (int64_t i : {0, 1}) {
        batch.load(stage, i, i, i + 1);
        mark();
        stage.forward(i, Mode::train);
        mark();
        stage.backward(i);
        mark();
      }
      stage.apply({}, 1e-3);
      mark();
    }
    return launches;
  };
  for (const auto& [name, model, forward, backward] : {Bound{"gpt2", tiny_model(), 22, 27}, Bound{"llama", tiny_llama(), 27, 38}}) {
    auto four = per_layer(model, 4), five = per_layer(model, 5);
    CHECK(five[4] - four[4] <= forward) << five[4] - four[4] << " forward, " << name;
    CHECK(five[5] - four[5] <= backward) << five[5] - four[5] << " backward, " << name;
    CHECK(four[3] == 1) << four[3] << " to load, " << name;
    CHECK(four[4] - 4 * forward <= 20) << four[4] << " forward, " << name;
    CHECK(four[6] <= 17) << four[6] << " to update, " << name;
    CHECK(five[6] == four[6]) << "an update depends on the number of layers, " << name;
    std::printf("       %s: load %ld, forward %ld + %ld a layer, backward %ld + %ld a layer, update %ld\n", name, long(four[3]),
                long(four[4] - 4 * (five[4] - four[4])), long(five[4] - four[4]), long(four[5] - 4 * (five[5] - four[5])),
                long(five[5] - four[5]), long(four[6]));
  }
}

TEST("on many devices the bits are those of one, however far the host runs ahead") {
  for (const auto& model : tiny_models()) {
    sim::stand_still(model.name != "gpt2");
    auto config = with_dropout(model.config, 0.1);
    config.layers = 4;
    Outcome expected;
    for (const auto& d : kDevices) {
      Steps steps(config, d, 4);
      for (auto schedule : {gpipe, one_forward_one_backward, first_far_ahead, late_weights}) steps.run(schedule);
      steps.outcome.weights = steps.chain.read(false);
      if (d.count == 1 && d.layers.size() == 1) expected = steps.outcome;
      check_same(steps.outcome, expected, model.name + ", " + name(d));
    }
  }
  sim::stand_still(false);
}

TEST("memory that a copy to another device still uses is not given away when a larger micro-batch takes its place") {
  Chain chain(four_layers(), {2, 2}, Weights::trainable, {on_sim(0), on_sim(1)});
  const std::vector<int64_t> rows{1, 1, 2, 1, 3, 1, 1};
  auto count = static_cast<int64_t>(rows.size());
  sim::stand_still(true);
  for (int step = 1; step <= 2; ++step) {
    RandomBatch batch(four_layers(), 10, 16, step);
    for (int64_t stage : {0, 1}) chain.at(stage).begin(step, 1, count, batch.weight);
    auto load = [&](Stage& stage, int64_t i) {
      auto begin = std::accumulate(rows.begin(), rows.begin() + i, int64_t{0});
      batch.load(stage, i, begin, begin + rows[i]);
    };
    for (int64_t i = 0; i < count; ++i) {  // the first stage runs ahead
      load(chain.first(), i);
      chain.first().forward(i, Mode::train);
    }
    for (int64_t i = 0; i < count; ++i) {
      load(chain.last(), i);
      chain.last().take_input(i, chain.first());
      chain.last().forward(i, Mode::train);
      chain.last().backward(i);
    }
    for (int64_t i = 0; i < count; ++i) chain.first().backward(i);
    Step end{batch};
    Outcome outcome;
    chain.complete_gradients(end);
    chain.apply();
    chain.end_step(end, outcome);
    CHECK(std::isfinite(outcome.losses[0]));
  }
  sim::stand_still(false);
}

TEST("stages that are closed in the middle of a step leave their memory to others when copies have ended") {
  RandomBatch batch(four_layers(), 8, 16, 1);
  Step step{batch, 1, 4};
  auto open = [&] {
    return std::make_unique<Chain>(four_layers(), std::vector<double>{2, 2}, Weights::trainable, std::vector{on_sim(0), on_sim(1)});
  };
  auto first = open(), second = open();
  sim::stand_still(true);
  for (auto* chain : {&first, &second}) {
    (*chain)->begin(step);
    for (int64_t i = 0; i < 4; ++i)
      for (int64_t stage : {0, 1}) (*chain)->run(stage, {Direction::forward, i}, step);
    for (int64_t i : {0, 1}) (*chain)->run(1, {Direction::backward, i}, step);
    chain->reset();
  }
  sim::stand_still(false);
}

TEST("a step that is not finite changes nothing on any device, and the next one counts as the first") {
  for (const auto& d : kDevices) {
    Steps good(four_layers(), d, 2), bad(four_layers(), d, 2);
    auto& last = bad.chain.last();
    std::vector<float> broken(24, INFINITY), whole(24);
    last.read_parameter(index_of(last, "ln_f.bias"), whole.data(), 24);
    last.write_parameter(index_of(last, "ln_f.bias"), 0, broken.data(), 24);
    auto before = bad.chain.first().checksum();
    bad.run(gpipe);
    CHECK(bad.chain.first().checksum() == before) << name(d);
    for (int64_t i = 0; i < bad.chain.size(); ++i) CHECK(bad.chain.at(i).updates() == 0) << name(d);
    last.write_parameter(index_of(last, "ln_f.bias"), 0, whole.data(), 24);
    bad.number = 0;
    bad.outcome = {};
    bad.run(gpipe);
    good.run(gpipe);
    bad.outcome.weights = bad.chain.read(false);
    good.outcome.weights = good.chain.read(false);
    check_same(bad.outcome, good.outcome, name(d));
  }
}

namespace {

/// A replica whose peers never come: its device waits, and nobody's host does.
struct LostPeers : c10d::Backend {
  LostPeers()
      : Backend(0, 2), stream(c10::impl::VirtualGuardImpl(c10::kPrivateUse1).getStreamFromGlobalPool(c10::Device("sim:6"), false)) {}

  struct Work : c10d::Work {
    explicit Work(LostPeers& backend) : backend(backend) {}
    bool wait(std::chrono::milliseconds) override {
      backend.end.block(streams_of(c10::Device("sim:6"))->compute);
      return true;
    }
    std::exception_ptr exception() const override { return backend.failure; }
    LostPeers& backend;
  };

  c10::intrusive_ptr<c10d::Work> allreduce(std::vector<at::Tensor>& tensors, const c10d::AllreduceOptions&) override {
    sim::close_stream(stream, true);
    begin.record(streams_of(c10::Device("sim:6"))->compute);
    begin.block(stream);
    sim::issue(stream, "collective", tensors, tensors, 0, [](const auto&, const auto&) {});
    end.record(stream);
    return c10::make_intrusive<Work>(*this);
  }
  void abort() override {
    aborted = true;
    sim::close_stream(stream, false);
    TORCH_CHECK(!failure, "a communicator that is broken");
  }

  c10::Stream stream;
  Event begin, end;
  std::exception_ptr failure;
  bool aborted = false;
};

}  // namespace

TEST("replicas that are lost end the waiting: by the time-out, or by what the backend says of them") {
  auto model = four_layers();
  for (bool tells : {false, true}) {
    on_sim(6);
    auto backend = c10::make_intrusive<LostPeers>();
    if (tells) backend->failure = std::make_exception_ptr(std::runtime_error("remote process exited"));
    Stage stage(model, 0, 4, on_sim(6));
    stage.initialize(1);
    stage.join(backend.get(), 1 << 20, Reduction::overlapped, tells ? 600000 : 100);
    RandomBatch batch(model, 2, 16, 1);
    stage.begin(1, 1, 1, batch.weight);
    batch.load(stage, 0, 0, 2);
    stage.forward(0, Mode::train);
    stage.backward(0);
    CHECK_THROWS(stage.apply({}, 1e-3), tells ? "remote process exited" : "all-reduce of gradients timed out after 100 ms");
    CHECK(backend->aborted);
    stage.drop_micro_batches();  // the process goes on, and the stage can be closed
    stage.synchronize();
  }
}

TEST("a device that is too small says so, and what was there goes on") {
  auto model = four_layers();
  Stage stage(model, 0, 4, on_sim(5));
  stage.initialize(1);
  auto before = stage.checksum();
  sim::set_memory(5, sim::memory_in_use(5) + 4096);
  RandomBatch batch(model, 2, 16, 1);
  CHECK_THROWS(forward_backward(stage, batch, 1), "out of memory");
  sim::set_memory(5, int64_t{8} << 30);
  stage.drop_micro_batches();
  CHECK(std::isfinite(forward_backward(stage, batch, 1)));
  CHECK(stage.checksum() == before);
}

int main(int argc, char** argv) {
  return check::run(argc, argv);
}
