#pragma once
#include <ATen/ATen.h>
#include <c10/core/CPUAllocator.h>
#include <c10/util/ThreadLocalDebugInfo.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <string>

#include "check.h"
#include "sim.h"

namespace trireme::test {

/// The device that the tests run on: that of TRIREME_DEVICE, or the CPU. sim:0 is one that is simulated (sim/sim.h).
inline std::string device() {
  const char* name = std::getenv("TRIREME_DEVICE");
  if (name && std::string(name).rfind("sim", 0) == 0) sim::install();
  return name ? name : "cpu";
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
