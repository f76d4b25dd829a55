#pragma once
#include "trireme/model.h"

namespace trireme {

/// Refuses a model, or a part of it, that cannot be computed.
/// @param first, end in sublayers; the errors say layers, in halves
void check_model(const ModelConfig& m, int64_t first, int64_t end, bool embeddings, bool head);
/// Refuses low-rank updates that a model cannot have.
void check_lora(const ModelConfig& m, const LoraConfig& c);

}  // namespace trireme
