#pragma once
#include <ATen/Parallel.h>
#include <omp.h>

namespace trireme {

/// Keeps libtorch's own loops on the calling thread while it stands: OpenMP's threads wait for work in a loop, for
/// milliseconds, on the cores that our helpers want. What they would share between our operators are copies.
class LibtorchLoopsHere {
 public:
  LibtorchLoopsHere() : before_(at::get_num_threads()) { omp_set_num_threads(1); }
  ~LibtorchLoopsHere() { omp_set_num_threads(before_); }
  LibtorchLoopsHere(const LibtorchLoopsHere&) = delete;

 private:
  int before_;
};

}  // namespace trireme
