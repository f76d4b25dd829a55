#include "numbers.h"

#include <ATen/ATen.h>

#include <thread>

namespace trireme {

Numbers::Numbers(const at::Device& device, int64_t parts)
    : device_(device), losses_(64), parts_(parts), all_(at::zeros({losses_ + parts}, at::device(device).dtype(at::kDouble))) {}

at::Tensor Numbers::loss(int64_t micro_batch) {
  if (micro_batch >= losses_) {
    auto count = 2 * micro_batch;
    auto larger = at::zeros({count + parts_}, all_.options());
    larger.narrow(0, 0, losses_).copy_(all_.narrow(0, 0, losses_));
    larger.narrow(0, count, parts_).copy_(squares());
    losses_ = count;
    all_ = larger;
    host_ = at::Tensor();
  }
  read_ = false;
  return all_.select(0, micro_batch);
}

at::Tensor Numbers::squares() {
  read_ = false;
  return all_.narrow(0, losses_, parts_);
}

const double* Numbers::read(const std::function<void()>& watch) {
  auto streams = streams_of(device_);
  if (device_.is_cpu()) return all_.const_data_ptr<double>();
  if (device_.is_meta()) host_ = at::zeros(all_.sizes(), at::kDouble);
  if (!streams) return host_.const_data_ptr<double>();
  if (read_) return host_.const_data_ptr<double>();
  if (!host_.defined()) host_ = at::empty(all_.sizes(), at::TensorOptions().dtype(at::kDouble).pinned_memory(true));
  host_.copy_(all_, true);
  Event copied;
  copied.record(streams->compute);
  while (watch && !copied.passed()) {
    watch();
    std::this_thread::sleep_for(std::chrono::microseconds(20));
  }
  copied.wait();
  read_ = true;
  return host_.const_data_ptr<double>();
}

}  // namespace trireme
