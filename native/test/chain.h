#pragma once
#include <cmath>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <set>
#include <thread>
#include <tuple>
#include <vector>

#include "tiny_models.h"
#include "slots.h"

/// A model cut into stages, and what a pipeline does with them: tasks in some order, then the end of a step.
namespace trireme::test {

enum class Direction { forward, backward, input, weight };

struct Task {
  Direction direction;
  int64_t micro_batch;
};

using Tasks = std::vector<Task>;      // of one stage, in order
using Schedule = std::vector<Tasks>;  // of each stage

/// All forward, then all backward.
inline Schedule gpipe(int64_t stages, int64_t micro_batches) {
  Tasks tasks;
  for (auto direction : {Direction::forward, Direction::backward})
    for (int64_t i = 0; i < micro_batches; ++i) tasks.push_back({direction, i});
  return Schedule(stages, tasks);
}

/// As few forwards ahead of backward as keep all stages at work: p on the first, one on the last.
inline Schedule one_forward_one_backward(int64_t stages, int64_t micro_batches) {
  Schedule schedule(stages);
  for (int64_t stage = 0; stage < stages; ++stage) {
    int64_t ahead = std::min(micro_batches, stages - stage), next = 0;
    for (; next < ahead; ++next) schedule[stage].push_back({Direction::forward, next});
    for (int64_t i = 0; i < micro_batches; ++i) {
      schedule[stage].push_back({Direction::backward, i});
      if (next < micro_batches) schedule[stage].push_back({Direction::forward, next++});
    }
  }
  return schedule;
}

/// The same, but the first stage runs all forward passes before it takes a gradient: what it sends does not tell that gradients have come.
inline Schedule first_far_ahead(int64_t stages, int64_t micro_batches) {
  auto schedule = one_forward_one_backward(stages, micro_batches);
  schedule[0] = gpipe(1, micro_batches)[0];
  return schedule;
}

/// One forward, one backward, with weight gradients up to two micro-batches later.
inline Schedule late_weights(int64_t stages, int64_t micro_batches) {
  auto schedule = one_forward_one_backward(stages, micro_batches);
  for (auto& tasks : schedule) {
    Tasks split;
    int64_t weights = 0;
    for (const auto& task : tasks) {
      bool backward = task.direction == Direction::backward;
      split.push_back({backward ? Direction::input : Direction::forward, task.micro_batch});
      if (backward && task.micro_batch - weights == 2) split.push_back({Direction::weight, weights++});
    }
    for (; weights < micro_batches; ++weights) split.push_back({Direction::weight, weights});
    tasks = split;
  }
  return schedule;
}

/// How a step is run: which micro-batches, and what is kept of each.
struct Step {
  const RandomBatch& batch;
  int64_t number = 1;
  int64_t micro_batches = 1;
  std::function<Mode(int64_t micro_batch)> mode = [](int64_t) { return Mode::train; };
  Summation summation = Summation::sequence;
  int64_t replica = 0, replicas = 1;  // its part of the batch

  int64_t rows() const { return batch.ids.size(0) / (micro_batches * replicas); }
};

/// Everything that must not depend on the cut, the schedule, the mode or the number of threads.
struct Outcome {
  std::vector<double> losses, squares;
  Tensors gradients, weights;
};

class Chain {
 public:
  /// @param layers of each stage, in halves
  /// @param devices of each stage; all on the device of the tests if there are none
  Chain(const ModelConfig& model, const std::vector<double>& layers, Weights weights = Weights::trainable,
        const std::vector<std::string>& devices = {})
      : Chain(model, layers, weights, devices, random_values(whole(model))) {}

  /// @param values of all parameters, or none
  Chain(const ModelConfig& model, const std::vector<double>& layers, Weights weights, const std::vector<std::string>& devices,
        const Tensors& values)
      : vocabulary_(model.vocabulary) {
    int64_t first = 0;
    for (std::size_t i = 0; i < layers.size(); ++i) {
      auto end = first + static_cast<int64_t>(2 * layers[i]);
      auto where = devices.empty() ? device(static_cast<int64_t>(i)) : devices[i];
      stages_.emplace_back(model, first, end, i == 0, i + 1 == layers.size(), where, weights);
      first = end;
    }
    for (auto& stage : stages_)
      if (!values.empty()) write_all(stage, values);
  }

  int64_t size() const { return static_cast<int64_t>(stages_.size()); }
  Stage& at(int64_t stage) { return stages_[stage]; }
  Stage& first() { return stages_.front(); }
  Stage& last() { return stages_.back(); }

  void begin(const Step& step) {
    for (auto& stage : stages_)
      stage.begin(step.number, 1234, step.micro_batches, step.batch.weight / static_cast<double>(step.replicas), step.summation);
  }

  void run(int64_t stage, const Task& task, const Step& step) {
    auto& s = stages_[stage];
    auto i = task.micro_batch;
    switch (task.direction) {
      case Direction::forward: {
        auto row = (step.replica * step.micro_batches + i) * step.rows();
        step.batch.load(s, i, row, row + step.rows());
        if (stage > 0) s.take_input(i, stages_[stage - 1]);
        return s.forward(i, step.mode(i));
      }
      case Direction::backward: return s.backward(i);
      case Direction::input: return s.backward_input(i);
      case Direction::weight: return s.backward_weight(i);
    }
  }

  /// Runs each stage's tasks in order on this thread, each as soon as what it needs is done.
  void run(const Schedule& schedule, const Step& step) {
    std::vector<std::size_t> next(schedule.size());
    Done done(size());
    for (bool moved = true; moved;) {
      moved = false;
      for (int64_t stage = 0; stage < size(); ++stage)
        for (; next[stage] < schedule[stage].size() && done.ready(stage, schedule[stage][next[stage]]); ++next[stage], moved = true) {
          run(stage, schedule[stage][next[stage]], step);
          done.add(stage, schedule[stage][next[stage]]);
        }
    }
    for (int64_t stage = 0; stage < size(); ++stage) CHECK(next[stage] == schedule[stage].size()) << "stage " << stage << " is stuck";
  }

  /// The same with a thread for each stage.
  void run_on_threads(const Schedule& schedule, const Step& step) {
    std::mutex mutex;
    std::condition_variable changed;
    Done done(size());
    std::vector<std::thread> threads;
    for (int64_t stage = 0; stage < size(); ++stage)
      threads.emplace_back([&, stage] {
        for (const auto& task : schedule[stage]) {
          {
            std::unique_lock lock(mutex);
            changed.wait(lock, [&] { return done.ready(stage, task); });
          }
          run(stage, task, step);
          std::unique_lock lock(mutex);
          done.add(stage, task);
          changed.notify_all();
        }
      });
    for (auto& thread : threads) thread.join();
  }

  /// The gradients of all replicas, in both copies of a tied embedding, and their norms on all stages.
  void complete_gradients(const Step& step) {
    if (step.summation == Summation::sequence) first().add_tied_gradient(last());
    for (auto& stage : stages_) stage.wait_gradients();
    if (step.summation == Summation::tree) first().add_tied_gradient(last());
    last().take_tied_gradient(first());
    share_squares();
  }

  void share_squares() {
    for (auto& stage : stages_) stage.measure_gradients();
    for (int64_t i = 1; i < size(); ++i) at(i).take_squares(at(i - 1));
    for (int64_t i = 0; i + 1 < size(); ++i) at(i).take_squares(last());
  }

  /// Clips and updates.
  void apply(int64_t stage) {
    AdamWConfig config;
    config.clip_norm = 0.5;
    at(stage).update(config, 1e-3);
  }

  void apply() {
    for (int64_t i = 0; i < size(); ++i) apply(i);
  }

  /// Waits for the numbers of the step. Adds to losses and squares.
  void end_step(const Step& step, Outcome& outcome) {
    std::vector<double> losses(step.micro_batches), squares(last().gradient_parts());
    last().losses(0, step.micro_batches, losses.data());
    last().gradient_squares(squares.data());
    outcome.losses.insert(outcome.losses.end(), losses.begin(), losses.end());
    outcome.squares.insert(outcome.squares.end(), squares.begin(), squares.end());
    double sum = 0;
    for (auto square : squares) sum += square;
    for (auto& stage : stages_) stage.end_step(std::isfinite(sum));
  }

  void train(const Schedule& schedule, const Step& step, Outcome& outcome, bool threads = false) {
    begin(step);
    if (threads) run_on_threads(schedule, step);
    else run(schedule, step);
    complete_gradients(step);
    apply();
    end_step(step, outcome);
  }

  /// A cache on every stage.
  Slots slots(int64_t cache, int64_t count, int64_t capacity) {
    std::vector<Stage*> all;
    for (auto& stage : stages_) all.push_back(&stage);
    return Slots(all, vocabulary_, cache, count, capacity);
  }

  /// Of all stages; both copies of a tied embedding must be one.
  Tensors read(bool gradients) {
    Tensors all;
    for (const auto& stage : stages_)
      for (const auto& [name, value] : read_all(stage, gradients)) {
        auto [first, is_new] = all.emplace(name, value);
        CHECK(is_new || same_bits(first->second, value)) << name << " differs between its stages";
      }
    return all;
  }

 private:
  std::deque<Stage> stages_;
  int64_t vocabulary_;

  /// What has run, and so what can.
  class Done {
   public:
    explicit Done(int64_t stages) : stages_(stages) {}
    void add(int64_t stage, const Task& task) { done_.insert({stage, task.direction == Direction::forward, task.micro_batch}); }
    bool ready(int64_t stage, const Task& task) const {
      bool forward = task.direction == Direction::forward;
      auto needed = stage + (forward ? -1 : 1);
      return task.direction == Direction::weight || needed < 0 || needed == stages_ || done_.count({needed, forward, task.micro_batch}) > 0;
    }

   private:
    int64_t stages_;
    std::set<std::tuple<int64_t, bool, int64_t>> done_;
  };
};

/// The first of `ours`, by name, that has other bits than expected; empty if none has.
inline std::string first_difference(const Tensors& ours, const Tensors& expected) {
  for (const auto& [name, value] : expected)
    if (!same_bits(ours.at(name), value)) return name;
  return ours.size() == expected.size() ? "" : "their number";
}

inline void check_same(const Outcome& outcome, const Outcome& expected, const std::string& where) {
  CHECK(outcome.losses == expected.losses) << "with " << where;
  CHECK(outcome.squares == expected.squares) << "with " << where;
  auto gradient = first_difference(outcome.gradients, expected.gradients), weight = first_difference(outcome.weights, expected.weights);
  CHECK(gradient.empty()) << gradient << " with " << where;
  CHECK(weight.empty()) << weight << " with " << where;
}

}  // namespace trireme::test
