#include "device.h"

#include <ATen/ATen.h>
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>

#include <chrono>
#include <limits>

#include "cpu/blas.h"
#include "cpu/cpu_kernels.h"
#include "cpu/libtorch_loops.h"
#include "cpu/parallel.h"
#include "kernels.h"
#include "trireme/core.h"
#include "trireme/cuda_driver.h"

namespace trireme {
namespace {

/// Number of usable devices of a kind; 0 where libtorch was built without it or the machine has none.
int64_t count_of(at::DeviceType type) {
  return c10::impl::hasDeviceGuardImpl(type) ? c10::impl::getDeviceGuardImpl(type)->deviceCount() : 0;
}

at::Device parse(const std::string& name) {
  try {
    at::Device device(name);
    return device.is_cpu() || device.has_index() ? device : at::Device(device.type(), 0);
  } catch (const c10::Error&) {
    TORCH_CHECK_VALUE(false, "device \"", name, "\" is not a device; use cpu or cuda:N");
  }
}

}  // namespace

at::Device device_of(const std::string& name) {
  auto device = parse(name);
  auto count = device.is_cpu() ? 1 : count_of(device.type());
  TORCH_CHECK_VALUE(device.is_cpu() || device.index() < count, "device \"", name, "\" is not there: ", count, " device(s) of kind ",
                    c10::DeviceTypeName(device.type(), true), " can be used here; use cpu");
  return device;
}

bool device_available(const std::string& name) {
  auto device = parse(name);
  return device.is_cpu() || device.index() < count_of(device.type());
}

int64_t device_count(const std::string& kind) {
  try {
    auto type = at::Device(kind).type();
    return type == at::kCPU ? 1 : count_of(type);
  } catch (const c10::Error&) {
    return 0;  // a kind that some library adds, which is not loaded
  }
}

int64_t device_free_bytes(const std::string& name) {
  auto device = device_of(name);
  auto* allocator = dynamic_cast<c10::DeviceAllocator*>(c10::GetAllocator(device.type()));
  if (allocator == nullptr) {
    return -1;
  }
  // The driver first: asked by libtorch, it would set up the device for this process, which takes hundreds of megabytes of it.
  int64_t free = device.is_cuda() ? CudaDriver().free_bytes(device.index()) : -1;
  try {
    free = free >= 0 ? free : static_cast<int64_t>(allocator->getMemoryInfo(device.index()).first);
  } catch (const c10::Error&) {
    return -1;
  }
  if (allocator->initialized()) {  // what it keeps of freed tensors is there for the next
    auto stats = allocator->getDeviceStats(device.index());
    free += stats.reserved_bytes[0].current - stats.allocated_bytes[0].current;
  }
  return free;
}

void set_tf32(bool allowed) {
  at::globalContext().setAllowTF32CuBLAS(allowed);
  at::globalContext().setAllowTF32CuDNN(allowed);
}

void set_threads(int64_t count) {
  TORCH_CHECK_VALUE(count >= 1 && count <= 1024, "threads is ", count, " but must be between 1 and 1024");
  set_team_size(count);
  at::set_num_threads(static_cast<int>(count));
  set_blas_threads_to_one();  // our operators split a product themselves: the BLAS's own threads would fight theirs
}

std::string describe() {
  return at::show_config() + "vector kernels: " + instruction_set() + "\n";
}

std::string arithmetic() {
  return std::string(instruction_set()) + ", BLAS kernels " + blas_kernels();
}

namespace {

/// The best of some repetitions, each with the wait for what it left to the device.
template <typename Work>
double best_seconds(const at::Device& device, int64_t repetitions, const Work& work) {
  auto wait = [&] {
    if (!device.is_cpu()) c10::impl::getDeviceGuardImpl(device.type())->synchronizeDevice(device.index());
  };
  work();  // libraries choose their algorithm
  wait();
  double best = std::numeric_limits<double>::infinity();
  for (int64_t i = 0; i < repetitions; ++i) {
    auto begin = std::chrono::steady_clock::now();
    work();
    wait();
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  return best;
}

}  // namespace

double gemm_seconds(const std::string& name, int64_t rows, int64_t inner, int64_t columns, int64_t repetitions) {
  auto device = device_of(name);
  auto options = at::TensorOptions(device).dtype(at::kFloat);
  auto x = at::ones({rows, inner}, options), w = at::ones({columns, inner}, options), out = at::empty({rows, columns}, options);
  return best_seconds(device, repetitions, [&] { kernels_for(device).linear(x, w, out, false); });
}

double read_seconds(const std::string& name, int64_t bytes, int64_t repetitions) {
  auto device = device_of(name);
  auto x = at::ones({bytes / static_cast<int64_t>(sizeof(float))}, at::TensorOptions(device).dtype(at::kFloat));
  return best_seconds(device, repetitions, [&] {
    if (!device.is_cpu()) {
      x.sum();
      return;
    }
    in_pieces(x.numel(), kGrain, [&](int64_t begin, int64_t end) {
      LibtorchLoopsHere here;
      x.narrow(0, begin, end - begin).sum();
    });
  });
}

}  // namespace trireme
