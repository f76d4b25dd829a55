#pragma once
#include <torch/csrc/distributed/c10d/Backend.hpp>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

/// Replicas as threads of one process. Gloo itself has no headers to build against; it runs in the Java tests.
namespace trireme::test {

/// Where all ranks come together for each collective.
class Meeting {
 public:
  explicit Meeting(int ranks) : ranks_(ranks), inputs_(ranks), outputs_(ranks) {}

  int ranks() const { return ranks_; }

  /// Sums in the order of ranks.
  void sum(int rank, const at::Tensor& tensor) {
    meet(rank, tensor, {tensor}, [this] {
      auto total = inputs_[0].clone();
      for (int r = 1; r < ranks_; ++r) total.add_(inputs_[r]);
      for (auto& output : outputs_) output[0].copy_(total);
    });
  }

  void gather(int rank, const at::Tensor& tensor, const std::vector<at::Tensor>& all) {
    meet(rank, tensor, all, [this] {
      for (auto& output : outputs_)
        for (int r = 0; r < ranks_; ++r) output[r].copy_(inputs_[r]);
    });
  }

 private:
  /// The last to arrive does the work of all.
  void meet(int rank, const at::Tensor& input, std::vector<at::Tensor> output, const std::function<void()>& work) {
    std::unique_lock lock(mutex_);
    inputs_[rank] = input;
    outputs_[rank] = std::move(output);
    auto mine = round_;
    if (++arrived_ == ranks_) {
      work();
      arrived_ = 0;
      ++round_;
      changed_.notify_all();
    } else {
      changed_.wait(lock, [&] { return round_ != mine; });
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  int ranks_, arrived_ = 0, round_ = 0;
  std::vector<at::Tensor> inputs_;
  std::vector<std::vector<at::Tensor>> outputs_;
};

struct ThreadBackend : c10d::Backend {
  ThreadBackend(int rank, Meeting& meeting) : Backend(rank, meeting.ranks()), meeting(meeting) {}

  c10::intrusive_ptr<c10d::Work> allreduce(std::vector<at::Tensor>& tensors, const c10d::AllreduceOptions&) override {
    counts.push_back(tensors[0].numel());
    meeting.sum(getRank(), tensors[0]);
    return c10::make_intrusive<DoneWork>();
  }

  c10::intrusive_ptr<c10d::Work> allgather(std::vector<std::vector<at::Tensor>>& outputs, std::vector<at::Tensor>& inputs,
                                           const c10d::AllgatherOptions&) override {
    meeting.gather(getRank(), inputs[0], outputs[0]);
    return c10::make_intrusive<DoneWork>();
  }

  Meeting& meeting;
  std::vector<int64_t> counts;  // of all-reduced tensors

 private:
  struct DoneWork : c10d::Work {
    bool wait(std::chrono::milliseconds) override { return true; }
  };
};

/// Runs each rank on a thread of its own. @return when all have ended
inline void on_ranks(int ranks, const std::function<void(int rank)>& work) {
  std::vector<std::thread> threads;
  for (int rank = 0; rank < ranks; ++rank) threads.emplace_back(work, rank);
  for (auto& thread : threads) thread.join();
}

}  // namespace trireme::test
