#include "gradient_buckets.h"

#include <condition_variable>
#include <mutex>
#include <thread>

#include "reference_model.h"
#include "support.h"

using namespace trireme;
using namespace trireme::test;

namespace {

/// Replicas as threads of one process: an all-reduce waits for all ranks and sums in the order of ranks. Gloo itself has
/// no headers to build against; it runs in the Java tests.
struct Meeting {
  explicit Meeting(int ranks) : ranks(ranks), tensors(ranks) {}

  void sum(int rank, const at::Tensor& tensor) {
    std::unique_lock lock(mutex);
    tensors[rank] = tensor;
    auto mine = round;
    if (++arrived == ranks) {
      auto total = tensors[0].clone();
      for (int r = 1; r < ranks; ++r) total.add_(tensors[r]);
      for (auto& t : tensors) t.copy_(total);
      arrived = 0, ++round;
      changed.notify_all();
    } else {
      changed.wait(lock, [&] { return round != mine; });
    }
  }

  std::mutex mutex;
  std::condition_variable changed;
  int ranks, arrived = 0, round = 0;
  std::vector<at::Tensor> tensors;
};

struct DoneWork : c10d::Work {
  bool wait(std::chrono::milliseconds) override { return true; }
};

struct ThreadBackend : c10d::Backend {
  ThreadBackend(int rank, Meeting& meeting) : Backend(rank, meeting.ranks), meeting(meeting) {}
  c10::intrusive_ptr<c10d::Work> allreduce(std::vector<at::Tensor>& tensors, const c10d::AllreduceOptions&) override {
    counts.push_back(tensors[0].numel());
    meeting.sum(getRank(), tensors[0]);
    return c10::make_intrusive<DoneWork>();
  }
  Meeting& meeting;
  std::vector<int64_t> counts;
};

/// Trains `ranks` replicas for two steps, each on its own part of the batch. @return all gradients and weights of each
std::vector<Tensors> train_replicas(int ranks, Reduction reduction, std::vector<int64_t>* counts = nullptr) {
  auto model = tiny_model();
  Meeting meeting(ranks);
  std::vector<Tensors> results(ranks);
  std::vector<std::thread> threads;
  for (int rank = 0; rank < ranks; ++rank) {
    threads.emplace_back([&, rank] {
      auto backend = c10::make_intrusive<ThreadBackend>(rank, meeting);
      Stage stage(model, 0, model.layers, device());
      stage.initialize(3);
      stage.join(backend.get(), 16 << 10, reduction);
      for (int step = 1; step <= 2; ++step) {
        RandomBatch batch(model, 4, 16, step);
        auto rows = 4 / ranks;
        stage.begin(step, 1234, 1, batch.weight / ranks);
        batch.load(stage, 0, rank * rows, (rank + 1) * rows);
        stage.forward(0, Mode::train);
        stage.backward(0);
        stage.apply({}, 1e-3);
      }
      results[rank] = read_all(stage, true);
      for (auto& [name, value] : read_all(stage, false)) results[rank]["weight of " + name] = value;
      if (rank == 0 && counts) *counts = backend->counts;
    });
  }
  for (auto& thread : threads) thread.join();
  return results;
}

bool all_same_bits(const Tensors& a, const Tensors& b) {
  for (const auto& [name, value] : a)
    if (!same_bits(value, b.at(name))) return false;
  return a.size() == b.size();
}

}  // namespace

TEST("replicas stay identical to the bit") {
  auto results = train_replicas(2, Reduction::overlapped);
  CHECK(all_same_bits(results[0], results[1]));
}

TEST("buckets and overlap give the bits of the plain form") {
  auto plain = train_replicas(2, Reduction::per_parameter);
  CHECK(all_same_bits(plain[0], train_replicas(2, Reduction::buckets)[0]));
  CHECK(all_same_bits(plain[0], train_replicas(2, Reduction::overlapped)[0]));
}

TEST("two replicas take the step of one on the whole batch") {
  auto one = train_replicas(1, Reduction::overlapped)[0], two = train_replicas(2, Reduction::overlapped)[0];
  for (const auto& [name, value] : two) {
    if (name.find("c_attn.bias") != std::string::npos) continue;  // their true gradient is 0
    CHECK_BELOW(relative_error(value, one.at(name)), 1e-4);
  }
}

TEST("every gradient is reduced once in buckets of whole units") {
  std::vector<int64_t> counts;
  train_replicas(2, Reduction::overlapped, &counts);
  auto model = tiny_model();
  Stage stage(model, 0, model.layers, device());
  int64_t total = 0;
  for (std::size_t i = 0; i < counts.size() / 2; ++i) total += counts[i];
  int64_t least = 0;
  for (auto& [name, value] : read_all(stage, false)) least += value.numel();
  CHECK(counts.size() / 2 == 4);               // three blocks of about 28 KB (the first with the final norm), the embeddings
  CHECK(total >= least && total < least + 16 * stage.parameters());
}

TEST("the plan names the bounds that ranks must agree on") {
  Meeting meeting(1);
  auto backend = c10::make_intrusive<ThreadBackend>(0, meeting);
  auto model = tiny_model();
  Stage stage(model, 0, model.layers, device());
  CHECK(stage.reduction_plan() == "alone");
  stage.join(backend.get(), 16 << 10, Reduction::overlapped);
  CHECK(stage.reduction_plan().rfind("float32 buckets ", 0) == 0) << stage.reduction_plan();
}

int main(int argc, char** argv) { return check::run(argc, argv); }
