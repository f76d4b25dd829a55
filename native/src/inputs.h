#pragma once
#include <deque>
#include <vector>

#include "buffer.h"
#include "head.h"
#include "streams.h"

namespace trireme {

/// Blocks of host memory that a device copies from while the host goes on. A block is used again when its copy has ended.
class StagingBlocks {
 public:
  struct Block {
    at::Tensor memory;  // int64, pinned
    Event copied;
  };
  /// A block of at least `words` int64.
  Block& take(int64_t words, const at::Device& device);

 private:
  std::deque<Block> blocks_;
};

/// What a call brings from the host to the device: vectors of integers, gathered in one block of memory, and one copy.
class Staged {
 public:
  /// Adds a vector. @return its number
  std::size_t add(const std::vector<int64_t>& values);
  std::size_t add(const int32_t* values, int64_t count);
  /// On a device with streams the copy is issued to the current one.
  void send(Buffer& buffer, const at::Device& device, StagingBlocks& staging);
  /// A vector on the device, int64 or int32, after `send`.
  at::Tensor at(std::size_t number) const;

 private:
  struct Part {
    int64_t begin, count;  // begin in int64
    at::ScalarType type;
  };
  std::vector<int64_t> words_;
  std::vector<Part> parts_;
  at::Tensor memory_;

  std::size_t add(const void* values, int64_t count, at::ScalarType type);
};

/// What a micro-batch brings from the host: N tokens, with their positions where the model turns by them, with the begins of
/// documents where rows hold several, and on the stage with the head M labels. It is one block of memory, and one copy:
///
///   | rows (M) int64 | ids (N) | positions (N) | begins (N) | targets (M) | weights (M) |
class Inputs {
 public:
  at::Tensor ids, position_ids, begins;  // (N) int32; the latter two undefined without positions and documents
  Labels labels;

  struct Source {
    const int32_t* ids;
    const float* weights;
    const int32_t* begins;  // of documents as `Rows` has them, or null
    int64_t rows, length;  // B, T
    bool positions, labels;
  };
  /// On a device with streams the copy is issued to the current one.
  void load(const Source& source, const at::Device& device, StagingBlocks& staging);
  int64_t bytes() const { return buffer_.bytes(); }

 private:
  Buffer buffer_;
};

}  // namespace trireme
