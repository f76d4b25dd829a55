#pragma once
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

namespace trireme {

/// Scratch memory of one thread. It only grows, so that a steady step allocates nothing. Declare it `thread_local`.
class ThreadScratch {
 public:
  /// `count` floats, aligned to a cache line and not cleared. Invalidates earlier results if the memory grows.
  float* floats(int64_t count) {
    if (count > capacity_) {
      capacity_ = (count + 15) / 16 * 16;
      memory_.reset(static_cast<float*>(std::aligned_alloc(64, static_cast<std::size_t>(capacity_) * sizeof(float))));
      if (!memory_) {
        capacity_ = 0;
        throw std::bad_alloc();
      }
    }
    return memory_.get();
  }

 private:
  struct Free {
    void operator()(float* memory) const { std::free(memory); }
  };
  std::unique_ptr<float, Free> memory_;
  int64_t capacity_ = 0;
};

}  // namespace trireme
