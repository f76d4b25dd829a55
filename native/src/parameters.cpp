#include "parameters.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

namespace trireme {
namespace {

constexpr int64_t kAlignment = 16;  // floats: one cache line, so that no two parameters share one

/// 64-bit FNV-1a of the name, started from the seed.
uint64_t key_of(int64_t seed, const std::string& name) {
  uint64_t hash = 0xcbf29ce484222325ull ^ static_cast<uint64_t>(seed);
  for (unsigned char c : name) hash = (hash ^ c) * 0x100000001b3ull;
  return hash;
}

int64_t product(const std::vector<int64_t>& shape) {
  int64_t count = 1;
  for (auto size : shape) count *= size;
  return count;
}

}  // namespace

Parameter& Parameters::add(const std::string& name, std::vector<int64_t> shape, double mean, double deviation, bool transposed) {
  auto count = product(shape);
  list_.push_back({name, std::move(shape), transposed, mean, deviation, end_, count, {}, {}});
  end_ += (count + kAlignment - 1) / kAlignment * kAlignment;
  return list_.back();
}

void Parameters::end_unit() {
  unit_ends_.push_back(end_);
}

void Parameters::allocate(const at::Device& device) {
  values = at::zeros({end_}, at::device(device).dtype(at::kFloat));
  gradients = at::zeros_like(values);
  for (auto& p : list_) {
    p.value = values.narrow(0, p.begin, p.count).view(p.shape);
    p.gradient = gradients.narrow(0, p.begin, p.count).view(p.shape);
  }
}

void Parameters::initialize(int64_t seed) {
  for (auto& p : list_) {
    if (p.deviation == 0) {
      p.value.fill_(p.mean);
      continue;
    }
    // Drawn on the host in our own layout whatever the device, so that every device starts from the same bits.
    auto generator = at::detail::createCPUGenerator(key_of(seed, p.name));
    p.value.copy_(at::empty(p.shape, at::kFloat).normal_(p.mean, p.deviation, generator));
  }
}

void Parameters::write(int64_t index, const float* source, int64_t count) {
  const auto& p = at(index);
  TORCH_CHECK_VALUE(count == p.count, p.name, " has ", p.count, " values but ", count, " were given");
  auto host = at::from_blob(const_cast<float*>(source), file_shape(index), at::kFloat);
  at::Tensor value = p.value;
  value.copy_(p.transposed ? host.t() : host);
}

void Parameters::read(int64_t index, float* destination, int64_t count, bool gradient, double scale) const {
  const auto& p = at(index);
  TORCH_CHECK_VALUE(count == p.count, p.name, " has ", p.count, " values but room for ", count, " was given");
  auto host = at::from_blob(destination, file_shape(index), at::kFloat);
  const auto& source = gradient ? p.gradient : p.value;
  host.copy_(p.transposed ? source.t() : source);
  if (scale != 1) host.mul_(scale);
}

const Parameter& Parameters::at(int64_t index) const {
  TORCH_CHECK_INDEX(index >= 0 && index < size(), "parameter ", index, " is not among 0 to ", size() - 1);
  return list_[index];
}

std::vector<int64_t> Parameters::file_shape(int64_t index) const {
  auto shape = at(index).shape;
  if (at(index).transposed) std::swap(shape[0], shape[1]);
  return shape;
}

}  // namespace trireme
