#include "trireme/cuda_driver.h"

#include <dlfcn.h>

#include <array>
#include <cstddef>
#include <cstdlib>

namespace trireme {
namespace {

// Of CUDA's and NVML's documented interfaces; no header of theirs is needed to build.
constexpr int kSuccess = 0;
constexpr int kCapabilityMajor = 75, kCapabilityMinor = 76;  // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_*
constexpr unsigned kMostNvLinks = 18;                          // NVML_NVLINK_MAX_LINKS
constexpr size_t kTextLength = 256;

struct NvmlMemory {
  unsigned long long total, free, used;
};

class Library {
 public:
  explicit Library(const char* file) : handle_(dlopen(file, RTLD_NOW | RTLD_LOCAL)) {
    if (handle_ == nullptr) {
      const char* text = dlerror();
      problem_ = text == nullptr ? std::string(file) + " cannot be loaded" : text;
    }
  }

  const std::string& problem() const { return problem_; }

  /// Calls a function that returns a code, if the library has it. @return whether it did and the code says success
  template <typename... Arguments>
  bool call(const char* name, Arguments... arguments) const {
    return code(name, arguments...) == kSuccess;
  }

  template <typename... Arguments>
  int code(const char* name, Arguments... arguments) const {
    auto* function = handle_ == nullptr ? nullptr : dlsym(handle_, name);
    return function == nullptr ? -1 : reinterpret_cast<int (*)(Arguments...)>(function)(arguments...);
  }

 private:
  void* handle_;  // never closed: a driver stays until the process ends
  std::string problem_;
};

using Text = std::array<char, kTextLength>;

}  // namespace

struct CudaDriver::State {
  Library driver{"libcuda.so.1"}, management{"libnvidia-ml.so.1"};
  std::string problem = driver.problem();
  int version = 0, devices = 0;

  State() {
    if (!problem.empty()) {
      return;
    }
    driver.call("cuDriverGetVersion", &version);
    int code = driver.code("cuInit", 0U);
    if (code == kSuccess) {
      code = driver.code("cuDeviceGetCount", &devices);
    }
    if (code != kSuccess) {
      const char* text = nullptr;
      driver.call("cuGetErrorString", code, &text);
      problem = "the driver says: " + (text == nullptr ? "error " + std::to_string(code) : std::string(text));
    } else if (devices == 0) {
      problem = "the driver lists no GPU";
    }
    management.call("nvmlInit_v2");
  }

  int attribute(int which, int64_t device) const {
    int value = 0;
    driver.call("cuDeviceGetAttribute", &value, which, static_cast<int>(device));
    return value;
  }

  /// NVML's handle, by the bus: its own numbers do not know CUDA_VISIBLE_DEVICES.
  void* managed(int64_t device) const {
    Text bus{};
    void* handle = nullptr;
    bool known = driver.call("cuDeviceGetPCIBusId", bus.data(), static_cast<int>(bus.size()), static_cast<int>(device)) &&
                 management.call("nvmlDeviceGetHandleByPciBusId_v2", static_cast<const char*>(bus.data()), &handle);
    return known ? handle : nullptr;
  }
};

CudaDriver::CudaDriver() : state_(new State) {}

CudaDriver::~CudaDriver() {
  delete state_;
}

std::string CudaDriver::problem() const {
  return state_->problem;
}

int64_t CudaDriver::cuda_version() const {
  return state_->version;
}

std::string CudaDriver::release() const {
  Text text{};
  return state_->management.call("nvmlSystemGetDriverVersion", text.data(), static_cast<unsigned>(text.size())) ? text.data() : "";
}

int64_t CudaDriver::devices() const {
  return state_->devices;
}

std::string CudaDriver::name(int64_t device) const {
  Text text{};
  state_->driver.call("cuDeviceGetName", text.data(), static_cast<int>(text.size()), static_cast<int>(device));
  return text.data();
}

int64_t CudaDriver::capability(int64_t device) const {
  return 10 * state_->attribute(kCapabilityMajor, device) + state_->attribute(kCapabilityMinor, device);
}

int64_t CudaDriver::total_bytes(int64_t device) const {
  size_t bytes = 0;
  state_->driver.call("cuDeviceTotalMem_v2", &bytes, static_cast<int>(device));
  return static_cast<int64_t>(bytes);
}

int64_t CudaDriver::free_bytes(int64_t device) const {
  NvmlMemory memory{};
  auto* handle = state_->managed(device);
  return handle != nullptr && state_->management.call("nvmlDeviceGetMemoryInfo", handle, &memory) ? static_cast<int64_t>(memory.free) : -1;
}

bool CudaDriver::reaches(int64_t device, int64_t other) const {
  int reaches = 0;
  return state_->driver.call("cuDeviceCanAccessPeer", &reaches, static_cast<int>(device), static_cast<int>(other)) && reaches != 0;
}

int64_t CudaDriver::nvlinks(int64_t device) const {
  auto* handle = state_->managed(device);
  int64_t links = 0;
  for (unsigned link = 0; handle != nullptr && link < kMostNvLinks; ++link) {
    int active = 0;
    links += state_->management.call("nvmlDeviceGetNvLinkState", handle, link, &active) && active != 0 ? 1 : 0;
  }
  return links;
}

int64_t nccl_version(const std::string& file) {
  int version = 0;
  return Library(file.c_str()).call("ncclGetVersion", &version) ? version : 0;
}

void leave_process_to_us() {
  constexpr int keep = 0;
  setenv("TORCH_NCCL_ASYNC_ERROR_HANDLING", "2", keep);  // CleanUpOnly
  setenv("TORCH_NCCL_RETHROW_CUDA_ERRORS", "0", keep);   // its watchdog's exceptions reach nobody
  setenv("TORCH_NCCL_ENABLE_MONITORING", "0", keep);     // ends a process whose watchdog is stuck
  setenv("TORCH_NCCL_DUMP_ON_TIMEOUT", "0", keep);
}

}  // namespace trireme
