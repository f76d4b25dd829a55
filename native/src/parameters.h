#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "kernels.h"

namespace trireme {

/// One matrix or vector in the layout of computation: a view of the stage's flat weights and gradients. For generation, matrices of linear
/// layers and embeddings are also `packed`, or only `packed` where nothing trains.
struct Parameter {
  std::vector<int64_t> shape;  // linear weights are (out, in)
  bool packs, update, trained;
  int64_t begin = 0, count = 0;  // in the flat buffer of those that are trained, or of those that are not
  at::Tensor value, gradient;    // without a gradient where it is frozen
  PackedMatrix packed;
  bool stale = true;  // `packed` is not of `value`
};

/// A tensor of a file: a parameter, or some rows of one, such as LLaMA's q, k and v, which are one matrix here.
struct Piece {
  std::string name;  // as in Hugging Face's files, without "transformer." and "model."
  Parameter* parameter;
  int64_t first_row, rows;
  bool transposed;         // Conv1D: files hold it as (in, out)
  bool update;  // of low-rank adaptation
  double mean, deviation, bound;  // of its initial values: normal, or uniform within the bound if that is not 0

  /// Sizes along the axes, as the file has them.
  std::vector<int64_t> file_shape() const;
};

/// All parameters of a stage. Values and gradients are two flat buffers in the order in which backward completes the gradients, so that a
/// bucket of the all-reduce is a contiguous range and the optimizer is one loop.
///
///   matrix(...) unit 0 | unit 1 | ... | last unit      then allocate()
///
/// A unit is a group of parameters whose gradients backward completes together: the final norm, a sublayer, or the embeddings. Frozen
/// parameters are in a third buffer, so that gradients, and all that is made like them, hold what is trained and no more.
class Parameters {
 public:
  /// Rows of a parameter with their name in files; without a name they are zeros that no file holds.
  struct NamedRows {
    std::string name;
    int64_t count;
  };
  struct Kind {
    double deviation = 0;
    bool transposed = false, packs = true;
    bool update = false;  // of low-rank adaptation, which generation never rounds
    double bound = 0;     // of uniform initial values, in place of the deviation
  };

  /// Whether parameters that are declared from now on are trained or frozen; at first they are trained.
  void train(bool trained) { trains_ = trained; }
  /// Declare a parameter of the current unit. The reference stays valid.
  Parameter& matrix(const std::vector<NamedRows>& pieces, int64_t columns, const Kind& kind);
  Parameter& vector(const std::vector<NamedRows>& pieces, double mean);
  /// Zeros that are neither trained nor stored: the bias of a layer that has none.
  Parameter& zeros(int64_t count);
  void end_unit();
  void allocate(const GenerationKernels& kernels, const at::Device& device, Weights weights);

  /// Initialises every piece from (seed, name), or those of low-rank updates alone.
  void initialize(int64_t seed, bool only_updates = false);
  /// Sets `count` values of a piece in the file's layout from number `first` on, in whole rows.
  void write(int64_t index, int64_t first, const float* source, int64_t count);
  /// The same in `flat`, which has the layout of `values`.
  void write_into(at::Tensor& flat, int64_t index, int64_t first, const float* source, int64_t count) const;
  /// Copies a piece of `flat`, which has the layout of `values`, to `count` float32 on the host, in the file's layout.
  void read_from(const at::Tensor& flat, int64_t index, float* destination, int64_t count) const;

  /// Updates the packed matrices if the weights have changed.
  void pack();
  /// To be called after `values` were changed.
  void changed();

  const Piece& at(int64_t index) const;
  int64_t size() const { return static_cast<int64_t>(pieces_.size()); }
  bool trainable() const { return weights_ == Weights::trainable; }
  int64_t bytes() const;
  /// Where each trained piece begins and each unit ends in the flat buffers.
  std::vector<int64_t> piece_begins() const;
  const std::vector<int64_t>& unit_ends() const { return unit_ends_; }

  at::Tensor values, gradients;  // (P), float32; the gaps that alignment leaves stay 0
  at::Tensor frozen;             // (Q)

 private:
  std::deque<Parameter> list_, zeros_;
  std::deque<Piece> pieces_;
  std::vector<int64_t> unit_ends_;
  int64_t end_ = 0, frozen_end_ = 0;
  bool trains_ = true;
  const GenerationKernels* kernels_ = nullptr;
  Weights weights_ = Weights::trainable;
  bool packed_ = false;

  Parameter& add(const std::vector<NamedRows>& pieces, std::vector<int64_t> shape, double mean, const Kind& kind);
  /// Sets a part of a parameter from (rows, columns) float32, or (rows) of a vector.
  void set(Parameter& p, const at::Tensor& part, int64_t first_row, int64_t first_column);
  /// Some whole rows of a file's piece as a part of its parameter.
  struct Rows {
    at::Tensor part;
    int64_t first_row, first_column;
  };
  Rows rows_of(const Piece& piece, int64_t first, const float* source, int64_t count) const;
};

}  // namespace trireme
