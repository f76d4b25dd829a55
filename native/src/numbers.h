#pragma once
#include <ATen/core/Tensor.h>

#include <functional>

#include "streams.h"

namespace trireme {

/// The numbers of a step that the host is to know: the loss of each micro-batch, and the squared gradient norm of each part of the model.
/// They stay on the device until the host asks, which then waits once:
///
///   losses (M) | squares: embedding, each sublayer, head     float64
class Numbers {
 public:
  Numbers(const at::Device& device, int64_t parts);

  /// The loss () of a micro-batch, to be written or read on the device.
  at::Tensor loss(int64_t micro_batch);
  /// All squares, on the device, to be written or read there.
  at::Tensor squares();

  /// Copies them to the host and waits, unless nothing was written since it last did; on the CPU they are there. In a dry run they are 0.
  /// @param watch called again and again while the host waits; throws to end the waiting. None waits for ever
  /// @return all losses, and the squares from number `first_square` on
  const double* read(const std::function<void()>& watch);
  int64_t first_square() const { return losses_; }

 private:
  at::Device device_;
  int64_t losses_, parts_;
  at::Tensor all_, host_;  // host_: pinned, where the device has streams
  bool read_ = false;  // host_ is what all_ is
};

}  // namespace trireme
