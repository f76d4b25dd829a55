#include "rotary.h"

#include <cmath>

namespace trireme {
namespace {

/// Llama 3.1: with the wavelength w = 2 pi / f and the original positions P, f stays where w < P / high, is divided by the
/// factor where w > P / low, and is blended linearly in P / w between.
double llama3(const ModelConfig& m, double f) {
  double turns = static_cast<double>(m.rope_original_positions) * f / (2 * M_PI);
  if (turns > m.rope_high_frequency) return f;
  if (turns < m.rope_low_frequency) return f / m.rope_factor;
  double kept = (turns - m.rope_low_frequency) / (m.rope_high_frequency - m.rope_low_frequency);
  return (1 - kept) * f / m.rope_factor + kept * f;
}

double stretched(const ModelConfig& m, double f) {
  switch (m.rope_scaling) {
    case RopeScaling::none: return f;
    case RopeScaling::linear: return f / m.rope_factor;
    case RopeScaling::llama3: return llama3(m, f);
  }
  TORCH_CHECK_VALUE(false, "rope_scaling ", static_cast<int>(m.rope_scaling), " is unknown");
}

}  // namespace

Rotary::Rotary(const ModelConfig& m) {
  for (int64_t i = 0; i < m.head_width / 2; ++i) {
    auto exponent = -2 * static_cast<double>(i) / static_cast<double>(m.head_width);
    frequencies_.push_back(stretched(m, std::pow(m.rope_theta, exponent)));
  }
}

const at::Tensor& Rotary::table(int64_t positions, const at::Device& device) {
  auto pairs = static_cast<int64_t>(frequencies_.size());
  if (table_.defined() && table_.size(0) >= positions) return table_;
  auto count = std::max<int64_t>(2 * positions, 256);  // twice what is needed: growing one by one would be quadratic
  if (device.is_meta()) return table_ = at::empty({count, 2 * pairs}, at::device(device).dtype(at::kFloat));
  auto host = at::empty({count, 2 * pairs}, at::kFloat);
  auto* row = host.mutable_data_ptr<float>();
  for (int64_t p = 0; p < count; ++p, row += 2 * pairs) {
    for (int64_t i = 0; i < pairs; ++i) {
      double angle = static_cast<double>(p) * frequencies_[i];
      row[i] = static_cast<float>(std::cos(angle));
      row[pairs + i] = static_cast<float>(std::sin(angle));
    }
  }
  return table_ = host.to(device);
}

}  // namespace trireme
