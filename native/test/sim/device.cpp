#include <ATen/ATen.h>
#include <ATen/NativeFunctions.h>
#include <ATen/detail/PrivateUse1HooksInterface.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <torch/library.h>

#include "copies.h"
#include "memory.h"
#include "operators.h"
#include "streams.h"
#include "tensors.h"

/// Null with another BLAS than OpenBLAS.
extern "C" __attribute__((weak)) void openblas_set_num_threads(int count);

/// What libtorch wants of a kind of device: devices, streams and events, and the operators that make and view tensors.
namespace sim {
namespace {

struct Guard final : c10::impl::DeviceGuardImplInterface {
  static c10::Device device(int number) { return {c10::kPrivateUse1, static_cast<c10::DeviceIndex>(number)}; }
  static int index_of(c10::Device d) { return d.index() < 0 ? current_device() : d.index(); }

  c10::DeviceType type() const override { return c10::kPrivateUse1; }
  c10::Device exchangeDevice(c10::Device d) const override {
    auto before = current_device();
    if (d.index() >= 0) set_current_device(d.index());
    return device(before);
  }
  c10::Device getDevice() const override { return device(current_device()); }
  void setDevice(c10::Device d) const override { set_current_device(d.index()); }
  void uncheckedSetDevice(c10::Device d) const noexcept override { set_current_device(d.index()); }
  c10::DeviceIndex deviceCount() const noexcept override { return kDevices; }

  c10::Stream getStream(c10::Device d) const override { return stream_of(current_stream(index_of(d))); }
  c10::Stream getDefaultStream(c10::Device d) const override { return stream_of(index_of(d)); }
  c10::Stream getStreamFromGlobalPool(c10::Device d, bool) const override { return stream_of(stream_from_pool(index_of(d))); }
  c10::Stream getNewStream(c10::Device d, int) const override { return stream_of(stream_from_pool(index_of(d))); }
  c10::Stream exchangeStream(c10::Stream s) const override { return stream_of(exchange_stream(number_of(s))); }
  bool queryStream(const c10::Stream& s) const override { return is_idle(number_of(s)); }
  void synchronizeStream(const c10::Stream& s) const override { wait_for_stream(number_of(s), true); }
  void synchronizeDevice(const c10::DeviceIndex d) const override {
    auto waits = counting().waits;
    wait_for_stream(d, true);
    for (int i = 0; i < 32; ++i) wait_for_stream(kDevices + d * 32 + i, true);
    counting().waits = waits + 1;
  }

  void record(void** event, const c10::Stream& stream, const c10::DeviceIndex before, const c10::EventFlag) const override {
    TORCH_CHECK(before < 0 || before == stream.device_index(), "sim: an event of device ", int(before), " is recorded on device ",
                int(stream.device_index()));
    delete static_cast<Event*>(*event);
    *event = new Event(record_event(number_of(stream)));
  }
  void destroyEvent(void* event, const c10::DeviceIndex) const noexcept override { delete static_cast<Event*>(event); }
  void block(void* event, const c10::Stream& stream) const override {
    if (event) block_stream(number_of(stream), *static_cast<Event*>(event));
  }
  bool queryEvent(void* event) const override { return !event || is_done(*static_cast<Event*>(event)); }
  void synchronizeEvent(void* event) const override {
    if (event) wait_for_event(*static_cast<Event*>(event));
  }
  double elapsedTime(void* first, void* second, const c10::DeviceIndex) const override {
    return 1e3 * (static_cast<Event*>(second)->recorded - static_cast<Event*>(first)->recorded);
  }
  void recordDataPtrOnStream(const c10::DataPtr& pointer, const c10::Stream& stream) const override {
    record_stream(pointer.get(), number_of(stream));
  }
};

struct Hooks final : at::PrivateUse1HooksInterface {
  bool isBuilt() const override { return true; }
  bool isAvailable() const override { return true; }
  bool hasPrimaryContext(c10::DeviceIndex) const override { return true; }
  c10::DeviceIndex deviceCount() const override { return kDevices; }
  c10::DeviceIndex getCurrentDevice() const override { return static_cast<c10::DeviceIndex>(current_device()); }
  bool isPinnedPtr(const void* address) const override { return is_pinned(address); }
  at::Allocator* getPinnedMemoryAllocator() const override { return &pinned_allocator(); }
  at::Device getDeviceFromPtr(void* address) const override { return Guard::device(device_of_address(address)); }
};

using Type = std::optional<at::ScalarType>;
using Layout = std::optional<at::Layout>;
using OptionalDevice = std::optional<at::Device>;

at::Tensor empty(at::IntArrayRef sizes, Type type, Layout, OptionalDevice device, std::optional<bool>, std::optional<at::MemoryFormat>) {
  return empty_on(Guard::index_of(*device), sizes, c10::dtype_or_default(type));
}

at::Tensor empty_strided(at::IntArrayRef sizes, at::IntArrayRef strides, Type type, Layout, OptionalDevice device, std::optional<bool>) {
  return empty_strided_on(Guard::index_of(*device), sizes, strides, c10::dtype_or_default(type));
}

at::Tensor as_strided(const at::Tensor& t, at::IntArrayRef sizes, at::IntArrayRef strides, std::optional<int64_t> offset) {
  return at::native::as_strided_tensorimpl(t, sizes, strides, offset);
}

at::Tensor view(const at::Tensor& t, at::IntArrayRef sizes) {
  return at::native::view(t, sizes);
}

at::Tensor reshape_alias(const at::Tensor& t, at::IntArrayRef sizes, at::IntArrayRef strides) {
  return at::native::_reshape_alias(t, sizes, strides);
}

const at::Tensor& resize(const at::Tensor& t, at::IntArrayRef sizes, std::optional<at::MemoryFormat>) {
  return give_size(t, sizes);
}

TORCH_LIBRARY_IMPL(aten, PrivateUse1, m) {
  m.impl("empty.memory_format", empty);
  m.impl("empty_strided", empty_strided);
  m.impl("as_strided", as_strided);
  m.impl("view", view);
  m.impl("_reshape_alias", reshape_alias);
  m.impl("resize_", resize);
  m.impl("_copy_from", copy_from);
  m.impl("_local_scalar_dense", read_scalar);
}

TORCH_LIBRARY_IMPL(_, PrivateUse1, m) {
  m.fallback(torch::CppFunction::makeFromBoxedFunction<&any_operator>());
}

}  // namespace

void install() {
  static const bool once = [] {
    if (openblas_set_num_threads) openblas_set_num_threads(1);
    static Guard guard;
    c10::impl::registerDeviceGuard(c10::kPrivateUse1, &guard);
    c10::register_privateuse1_backend("sim");
    c10::SetAllocator(c10::kPrivateUse1, &device_allocator());
    at::RegisterPrivateUse1HooksInterface(new Hooks);
    return true;
  }();
  (void)once;
}

}  // namespace sim

/// Java loads the library by System.load, which calls this.
extern "C" __attribute__((visibility("default"))) int JNI_OnLoad(void*, void*) {
  sim::install();
  return 0x00010008;
}
