#pragma once
#include <ATen/ATen.h>
#include <c10/core/CPUAllocator.h>
#include <c10/util/ThreadLocalDebugInfo.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <string>

#include "check.h"
#include "kernels.h"
#include "sim.h"

namespace trireme::test {

/// The device that the tests run on: that of TRIREME_DEVICE, or the CPU. sim:0 is one that is simulated (sim/sim.h).
inline std::string device() {
  const char* name = std::getenv("TRIREME_DEVICE");
  if (name && std::string(name).rfind("sim", 0) == 0) {
    sim::install();
    static const bool once = (sim::explain_faults(), true);
    (void)once;
  }
  return name ? name : "cpu";
}

/// The device of part `number` of what is spread over TRIREME_DEVICES devices of that kind, from number 0 on; without it all are on one.
inline std::string device(int64_t number) {
  const char* count = std::getenv("TRIREME_DEVICES");
  if (!count) return device();
  auto kind = device().substr(0, device().find(':'));
  return kind + ":" + std::to_string(number % std::atoi(count));
}

/// The loss that kernels compute; `logits` are left as they leave them.
inline double loss_of(const Kernels& kernels, at::Tensor& logits, const at::Tensor& targets, const at::Tensor& weights, double divisor,
                      bool gradient) {
  auto loss = at::zeros({}, logits.options().dtype(at::kDouble));
  kernels.cross_entropy(logits, targets, weights, divisor, gradient, loss);
  return loss.item<double>();
}

inline double squares_of(const Kernels& kernels, const at::Tensor& x) {
  auto squares = at::zeros({1}, x.options().dtype(at::kDouble));
  kernels.sums_of_squares({x}, 1, squares);
  return squares.item<double>();
}

/// |a - b| / |b|, in float64.
inline double relative_error(const at::Tensor& a, const at::Tensor& b) {
  auto x = a.cpu().to(at::kDouble), y = b.cpu().to(at::kDouble);
  return (x - y).norm().item<double>() / std::max(y.norm().item<double>(), 1e-30);
}

/// Whether two float32 tensors hold the same bits.
inline bool same_bits(const at::Tensor& a, const at::Tensor& b) {
  return a.cpu().view(at::kInt).equal(b.cpu().view(at::kInt));
}

/// Counts the tensor memory on the host that libtorch hands out to this thread while it stands.
class AllocationCount {
 public:
  AllocationCount() : guard_(c10::DebugInfoKind::PROFILER_STATE, count_) {}
  int64_t value() const { return count_->allocations; }
  void reset() { count_->allocations = 0; }

 private:
  struct Reporter : c10::MemoryReportingInfoBase {
    std::atomic<int64_t> allocations{0};
    void reportMemoryUsage(void*, int64_t size, size_t, size_t, c10::Device) override { allocations += size > 0; }
    bool memoryProfilingEnabled() const override { return true; }
  };
  std::shared_ptr<Reporter> count_ = std::make_shared<Reporter>();
  c10::DebugInfoGuard guard_;
};

}  // namespace trireme::test

#define CHECK_BELOW(value, bound) \
  if (double measured = (value); measured <= (bound)) { \
  } else check::Failure(__FILE__, __LINE__, #value " is") << measured << ", above " << (bound) << " "
