#pragma once
#include <cstdint>

/// Loops over the vocabulary that choosing a token takes, V values at a time in the host's memory. The same bits come with
/// every instruction set, so that a seed gives one text on every machine.
namespace trireme {

/// Weights are summed in blocks of so many.
constexpr int64_t kWeightBlock = 256;

/// The largest value; NaN is passed over, -infinity if there is nothing else.
float largest(const float* logits, int64_t count);
/// The first place of the largest value; -1 if one is NaN or the largest is infinite.
int64_t likeliest(const float* logits, int64_t count);
/// The k-th largest value; NaN is passed over. -infinity if there are fewer than k. @param scratch (count)
float kth_largest(const float* logits, int64_t count, int64_t k, float* scratch);
/// weights[i] = e^((logits[i] - largest) / temperature), but 0 for a logit below `least` and for a weight below `min_weight`;
/// NaN stays NaN. Relative error below (3 + 2 x) 1e-7 at e^-x; 0 beyond e^-80.
/// @param sums (ceil(count / kWeightBlock)), those of each block
/// @return their sum
double weigh(const float* logits, int64_t count, float largest, float least, double temperature, double min_weight, float* weights,
             double* sums);
/// The sum of weights ahead of one: larger ones, and equal ones before it.
double weight_ahead(const float* weights, int64_t count, int64_t place);
/// Sets all but those to 0. @return as `weigh`
double keep_ahead(float* weights, int64_t count, int64_t place, double* sums);
/// The sum of e^(logits[i] - largest) in float64, relative error below 1e-12.
double exponential_sum(const float* logits, int64_t count, float largest);

}  // namespace trireme
