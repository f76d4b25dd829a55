#include "tensors.h"

#include <ATen/ATen.h>
#include <ATen/EmptyTensor.h>
#include <c10/core/DeviceGuard.h>

#include "memory.h"

namespace sim {
namespace {

const char* first_byte(const at::Tensor& t) {
  auto* storage = static_cast<const char*>(t.unsafeGetTensorImpl()->storage().data());
  return storage ? storage + t.storage_offset() * static_cast<int64_t>(t.itemsize()) : nullptr;
}

double bytes_of(const std::vector<at::Tensor>& tensors) {
  double sum = 0;
  for (const auto& t : tensors) sum += static_cast<double>(t.numel()) * static_cast<double>(t.itemsize());
  return sum;
}

c10::Device device(int number) {
  return {c10::kPrivateUse1, static_cast<c10::DeviceIndex>(number)};
}

}  // namespace

at::Tensor open_tensor(const at::Tensor& t) {
  if (!t.defined()) return t;
  Lock lock(mutex());  // other threads allocate
  auto* address = first_byte(t);
  auto* block = address ? block_of(address) : nullptr;
  if (!block && !is_simulated(t)) return t;
  auto options = at::TensorOptions().dtype(t.dtype()).device(at::kCPU);
  if (!block) return at::empty_strided(t.sizes(), t.strides(), options);
  return at::from_blob(open_view(address), t.sizes(), t.strides(), options);
}

Use use_of(const at::Tensor& t, bool write) {
  if (t.numel() == 0) return {nullptr, 0, write};
  int64_t last = 0;
  for (int64_t i = 0; i < t.dim(); ++i) last += (t.size(i) - 1) * t.stride(i);
  return {first_byte(t), static_cast<std::size_t>(last + 1) * t.itemsize(), write};
}

double seconds_of(const std::vector<at::Tensor>& reads, const std::vector<at::Tensor>& writes, double products) {
  const auto& s = speeds();
  return std::max({s.kernel_seconds, 2 * products / s.flops, (bytes_of(reads) + bytes_of(writes)) / s.memory});
}

void launch(int device, const char* name, const std::vector<at::Tensor>& reads, const std::vector<at::Tensor>& writes, double products,
            std::function<void()> run) {
  std::vector<Use> uses;
  for (const auto& t : reads) uses.push_back(use_of(t, false));
  for (const auto& t : writes) uses.push_back(use_of(t, true));
  issue_to(current_stream(device), name, uses, seconds_of(reads, writes, products), std::move(run));
}

void issue(const c10::Stream& stream, const char* name, const std::vector<at::Tensor>& reads, const std::vector<at::Tensor>& writes,
           double seconds, std::function<void(const std::vector<at::Tensor>& reads, const std::vector<at::Tensor>& writes)> work) {
  std::vector<Use> uses;
  std::vector<at::Tensor> open_reads, open_writes;
  for (const auto& t : reads) uses.push_back(use_of(t, false)), open_reads.push_back(open_tensor(t));
  for (const auto& t : writes) uses.push_back(use_of(t, true)), open_writes.push_back(open_tensor(t));
  issue_to(number_of(stream), name, uses, seconds, [=] { work(open_reads, open_writes); });
}

at::Tensor empty_on(int number, at::IntArrayRef sizes, at::ScalarType type) {
  c10::DeviceGuard guard(device(number));
  c10::DispatchKeySet keys(c10::DispatchKey::PrivateUse1);
  return at::detail::empty_generic(sizes, &device_allocator(), keys, type, std::nullopt);
}

at::Tensor empty_strided_on(int number, at::IntArrayRef sizes, at::IntArrayRef strides, at::ScalarType type) {
  c10::DeviceGuard guard(device(number));
  c10::DispatchKeySet keys(c10::DispatchKey::PrivateUse1);
  return at::detail::empty_strided_generic(sizes, strides, &device_allocator(), keys, type);
}

}  // namespace sim
