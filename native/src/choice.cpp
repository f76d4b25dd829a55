#include "trireme/choice.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "cpu/parallel.h"
#include "sampling.h"

namespace trireme {
namespace {

constexpr uint64_t kGolden = 0x9E3779B97F4A7C15ull;

/// SplitMix64, used as a hash.
uint64_t mix(uint64_t value) {
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9ull;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBull;
  return value ^ (value >> 31);
}

/// Random numbers that depend on a key and on the number of the draw alone.
struct Draw {
  uint64_t key, number;

  /// In [0, 1), in steps of 2^-53; another one for each attempt.
  double uniform(uint64_t attempt) const {
    auto keyed = attempt == 0 ? key : mix(key + attempt);
    return static_cast<double>(mix(keyed + (number + 1) * kGolden) >> 11) * 0x1p-53;
  }
};

struct Rules {
  double temperature, top_p, min_p, repetition, presence, frequency;
  int64_t top_k, text, generated, biased, best;
  int32_t given;
  bool masked, probabilities;
  const int32_t *text_ids, *biased_ids;
  const float* biases;
  const int64_t* mask;
  Draw draw;

  bool penalizes() const { return text > 0 && (repetition != 1 || presence != 0 || frequency != 0); }
  bool changes() const { return penalizes() || biased > 0 || masked; }
};

/// Reads the rows' rules one after the other.
class RulesReader {
 public:
  RulesReader(int64_t vocabulary, const double* numbers, const int64_t* draws, const int32_t* lists, const float* biases,
              const int64_t* masks)
      : words_((vocabulary + 63) / 64), numbers_(numbers), draws_(draws), lists_(lists), biases_(biases), masks_(masks) {}

  Rules next() {
    Rules r{};
    r.temperature = numbers_[0];
    r.top_k = static_cast<int64_t>(numbers_[1]);
    r.top_p = numbers_[2];
    r.min_p = numbers_[3];
    r.repetition = numbers_[4];
    r.presence = numbers_[5];
    r.frequency = numbers_[6];
    r.given = lists_[0];
    r.text = lists_[1];
    r.generated = lists_[2];
    r.biased = lists_[3];
    r.masked = lists_[4] != 0;
    r.probabilities = lists_[5] != 0;
    r.best = lists_[6];
    r.text_ids = lists_ + kChoiceLengths;
    r.biased_ids = r.text_ids + r.text;
    r.biases = biases_;
    r.mask = r.masked ? masks_ : nullptr;
    r.draw = {static_cast<uint64_t>(draws_[0]), static_cast<uint64_t>(draws_[1])};
    numbers_ += kChoiceNumbers;
    draws_ += 2;
    lists_ = r.biased_ids + r.biased;
    biases_ += r.biased;
    masks_ += r.masked ? words_ : 0;
    return r;
  }

 private:
  int64_t words_;
  const double* numbers_;
  const int64_t* draws_;
  const int32_t* lists_;
  const float* biases_;
  const int64_t* masks_;
};

/// Chooses the token of a row, without sorting the vocabulary.
///
///   logits ─ penalties, biases, mask ─▶ numerators e^(logit / temperature), 0 outside top-k and min-p ─▶ draw ─▶ within top-p? ─▶ id
///                                                                                                        ▲            │ no
///                                                                                                        └─ before it ◀
///
/// Top-p works by rejection. The cumulative probability of a drawn token is that of the tokens that rank before it: more probable ones, and
/// equally probable ones of smaller id. The token is accepted if this is below top-p; otherwise the next draw is among the tokens that rank
/// before it, which include all of the nucleus. This takes one or two passes, while finding the end of the nucleus takes several.
class Chooser {
 public:
  Chooser(const float* logits, int64_t vocabulary, const Rules& rules) : logits_(logits), count_(vocabulary), r_(rules) {}

  int32_t choose() {
    if (r_.given >= 0) return r_.given;
    scores_ = r_.changes() ? changed() : logits_;
    if (r_.temperature == 0) return static_cast<int32_t>(argmax(scores_, count_));
    if (!numerators()) return -1;
    auto drawn = token_at(r_.draw.uniform(0));
    for (uint64_t attempt = 1; !within_top_p(drawn); ++attempt) {
      sum_ = keep_ranked_before(numerators_.data(), count_, drawn, sums_.data());
      drawn = token_at(r_.draw.uniform(attempt));
    }
    return static_cast<int32_t>(drawn);
  }

  void drawn_probabilities(double* destination) {
    scores_ = r_.changes() ? changed() : logits_;
    double within = 0;
    if (numerators())
      for (int64_t id = 0; id < count_; ++id)
        within += destination[id] = numerators_[id] > 0 && within_top_p(id) ? static_cast<double>(numerators_[id]) : 0;
    for (int64_t id = 0; id < count_; ++id) destination[id] /= within;
  }

  /// @return whether they are finite
  bool probabilities(double& top, double& sum) const {
    top = static_cast<double>(largest(logits_, count_));
    sum = std::isfinite(top) ? exponential_sum(logits_, count_, static_cast<float>(top)) : NAN;
    return sum < std::numeric_limits<double>::infinity();
  }

  void best(int32_t* ids, double* logits) {
    auto least = kth_largest(logits_, count_, std::min(r_.best, count_), scratch_floats());
    found_.clear();
    for (int64_t id = 0; id < count_; ++id)
      if (logits_[id] >= least) found_.push_back(static_cast<int32_t>(id));
    auto before = [&](int32_t a, int32_t b) { return logits_[a] != logits_[b] ? logits_[a] > logits_[b] : a < b; };
    auto end = std::min(found_.size(), static_cast<std::size_t>(r_.best));
    std::partial_sort(found_.begin(), found_.begin() + static_cast<std::ptrdiff_t>(end), found_.end(), before);
    for (std::size_t i = 0; i < static_cast<std::size_t>(r_.best); ++i) {
      ids[i] = i < end ? found_[i] : -1;
      logits[i] = i < end ? static_cast<double>(logits_[found_[i]]) : -std::numeric_limits<double>::infinity();
    }
  }

 private:
  const float* logits_;
  const float* scores_ = nullptr;
  int64_t count_;
  const Rules& r_;
  double sum_ = 0, goal_ = 0;  // of the numerators, and of top-p

  // Kept from row to row.
  static thread_local std::vector<float> changed_, scratch_, numerators_;
  static thread_local std::vector<double> sums_;  // of blocks of numerators
  static thread_local std::vector<int32_t> found_;

  float* scratch_floats() {
    scratch_.resize(static_cast<std::size_t>(count_));
    return scratch_.data();
  }

  /// Each id of the text counts from its own logit, so the order does not matter.
  const float* changed() {
    changed_.assign(logits_, logits_ + count_);
    if (r_.penalizes()) {
      auto repetition = static_cast<float>(r_.repetition);
      for (int64_t i = 0; i < r_.text; ++i) {
        auto logit = logits_[r_.text_ids[i]];
        changed_[r_.text_ids[i]] = logit < 0 ? logit * repetition : logit / repetition;
      }
      found_.assign(r_.text_ids + r_.generated, r_.text_ids + r_.text);
      std::sort(found_.begin(), found_.end());
      for (std::size_t i = 0, end; i < found_.size(); i = end) {
        for (end = i; end < found_.size() && found_[end] == found_[i];) ++end;
        changed_[found_[i]] -= static_cast<float>(r_.presence + r_.frequency * static_cast<double>(end - i));
      }
    }
    for (int64_t i = 0; i < r_.biased; ++i) changed_[r_.biased_ids[i]] += r_.biases[i];
    if (r_.masked)
      for (int64_t id = 0; id < count_; ++id)
        if ((static_cast<uint64_t>(r_.mask[id / 64]) >> (id % 64) & 1) == 0) changed_[id] = -std::numeric_limits<float>::infinity();
    return changed_.data();
  }

  bool numerators() {
    auto top = largest(scores_, count_);
    if (!std::isfinite(top)) return false;
    numerators_.resize(static_cast<std::size_t>(count_));
    sums_.resize(static_cast<std::size_t>((count_ + kSumBlock - 1) / kSumBlock));
    auto least = r_.top_k == 0 || r_.top_k >= count_ ? -std::numeric_limits<float>::infinity()
                                                     : kth_largest(scores_, count_, r_.top_k, scratch_floats());
    sum_ = softmax_numerators(scores_, count_, top, least, r_.temperature, 0, numerators_.data(), sums_.data());
    goal_ = r_.top_p * sum_;  // of all, because top-p comes before min-p
    if (r_.min_p > 0) sum_ = softmax_numerators(scores_, count_, top, least, r_.temperature, r_.min_p, numerators_.data(), sums_.data());
    return sum_ < std::numeric_limits<double>::infinity();
  }

  /// The token at a uniform number in [0, 1): the inverse of the cumulative distribution in the order of ids.
  int64_t token_at(double uniform) const {
    double rest = uniform * sum_;
    std::size_t block = 0;
    for (; block + 1 < sums_.size() && rest >= sums_[block]; ++block) rest -= sums_[block];
    for (int64_t id = static_cast<int64_t>(block) * kSumBlock; id < count_; ++id) {
      rest -= static_cast<double>(numerators_[id]);
      if (rest < 0) return id;
    }
    int64_t last = count_ - 1;  // rounding may leave a rest
    while (numerators_[last] == 0) --last;
    return last;
  }

  bool within_top_p(int64_t id) const {
    return r_.top_p == 1 || static_cast<double>(numerators_[id]) > sum_ - goal_ || cumulative_mass(numerators_.data(), count_, id) < goal_;
  }
};

thread_local std::vector<float> Chooser::changed_, Chooser::scratch_, Chooser::numerators_;
thread_local std::vector<double> Chooser::sums_;
thread_local std::vector<int32_t> Chooser::found_;

}  // namespace

void choose_rows(const float* logits, int64_t rows, int64_t vocabulary, const double* numbers, const int64_t* draws, const int32_t* lists,
                 const float* biases, const int64_t* masks, int32_t* ids, double* values, int32_t* best_ids) {
  thread_local std::vector<Rules> all;
  thread_local std::vector<int64_t> best_before;
  all.clear();
  best_before.assign(1, 0);
  RulesReader reader(vocabulary, numbers, draws, lists, biases, masks);
  for (int64_t n = 0; n < rows; ++n) {
    all.push_back(reader.next());
    best_before.push_back(best_before.back() + all.back().best);
  }
  const auto* rules = all.data();
  const auto* begins = best_before.data();
  in_blocks(rows, 1, 4 * vocabulary, [&](int64_t begin, int64_t end) {
    for (int64_t n = begin; n < end; ++n) {
      const auto* row = logits + n * vocabulary;
      auto* value = values + n * kChoiceValues + begins[n];
      Chooser chooser(row, vocabulary, rules[n]);
      ids[n] = chooser.choose();
      value[1] = value[2] = 0;
      if (rules[n].probabilities && !chooser.probabilities(value[1], value[2])) ids[n] = -1;
      value[0] = ids[n] < 0 ? 0 : static_cast<double>(row[ids[n]]);
      if (rules[n].best > 0) chooser.best(best_ids + begins[n], value + kChoiceValues);
    }
  });
}

void choice_probabilities(const float* logits, int64_t vocabulary, const double* numbers, const int32_t* lists, const float* biases,
                          const int64_t* masks, double* probabilities) {
  const int64_t draw[2] = {0, 0};
  auto rules = RulesReader(vocabulary, numbers, draw, lists, biases, masks).next();
  Chooser(logits, vocabulary, rules).drawn_probabilities(probabilities);
}

bool all_plainly_greedy(int64_t rows, const double* numbers, const int32_t* lists) {
  for (int64_t n = 0; n < rows; ++n, numbers += kChoiceNumbers, lists += kChoiceLengths) {
    bool plain = numbers[0] == 0 && lists[0] < 0 &&
                 std::all_of(lists + 1, lists + kChoiceLengths, [](int32_t length) { return length == 0; });
    if (!plain) return false;
  }
  return true;
}

}  // namespace trireme
