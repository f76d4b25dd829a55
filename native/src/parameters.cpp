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

void copy_into(const at::Tensor& whole, const at::Tensor& part, int64_t first_row, int64_t first_column) {
  auto target = whole.narrow(0, first_row, part.size(0));
  if (part.dim() == 2) target = target.narrow(1, first_column, part.size(1));
  target.copy_(part);
}

}  // namespace

std::vector<int64_t> Piece::file_shape() const {
  auto shape = parameter->shape;
  shape[0] = rows;
  if (transposed) std::swap(shape[0], shape[1]);
  return shape;
}

Parameter& Parameters::matrix(const std::vector<NamedRows>& pieces, int64_t columns, const Kind& kind) {
  return add(pieces, {0, columns}, 0, kind);
}

Parameter& Parameters::vector(const std::vector<NamedRows>& pieces, double mean) {
  return add(pieces, {0}, mean, {0, false, false});
}

Parameter& Parameters::zeros(int64_t count) {
  return zeros_.emplace_back(Parameter{{count}, false, false, false, 0, count, {}, {}, {}});
}

Parameter& Parameters::add(const std::vector<NamedRows>& pieces, std::vector<int64_t> shape, double mean, const Kind& kind) {
  auto& end = trains_ ? end_ : frozen_end_;
  auto& p = list_.emplace_back(Parameter{std::move(shape), kind.packs, kind.update, trains_, end, 0, {}, {}, {}});
  for (const auto& rows : pieces) {
    if (!rows.name.empty())
      pieces_.push_back({rows.name, &p, p.shape[0], rows.count, kind.transposed, kind.update, mean, kind.deviation, kind.bound});
    p.shape[0] += rows.count;
  }
  p.count = product(p.shape);
  end += (p.count + kAlignment - 1) / kAlignment * kAlignment;
  return p;
}

void Parameters::end_unit() {
  unit_ends_.push_back(end_);
}

void Parameters::allocate(const GenerationKernels& kernels, const at::Device& device, Weights weights) {
  kernels_ = &kernels;
  weights_ = weights;
  auto options = at::device(device).dtype(at::kFloat);
  for (auto& p : zeros_) p.value = at::zeros(p.shape, options);
  if (trainable()) {
    values = at::zeros({end_}, options);
    gradients = at::zeros_like(values);
    frozen = at::zeros({frozen_end_}, options);
    for (auto& p : list_) {
      p.value = (p.trained ? values : frozen).narrow(0, p.begin, p.count).view(p.shape);
      if (p.trained) p.gradient = gradients.narrow(0, p.begin, p.count).view(p.shape);
    }
  } else {
    packed_ = true;
    for (auto& p : list_) {
      if (p.packs) {
        p.packed = kernels.packed(p.shape[0], p.shape[1], p.update ? Weights::float32 : weights, device);
      } else {
        p.value = at::zeros(p.shape, options);
      }
    }
  }
}

void Parameters::initialize(int64_t seed, bool only_updates) {
  for (const auto& piece : pieces_) {
    if (only_updates && !piece.update) continue;
    auto& p = *piece.parameter;
    auto shape = p.shape;
    shape[0] = piece.rows;
    auto drawn = at::empty(shape, at::kFloat);
    // On the host in our own layout whatever the device, so that every device starts from the same bits.
    if (piece.bound != 0) {
      drawn.uniform_(-piece.bound, piece.bound, at::detail::createCPUGenerator(key_of(seed, piece.name)));
    } else if (piece.deviation == 0) {
      drawn.fill_(piece.mean);
    } else {
      drawn.normal_(piece.mean, piece.deviation, at::detail::createCPUGenerator(key_of(seed, piece.name)));
    }
    set(p, drawn, piece.first_row, 0);
  }
}

void Parameters::write(int64_t index, int64_t first, const float* source, int64_t count) {
  const auto& piece = at(index);
  auto rows = rows_of(piece, first, source, count);
  set(*piece.parameter, rows.part, rows.first_row, rows.first_column);
}

void Parameters::write_into(at::Tensor& flat, int64_t index, int64_t first, const float* source, int64_t count) const {
  const auto& piece = at(index);
  TORCH_CHECK_VALUE(piece.parameter->trained, piece.name, " is frozen: it has a weight and no state beside it");
  auto rows = rows_of(piece, first, source, count);
  copy_into(flat.narrow(0, piece.parameter->begin, piece.parameter->count).view(piece.parameter->shape), rows.part, rows.first_row,
            rows.first_column);
}

Parameters::Rows Parameters::rows_of(const Piece& piece, int64_t first, const float* source, int64_t count) const {
  auto shape = piece.file_shape();
  auto width = shape.size() == 2 ? shape[1] : 1;
  TORCH_CHECK_VALUE(first >= 0 && count > 0 && first <= product(shape) - count, piece.name, " has ", product(shape), " values but ", count,
                    " from number ", first, " on were given");
  TORCH_CHECK_VALUE(first % width == 0 && count % width == 0, piece.name, " has rows of ", width, " values but ", count, " from number ",
                    first, " on were given; give whole rows");
  auto row = first / width;
  if (shape.size() == 1) return {at::from_blob(const_cast<float*>(source), {count}, at::kFloat), piece.first_row + row, 0};
  auto host = at::from_blob(const_cast<float*>(source), {count / width, width}, at::kFloat);
  if (piece.transposed) return {host.t(), piece.first_row, row};
  return {host, piece.first_row + row, 0};
}

void Parameters::set(Parameter& p, const at::Tensor& part, int64_t first_row, int64_t first_column) {
  p.stale = true;
  packed_ = !trainable();
  if (!p.value.defined()) return kernels_->pack(part, first_row, first_column, p.packed);
  copy_into(p.value, part, first_row, first_column);
}

void Parameters::read_from(const at::Tensor& flat, int64_t index, float* destination, int64_t count) const {
  const auto& piece = at(index);
  const auto& p = *piece.parameter;
  TORCH_CHECK(trainable(), piece.name, " is held for generation only; open the stage with trainable weights to read it");
  auto shape = piece.file_shape();
  TORCH_CHECK_VALUE(count == product(shape), piece.name, " has ", product(shape), " values but room for ", count, " was given");
  auto host = at::from_blob(destination, shape, at::kFloat);
  auto source = (p.trained ? flat : frozen).narrow(0, p.begin, p.count).view(p.shape).narrow(0, piece.first_row, piece.rows);
  host.copy_(piece.transposed ? source.t() : source);
}

void Parameters::changed() {
  if (!trainable()) return;
  packed_ = false;
  for (auto& p : list_) {  // training has no use for packed copies: generation makes them again
    p.stale = true;
    p.packed = {};
  }
}

void Parameters::pack() {
  if (packed_) return;
  for (auto& p : list_) {
    if (!p.packs || !p.stale) continue;
    p.stale = false;
    if (!p.packed.data.defined()) p.packed = kernels_->packed(p.shape[0], p.shape[1], Weights::float32, p.value.device());
    kernels_->pack(p.value, 0, 0, p.packed);
  }
  packed_ = true;
}

const Piece& Parameters::at(int64_t index) const {
  TORCH_CHECK_INDEX(index >= 0 && index < size(), "parameter ", index, " is not among 0 to ", size() - 1);
  return pieces_[index];
}

int64_t Parameters::bytes() const {
  int64_t total = trainable() ? static_cast<int64_t>(values.nbytes() + gradients.nbytes() + frozen.nbytes()) : 0;
  for (const auto& p : list_) {
    if (p.packed.data.defined()) total += static_cast<int64_t>(p.packed.data.nbytes());
    if (!trainable() && p.value.defined()) total += static_cast<int64_t>(p.value.nbytes());
  }
  return total;
}

std::vector<int64_t> Parameters::piece_begins() const {
  std::vector<int64_t> begins;
  for (const auto& piece : pieces_) {
    const auto& p = *piece.parameter;
    if (p.trained) begins.push_back(p.begin + piece.first_row * (p.count / p.shape[0]));
  }
  return begins;
}

}  // namespace trireme
