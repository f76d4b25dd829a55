#pragma once
#include <algorithm>
#include <cstdint>

#include "thread_team.h"

/// Splits work among the threads of a team. Splits that would change the order of a sum do not depend on the number of threads.
namespace trireme {

constexpr int64_t kGrain = 32768;        // elements that are worth a thread
constexpr int64_t kWorthAThread = 1 << 19;  // multiplications that are: ten microseconds

/// work(begin, end) over even pieces of [0, count), at most one for each thread and none of fewer than `grain`, if there are two.
template <typename Work>
void in_pieces(int64_t count, int64_t grain, const Work& work) {
  if (count <= 0) return;
  int64_t pieces = std::min(team_size(), (count + grain - 1) / grain);
  if (pieces <= 1 || works_alone()) return work(int64_t{0}, count);
  int64_t length = (count + pieces - 1) / pieces;
  share((count + length - 1) / length, [&](int64_t piece) { work(piece * length, std::min(count, (piece + 1) * length)); });
}

/// work(first, end) over pieces of [0, count) that start at multiples of `block`, on all threads.
template <typename Work>
void in_blocks(int64_t count, int64_t block, int64_t elements_per_item, const Work& work) {
  int64_t grain = std::max<int64_t>(1, kGrain / std::max<int64_t>(1, block * elements_per_item));
  in_pieces((count + block - 1) / block, grain, [&](int64_t begin, int64_t end) { work(begin * block, std::min(end * block, count)); });
}

/// work(begin, end) over pieces of [0, count), on as many threads as have enough to do.
template <typename Work>
void by_cost(int64_t count, int64_t multiplications_per_item, const Work& work) {
  in_pieces(count, 1 + kWorthAThread / std::max<int64_t>(1, multiplications_per_item), work);
}

}  // namespace trireme
