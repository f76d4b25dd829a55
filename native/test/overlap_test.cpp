#include <fstream>
#include <sstream>

#include "chain.h"
#include "thread_backend.h"

/// Copies and all-reduces beside computing, on the simulator's clock: a step of GPT-2 on 2 replicas of 4 stages, against the soonest
/// that its dependencies allow.
using namespace trireme;
using namespace trireme::test;

namespace {

const int64_t kStages = 4, kMicroBatches = 8, kRows = 4, kLength = 1024;
const int kReplicas = 2;

/// The shape of GPT-2 small as published.
ModelConfig gpt2() {
  auto m = tiny_model();
  m.layers = 12;
  m.heads = m.kv_heads = 12;
  m.hidden = 768;
  m.head_width = 64;
  m.intermediate = 3072;
  m.vocabulary = 50257;
  m.positions = kLength;
  return m;
}

/// As Java prints it (`trireme schedule --text`); a test of Java's says that the file is what training follows.
Schedule read_schedule(const std::string& file) {
  std::ifstream in(file);
  Schedule schedule;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream words(line);
    Tasks tasks;
    for (std::string word; words >> word;)
      tasks.push_back({word[0] == 'F' ? Direction::forward : Direction::backward, std::stoll(word.substr(1))});
    schedule.push_back(tasks);
  }
  CHECK(schedule.size() == kStages) << file << " has " << schedule.size() << " stages";
  return schedule;
}

/// What a task put on the streams: seconds of computing, in pieces between its all-reduces, and of each of those.
struct Work {
  std::vector<double> computing{0};
  std::vector<double> reducing;
  double copying = 0;

  double seconds() const {
    double sum = 0;
    for (auto piece : computing) sum += piece;
    return sum;
  }
};

/// What was issued since the last call, for the device of the stage.
Work take_work(int64_t device) {
  Work work;
  auto compute = streams_of(c10::Device(c10::kPrivateUse1, static_cast<c10::DeviceIndex>(device)))->compute.id();
  for (const auto& span : sim::take_spans()) {
    auto seconds = span.end - span.begin;
    if (span.name == "collective") {
      work.reducing.push_back(seconds);
      work.computing.push_back(0);
    } else if (span.name == "copy between devices") {
      work.copying += seconds;
    } else if (span.device == device && span.stream == compute) {
      work.computing.back() += seconds;
    }
  }
  return work;
}

/// A step as it was measured: its end, the time that all communication took, and the work of each task of the last replica, which comes
/// last to each all-reduce and so issues it.
struct Measured {
  double end = 0, communication = 0;
  std::vector<std::vector<std::pair<Task, Work>>> tasks{static_cast<std::size_t>(kStages)};
  double tied_copy = 0, tied_add = 0, tied_reduce = 0, tied_back = 0, update = 0;
};

class Run {
 public:
  explicit Run(Reduction reduction) {
    sim::install();
    sim::start_clock({});
    for (int replica = 0; replica < kReplicas; ++replica) {
      std::vector<std::string> devices;
      for (int64_t stage = 0; stage < kStages; ++stage) devices.push_back("sim:" + std::to_string(replica * kStages + stage));
      chains_.emplace_back(gpt2(), std::vector<double>(kStages, 3), Weights::trainable, devices, Tensors());
    }
    for (int64_t stage = 0; stage < kStages; ++stage) meetings_.emplace_back(kReplicas);
    for (int replica = 0; replica < kReplicas; ++replica)
      for (int64_t stage = 0; stage < kStages; ++stage) {
        backends_.push_back(c10::make_intrusive<ThreadBackend>(replica, meetings_[stage]));
        chains_[replica].at(stage).join(backends_.back().get(), 4 << 20, reduction);
      }
  }
  ~Run() { sim::stop_clock(); }

  Measured step(int64_t number) {
    RandomBatch batch(gpt2(), kRows * kMicroBatches * kReplicas, kLength, number);
    measured_ = {};
    std::deque<Step> steps;
    for (int r = 0; r < kReplicas; ++r)
      steps.push_back({batch, number, kMicroBatches, [](int64_t) { return Mode::train; }, Summation::sequence, r, kReplicas});
    sim::take_spans();
    for (auto& chain : chains_)
      for (int64_t i = 0; i < kStages; ++i) chain.at(i).synchronize();
    auto begin = sim::host_seconds();
    for (int r = 0; r < kReplicas; ++r) chains_[r].begin(steps[r]);
    run_tasks(steps, begin);
    finish();
    for (int r = 0; r < kReplicas; ++r) {
      Outcome outcome;
      chains_[r].end_step(steps[r], outcome);
    }
    measured_.end = sim::host_seconds() - begin;
    return measured_;
  }

 private:
  std::deque<Chain> chains_;
  std::deque<Meeting> meetings_;
  std::vector<c10::intrusive_ptr<ThreadBackend>> backends_;
  Measured measured_;
  Schedule schedule_ = read_schedule(TRIREME_SCHEDULES "/1f1b-4x8.txt");

  Work taken(int replica, int64_t stage) {
    auto work = take_work(replica * kStages + stage);
    measured_.communication += work.copying;
    for (auto seconds : work.reducing) measured_.communication += kReplicas * seconds;  // each of the devices takes part
    return work;
  }

  /// Each stage's worker is a host with a clock of its own, which begins a task when the tasks that it needs were issued.
  void run_tasks(const std::deque<Step>& steps, double begin) {
    const auto& schedule = schedule_;
    std::vector<std::vector<double>> host(kReplicas, std::vector<double>(kStages, begin));
    std::vector<std::vector<std::size_t>> next(kReplicas, std::vector<std::size_t>(kStages));
    std::map<std::tuple<int, int64_t, bool, int64_t>, double> issued;
    for (bool moved = true; moved;) {
      moved = false;
      for (int64_t stage = 0; stage < kStages; ++stage)
        for (int r = 0; r < kReplicas; ++r) {
          if (next[r][stage] == schedule[stage].size()) continue;
          const auto& task = schedule[stage][next[r][stage]];
          bool forward = task.direction == Direction::forward;
          auto needed = stage + (forward ? -1 : 1);
          auto after = issued.find({r, needed, forward, task.micro_batch});
          if (needed >= 0 && needed < kStages && after == issued.end()) continue;
          sim::set_host_seconds(after == issued.end() ? host[r][stage] : std::max(host[r][stage], after->second));
          chains_[r].run(stage, task, steps[r]);
          host[r][stage] = issued[{r, stage, forward, task.micro_batch}] = sim::host_seconds();
          auto work = taken(r, stage);
          if (r + 1 == kReplicas) measured_.tasks[stage].emplace_back(task, work);
          ++next[r][stage];
          moved = true;
        }
    }
    double last = 0;
    for (const auto& replica : host)
      for (auto seconds : replica) last = std::max(last, seconds);
    sim::set_host_seconds(last);
  }

  /// The end of the step, by a host for the devices of each replica.
  void finish() {
    std::map<int, double> devices;  // seconds of norm and update, which all do at once
    auto now = sim::host_seconds();
    for (int r = 0; r < kReplicas; ++r) {
      sim::set_host_seconds(now);
      chains_[r].first().add_tied_gradient(chains_[r].last());
      auto work = taken(r, 0);
      measured_.tied_copy = work.copying;
      measured_.tied_add = work.seconds();
      measured_.tied_reduce = work.reducing.empty() ? 0 : work.reducing[0];
    }
    on_ranks(kReplicas, [&](int r) {  // an all-reduce that was not begun needs all ranks
      sim::set_host_seconds(now);
      for (int64_t stage = 0; stage < kStages; ++stage) chains_[r].at(stage).wait_gradients();
    });
    taken(0, 0);
    double last = now;
    for (auto& chain : chains_) {
      sim::set_host_seconds(now);
      chain.last().take_tied_gradient(chain.first());
      measured_.tied_back = taken(0, kStages - 1).copying;
      chain.share_squares();
      auto shared = sim::host_seconds();
      for (int64_t stage = 0; stage < kStages; ++stage) {  // each by its worker
        sim::set_host_seconds(shared);
        chain.apply(stage);
        last = std::max(last, sim::host_seconds());
      }
    }
    sim::set_host_seconds(last);
    for (const auto& span : sim::take_spans()) devices[span.device] += span.end - span.begin;
    for (auto [device, seconds] : devices) measured_.update = std::max(measured_.update, seconds);
  }
};

/// When the step could end if every copy began as soon as what it copies is there, and every all-reduce as soon as its bucket is, in
/// their order, and neither ever held up computing.
double soonest_end(const Measured& m) {
  std::vector<std::size_t> next(kStages);
  std::vector<double> free(kStages), reduced(kStages);
  std::map<std::tuple<int64_t, bool, int64_t>, double> arrived;
  for (bool moved = true; moved;) {
    moved = false;
    for (int64_t stage = 0; stage < kStages; ++stage) {
      if (next[stage] == m.tasks[stage].size()) continue;
      const auto& [task, work] = m.tasks[stage][next[stage]];
      bool forward = task.direction == Direction::forward, depends = forward ? stage > 0 : stage + 1 < kStages;
      auto after = arrived.find({stage, forward, task.micro_batch});
      if (depends && after == arrived.end()) continue;
      auto now = depends ? std::max(free[stage], after->second) : free[stage];
      for (std::size_t i = 0; i < work.computing.size(); ++i) {
        now += work.computing[i];
        if (i < work.reducing.size()) reduced[stage] = std::max(reduced[stage], now) + work.reducing[i];
      }
      free[stage] = now;
      double copy = static_cast<double>(kRows * kLength * 768 * 4) / sim::speeds().link;
      arrived[{stage + (forward ? 1 : -1), forward, task.micro_batch}] = now + copy;
      ++next[stage];
      moved = true;
    }
  }
  auto tied = std::max(free[0], free[kStages - 1] + m.tied_copy) + m.tied_add;
  auto end = std::max(reduced[0], tied) + m.tied_reduce + m.tied_back;
  for (int64_t stage = 0; stage < kStages; ++stage) end = std::max({end, free[stage], reduced[stage]});
  return end;
}

}  // namespace

TEST("copies and all-reduces are hidden behind computing where dependencies allow it") {
  auto share = [](Reduction reduction) {
    Run run(reduction);
    run.step(1);
    auto m = run.step(2);
    auto soonest = soonest_end(m) + m.update;
    auto late = kStages * kReplicas * (m.end - soonest);
    std::printf("       step %.2f ms, soonest %.2f ms, communication %.2f ms on all devices, late %.2f ms on all\n", 1e3 * m.end,
                1e3 * soonest, 1e3 * m.communication, 1e3 * late);
    return 1 - late / m.communication;
  };
  auto overlapped = share(Reduction::overlapped), after = share(Reduction::buckets);
  std::printf("       hidden %.1f %% where dependencies allow it; %.1f %% with all-reduces after backward\n", 100 * overlapped,
              100 * after);
  CHECK(overlapped >= 0.9) << overlapped;
  CHECK(after < overlapped) << "nothing is measured";
}

int main(int argc, char** argv) {
  return check::run(argc, argv);
}
