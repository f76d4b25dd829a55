#pragma once
#include <torch/csrc/distributed/c10d/Backend.hpp>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "stream_meeting.h"

/// Replicas as threads of one process. Gloo itself has no headers to build against; it runs in the Java tests.
namespace trireme::test {

/// The sum of the ranks' tensors, in their order, into each of the outputs.
inline void sum_up(const std::vector<at::Tensor>& inputs, const std::vector<at::Tensor>& outputs) {
  auto total = inputs[0].clone();
  for (std::size_t r = 1; r < inputs.size(); ++r) total.add_(inputs[r]);
  for (const auto& output : outputs) output.copy_(total);
}

/// All tensors to each rank: outputs are those of the first rank, then those of the second.
inline void hand_out(const std::vector<at::Tensor>& inputs, const std::vector<at::Tensor>& outputs) {
  for (std::size_t i = 0; i < outputs.size(); ++i) outputs[i].copy_(inputs[i % inputs.size()]);
}

/// Where all ranks come together for each collective.
class Meeting {
 public:
  explicit Meeting(int ranks) : streams(ranks), ranks_(ranks), inputs_(ranks), outputs_(ranks) {}

  int ranks() const { return ranks_; }

  /// The last to arrive does the work of all.
  void meet(int rank, const at::Tensor& input, const std::vector<at::Tensor>& output, const StreamMeeting::Work& work) {
    std::unique_lock lock(mutex_);
    inputs_[rank] = input;
    outputs_[rank] = output;
    auto mine = round_;
    if (++arrived_ == ranks_) {
      std::vector<at::Tensor> all;
      for (const auto& one : outputs_) all.insert(all.end(), one.begin(), one.end());
      work(inputs_, all);
      arrived_ = 0;
      ++round_;
      changed_.notify_all();
    } else {
      changed_.wait(lock, [&] { return round_ != mine; });
    }
  }

  StreamMeeting streams;  // of ranks on devices that have some

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int ranks_, arrived_ = 0, round_ = 0;
  std::vector<at::Tensor> inputs_;
  std::vector<std::vector<at::Tensor>> outputs_;
};

class ThreadBackend : public c10d::Backend {
 public:
  ThreadBackend(int rank, Meeting& meeting) : Backend(rank, meeting.ranks()), meeting_(meeting) {}

  c10::intrusive_ptr<c10d::Work> allreduce(std::vector<at::Tensor>& tensors, const c10d::AllreduceOptions&) override {
    counts.push_back(tensors[0].numel());
    return start(tensors[0], tensors, sum_up);
  }

  c10::intrusive_ptr<c10d::Work> allgather(std::vector<std::vector<at::Tensor>>& outputs, std::vector<at::Tensor>& inputs,
                                           const c10d::AllgatherOptions&) override {
    return start(inputs[0], outputs[0], hand_out);
  }

  std::vector<int64_t> counts;  // of all-reduced tensors

 private:
  struct DoneWork : c10d::Work {
    bool wait(std::chrono::milliseconds) override { return true; }
  };

  struct StreamWork : c10d::Work {
    StreamWork(StreamMeeting& meeting, std::shared_ptr<StreamMeeting::Round> round, const c10::Device& device)
        : meeting(meeting), round(std::move(round)), device(device) {}
    bool wait(std::chrono::milliseconds) override {
      meeting.wait(*round, c10::impl::VirtualGuardImpl(device.type()).getStream(device));
      return true;
    }
    StreamMeeting& meeting;
    std::shared_ptr<StreamMeeting::Round> round;
    c10::Device device;
  };

  c10::intrusive_ptr<c10d::Work> start(const at::Tensor& input, const std::vector<at::Tensor>& outputs, const StreamMeeting::Work& work) {
    auto device = input.device();
    if (!streams_of(device)) {
      meeting_.meet(getRank(), input, outputs, work);
      return c10::make_intrusive<DoneWork>();
    }
    if (!stream_) stream_ = c10::impl::VirtualGuardImpl(device.type()).getStreamFromGlobalPool(device, false);
    auto round = meeting_.streams.join(getRank(), *stream_, {input}, outputs, work);
    return c10::make_intrusive<StreamWork>(meeting_.streams, round, device);
  }

  Meeting& meeting_;
  std::optional<c10::Stream> stream_;
};

/// Runs each rank on a thread of its own. @return when all have ended
inline void on_ranks(int ranks, const std::function<void(int rank)>& work) {
  std::vector<std::thread> threads;
  for (int rank = 0; rank < ranks; ++rank) threads.emplace_back(work, rank);
  for (auto& thread : threads) thread.join();
}

}  // namespace trireme::test
