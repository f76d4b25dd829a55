#pragma once
#include "kernels.h"
#include "trireme/model.h"

namespace trireme {

/// Refuses a micro-batch that a model cannot compute.
void check_load(const ModelConfig& m, int64_t micro_batch, const int32_t* ids, const float* weights, int64_t rows, int64_t length);
/// Refuses begins that are not those of documents one after the other.
void check_begins(const int32_t* begins, int64_t rows, int64_t length);
/// Refuses new tokens that a model cannot go on with.
void check_spans(const ModelConfig& m, const Spans& spans, const int32_t* ids);

}  // namespace trireme
