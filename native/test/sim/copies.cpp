#include "copies.h"

#include <ATen/ATen.h>

#include "memory.h"
#include "tensors.h"

namespace sim {
namespace {

/// On the current stream of the source, which waits for that of the destination before and is waited for by it after: CUDA's way.
void copy_between(const at::Tensor& source, const at::Tensor& destination) {
  int from = current_stream(source.device().index()), to = current_stream(destination.device().index());
  block_stream(from, record_event(to));
  ++counting().between_devices;
  auto seconds = static_cast<double>(source.nbytes()) / speeds().link;
  issue_to(from, "copy between devices", {use_of(source, false), use_of(destination, true)}, seconds,
           [from = open_tensor(source), to = open_tensor(destination)] { to.copy_(from); });
  block_stream(to, record_event(from));
}

}  // namespace

at::Tensor copy_from(const at::Tensor& source, const at::Tensor& destination, bool non_blocking) {
  auto from = open_tensor(source), to = open_tensor(destination);
  if (is_simulated(source) && is_simulated(destination)) {
    if (source.device() != destination.device()) {
      copy_between(source, destination);
    } else {
      launch(destination.device().index(), "copy", {source}, {destination}, 0, [from, to] { to.copy_(from); });
    }
    return destination;
  }
  bool in = is_simulated(destination);
  bool pinned = is_pinned((in ? source : destination).const_data_ptr());
  auto device = (in ? destination : source).device().index();
  ++(in ? counting().to_device : counting().to_host);
  if (in && !pinned) from = from.clone();  // the driver takes what is not pinned before it returns
  std::vector<at::Tensor> reads, writes;
  if (!in || pinned) reads.push_back(source);
  if (in || pinned) writes.push_back(destination);
  launch(device, in ? "copy to the device" : "copy to the host", reads, writes, 0, [from, to] { to.copy_(from); });
  bool waits = !non_blocking || !pinned;
  if (in && non_blocking) waits = false;
  if (waits) wait_for_stream(current_stream(device), true);
  return destination;
}

at::Scalar read_scalar(const at::Tensor& t) {
  auto value = std::make_shared<at::Scalar>(0);
  launch(t.device().index(), "item", {t}, {}, 0, [open = open_tensor(t), value] { *value = open.item(); });
  wait_for_stream(current_stream(t.device().index()), true);
  return *value;
}

}  // namespace sim
