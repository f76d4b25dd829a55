#pragma once
#include <ATen/ATen.h>

#include <vector>

namespace trireme {

/// Sums a step's gradients along a fixed binary tree over its micro-batches. A rank's aligned share of them is a subtree of the sum, for
/// any number of ranks:
///
///   micro-batch   0   1   2   3   4   5   6   7
///                 └─┬─┘   └─┬─┘   └─┬─┘   └─┬─┘      as a binary counter: level k holds a sum of 2^k, and two sums
///                   └───┬───┘       └───┬───┘        of one level make one of the next
///                       └───────┬───────┘
class GradientTree {
 public:
  void begin() { count_ = 0; }

  /// Adds the gradients of the next micro-batch. After the `last` of 2^k, `gradients` holds the whole sum.
  void push(std::vector<at::Tensor>& gradients, bool last) {
    std::size_t level = 0;
    for (; count_ >> level & 1; ++level)
      for (std::size_t i = 0; i < gradients.size(); ++i) gradients[i].add_(levels_[level][i]);
    if (last) return;
    if (level == levels_.size()) levels_.emplace_back();
    auto& kept = levels_[level];
    for (std::size_t i = 0; i < gradients.size(); ++i) {
      if (kept.size() <= i) kept.push_back(at::empty_like(gradients[i]));
      kept[i].copy_(gradients[i]);
    }
    ++count_;
  }

  int64_t bytes() const {
    int64_t total = 0;
    for (const auto& level : levels_)
      for (const auto& tensor : level) total += static_cast<int64_t>(tensor.nbytes());
    return total;
  }

 private:
  std::vector<std::vector<at::Tensor>> levels_;
  uint64_t count_ = 0;
};

}  // namespace trireme
