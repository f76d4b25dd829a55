#pragma once
#include <ATen/core/Tensor.h>
#include <torch/csrc/distributed/c10d/Backend.hpp>

#include <string>
#include <vector>

#include "streams.h"
#include "trireme/core.h"

namespace trireme {

/// Sums the flat gradients of a stage over its replicas.
///
///   gradients   | unit 0 | unit 1 | unit 2 | unit 3 |      units complete from left to right during backward
///   buckets     |      bucket 0   |     bucket 1    |      each starts its all-reduce when its last unit is complete
///
/// Bounds depend on the model only, and buckets start in the same order on every rank: the backends neither check sizes nor match
/// operations, so a difference between ranks would give wrong sums without an error (Li et al. 2020, "PyTorch Distributed", section 3.2).
class GradientBuckets {
 public:
  /// @param pieces where each parameter ends, for Reduction::per_parameter
  /// @param timeout how long the host waits for a device that waits for other replicas
  GradientBuckets(const at::Tensor& gradients, const std::vector<int64_t>& unit_ends, const std::vector<int64_t>& pieces,
                  c10d::Backend* backend, int64_t bucket_bytes, Reduction reduction,
                  std::chrono::milliseconds timeout = std::chrono::minutes(1));

  /// Called in order as backward completes each unit of the step's last micro-batch.
  void complete(int64_t unit);
  /// Waits until all sums are complete, the host on the CPU, the current stream on other devices. Its time is `waited_nanos`.
  void wait();
  /// For a host that waits for a device: fails when an all-reduce has, or when `since` was longer ago than the time-out; the backend is
  /// then aborted, so that the device comes to an end. A device itself would wait for a lost replica for ever.
  void watch(std::chrono::steady_clock::time_point since) const;
  /// Waits for started all-reduces and discards them, after a step was dropped.
  void drop();

  /// Sums a tensor over the replicas along a binary tree: the same bits on all of them, whatever their number.
  void sum_along_tree(at::Tensor& gradients) const;

  /// The bounds, as text.
  std::string plan() const;
  /// Of the last wait, when it has ended.
  int64_t waited_nanos() { return waited_.nanos(); }

 private:
  struct Bucket {
    int64_t last_unit;
    at::Tensor gradients;
  };
  void start(const Bucket& bucket);

  c10d::Backend* backend_;
  Reduction reduction_;
  std::vector<Bucket> buckets_;
  std::size_t started_ = 0;
  std::chrono::milliseconds timeout_;
  std::vector<c10::intrusive_ptr<c10d::Work>> pending_, awaited_;  // awaited_: by the stream, perhaps not yet done
  std::optional<DeviceStreams> streams_;
  WorkTimer waited_;
};

}  // namespace trireme
