#include "token_checks.h"

#include <c10/util/Exception.h>

#include <cmath>

namespace trireme {
namespace {

void check_id(const ModelConfig& m, int32_t id, const char* axis, int64_t index, int64_t position) {
  TORCH_CHECK_VALUE(id >= 0 && id < m.vocabulary, "token id ", id, " at ", axis, " ", index, ", position ", position,
                    " is outside the vocabulary of ", m.vocabulary);
}

}  // namespace

void check_load(const ModelConfig& m, int64_t micro_batch, const int32_t* ids, const float* weights, int64_t rows, int64_t length) {
  TORCH_CHECK_VALUE(micro_batch >= 0 && micro_batch < 65536, "micro-batch ", micro_batch, " is not between 0 and 65535");
  TORCH_CHECK_VALUE(rows > 0 && length > 0, "a micro-batch of ", rows, " rows of ", length, " tokens is empty");
  TORCH_CHECK_VALUE(length <= m.positions, "rows of ", length, " tokens are longer than the model's ", m.positions, " positions");
  for (int64_t n = 0; n < rows * length; ++n) {
    check_id(m, ids[n], "row", n / length, n % length);
    TORCH_CHECK_VALUE(weights[n] >= 0 && std::isfinite(weights[n]), "label weight ", weights[n], " at row ", n / length, ", position ",
                      n % length, " is not a number from 0 up");
  }
}

void check_begins(const int32_t* begins, int64_t rows, int64_t length) {
  for (int64_t n = 0; n < rows * length; ++n) {
    auto t = n % length;
    TORCH_CHECK_VALUE(begins[n] == t || (t > 0 && begins[n] == begins[n - 1]), "the document at row ", n / length, ", position ", t,
                      " begins at ", begins[n], "; use ", t, ", or where that of the token before begins");
  }
}

void check_spans(const ModelConfig& m, const Spans& spans, const int32_t* ids) {
  for (std::size_t i = 0; i < spans.all.size(); ++i) {
    const auto& span = spans.all[i];
    TORCH_CHECK_VALUE(span.end() <= m.positions, "sequence ", i, " would have ", span.end(), " positions; the model has ", m.positions);
    for (int64_t t = 0; t < span.count; ++t) check_id(m, ids[span.begin + t], "sequence", static_cast<int64_t>(i), span.first + t);
  }
}

}  // namespace trireme
