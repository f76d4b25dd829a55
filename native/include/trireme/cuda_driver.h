#pragma once
#include <cstdint>
#include <string>

namespace trireme {

/// What NVIDIA's driver tells of the GPUs of this machine. It is asked by itself, without libtorch's CUDA build, so that one learns why
/// that build cannot be used; and it holds no memory of a GPU, which libtorch's questions do.
///
/// Devices are numbered from 0 as in "cuda:N": CUDA_VISIBLE_DEVICES hides and orders them.
class CudaDriver {
 public:
  /// Loads libcuda.so.1 and, for what it alone knows, libnvidia-ml.so.1. Does not throw: see `problem`.
  CudaDriver();
  ~CudaDriver();
  CudaDriver(const CudaDriver&) = delete;
  CudaDriver& operator=(const CudaDriver&) = delete;

  /// Why no GPU can be used, in the words of the loader or the driver; empty when there is one.
  std::string problem() const;
  /// The newest CUDA that the driver runs, such as 13010 for 13.1; 0 without a driver.
  int64_t cuda_version() const;
  /// The driver's own number, such as 580.95.05; empty where it does not tell.
  std::string release() const;
  /// Number of devices.
  int64_t devices() const;
  std::string name(int64_t device) const;
  /// Compute capability, such as 90 for 9.0.
  int64_t capability(int64_t device) const;
  int64_t total_bytes(int64_t device) const;
  /// Bytes that no process holds; -1 where the driver does not tell.
  int64_t free_bytes(int64_t device) const;
  /// Whether a device reads and writes another's memory directly.
  bool reaches(int64_t device, int64_t other) const;
  /// Active NVLinks of a device; 0 where there are none or the driver does not tell.
  int64_t nvlinks(int64_t device) const;

 private:
  struct State;
  State* state_;
};

/// The version of the NCCL library in a file, such as 22907 for 2.29.7; 0 when the file cannot be loaded as one.
int64_t nccl_version(const std::string& file);

/// Sets how NCCL's process groups of this process, made afterwards, deal with a time-out or a lost peer: they abort the communicator, so
/// that what waits for it ends, and leave the process alone. By default they end it. What the environment says already stays.
void leave_process_to_us();

}  // namespace trireme
