#pragma once
#include <cstdint>

namespace trireme {

/// Numbers of a row in `numbers`: temperature (0: greedy), top-k (0: all), top-p (1: all), min-p (0: all), and the penalties: of repetition (1:
/// none), presence and frequency (0: none).
constexpr int64_t kChoiceNumbers = 7;
/// Numbers at the begin of a row's part of `lists`: an id that is chosen already or -1; the length of the text that penalties count, where in
/// it the generated part begins; the number of biased ids; whether there is a mask; whether probabilities are asked for; how many of the best.
constexpr int64_t kChoiceLengths = 7;
/// Numbers of a row in `values`, before those of the best: the chosen logit, the largest one, and the sum of e^(logit - largest). A logit's
/// log-probability is logit - largest - log(sum).
constexpr int64_t kChoiceValues = 3;

/// Chooses the next token of each row of logits. The steps of a row are, in this order: penalties, biases, mask, temperature, top-k, top-p,
/// min-p; then a token is drawn in proportion to its probability. A row's result depends on the row and its rules only, with the same bits on
/// every machine and for any number of threads.
///
/// @param logits (rows, vocabulary) in host memory
/// @param numbers (rows, kChoiceNumbers)
/// @param draws (rows, 2): the key of the sequence's random numbers, and the number of the draw
/// @param lists of each row: kChoiceLengths numbers, the ids of the text, the biased ids
/// @param biases what is added to the logits of the biased ids
/// @param masks of each row that has one: ceil(vocabulary / 64) words whose bit i % 64 of word i / 64 allows id i
/// @param ids (rows) the chosen tokens; -1 in a row whose logits are not finite or whose mask allows nothing
/// @param values of each row: kChoiceValues numbers, then the logits of the best; probabilities are 0 where they were not asked for
/// @param best_ids of each row: the ids of the largest logits before all steps, the largest first, of equal ones the smallest id
void choose_rows(const float* logits, int64_t rows, int64_t vocabulary, const double* numbers, const int64_t* draws, const int32_t* lists,
                 const float* biases, const int64_t* masks, int32_t* ids, double* values, int32_t* best_ids);
/// The probabilities (vocabulary) by which the token of a single row that is not greedy is drawn.
void choice_probabilities(const float* logits, int64_t vocabulary, const double* numbers, const int32_t* lists, const float* biases,
                          const int64_t* masks, double* probabilities);
/// Whether all that is asked for is the largest logit of each row.
bool all_plainly_greedy(int64_t rows, const double* numbers, const int32_t* lists);

}  // namespace trireme
