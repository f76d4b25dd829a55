#pragma once
#include <cstdint>

/// Loops over the vocabulary for choosing a token (choice.cpp), on V values in host memory. Results have the same bits with every instruction
/// set, so that a seed gives the same text on every machine.
namespace trireme {

/// Block size of sums: numerators are summed in blocks of so many.
constexpr int64_t kSumBlock = 256;

/// The largest value; NaN is passed over, -infinity if there is nothing else.
float largest(const float* logits, int64_t count);
/// The index of the first largest value; -1 if one is NaN or the largest is infinite.
int64_t argmax(const float* logits, int64_t count);
/// The k-th largest value; NaN is passed over. -infinity if there are fewer than k. @param scratch (count)
float kth_largest(const float* logits, int64_t count, int64_t k, float* scratch);
/// Unnormalised probabilities: numerators[i] = e^((logits[i] - largest) / temperature), but 0 for a logit below `least` and for a numerator
/// below `min_p`; NaN stays NaN. Relative error below (3 + 2 x) 1e-7 at e^-x; 0 beyond e^-80.
/// @param sums (ceil(count / kSumBlock)), those of each block
/// @return their sum
double softmax_numerators(const float* logits, int64_t count, float largest, float least, double temperature, double min_p,
                          float* numerators, double* sums);
/// Cumulative probability, times the sum of all numerators, of the tokens that rank before `index`: larger numerators, and equal ones of
/// smaller index.
double cumulative_mass(const float* numerators, int64_t count, int64_t index);
/// Sets the numerators of all other tokens to 0, and `sums` likewise. @return the sum that is left
double keep_ranked_before(float* numerators, int64_t count, int64_t index, double* sums);
/// The sum of e^(logits[i] - largest) in float64, relative error below 1e-12.
double exponential_sum(const float* logits, int64_t count, float largest);

}  // namespace trireme
