#pragma once
#include <ATen/Parallel.h>
#include <omp.h>

namespace trireme {

/// Runs libtorch's loops on the calling thread while the object lives. OpenMP's threads spin for milliseconds after a loop, on cores that
/// the thread team needs; between Trireme's operators libtorch only copies.
class LibtorchLoopsHere {
 public:
  LibtorchLoopsHere() : before_(at::get_num_threads()) { omp_set_num_threads(1); }
  ~LibtorchLoopsHere() { omp_set_num_threads(before_); }
  LibtorchLoopsHere(const LibtorchLoopsHere&) = delete;

 private:
  int before_;
};

}  // namespace trireme
