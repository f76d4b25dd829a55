#pragma once
#include <ATen/Parallel.h>

#include <algorithm>
#include <cstdint>

/// How work is cut among libtorch's threads: where it is cut never depends on their number when a sum does.
namespace trireme {

constexpr int64_t kGrain = 32768;        // elements that are worth a thread
constexpr int64_t kWorthAThread = 1 << 19;  // multiplications that are: ten microseconds

/// work(first, end) over pieces of [0, count) that start at multiples of `block`, on all threads.
template <typename Work>
void in_blocks(int64_t count, int64_t block, int64_t elements_per_item, const Work& work) {
  int64_t grain = std::max<int64_t>(1, kGrain / std::max<int64_t>(1, block * elements_per_item));
  at::parallel_for(0, (count + block - 1) / block, grain,
                   [&](int64_t begin, int64_t end) { work(begin * block, std::min(end * block, count)); });
}

/// work(begin, end) over pieces of [0, count), on as many threads as have enough to do.
template <typename Work>
void by_cost(int64_t count, int64_t multiplications_per_item, const Work& work) {
  at::parallel_for(0, count, 1 + kWorthAThread / std::max<int64_t>(1, multiplications_per_item), work);
}

}  // namespace trireme
