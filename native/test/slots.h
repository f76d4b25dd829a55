#pragma once
#include <algorithm>
#include <numeric>
#include <vector>

#include "support.h"

namespace trireme::test {

using Ids = std::vector<int32_t>;

/// A cache on one stage, or on all stages of a model, whose sequences have numbers ("slots") and blocks of their own. The blocks of a slot do
/// not follow each other, so that a table that is not minded is noticed.
class Slots {
 public:
  Slots(std::vector<Stage*> stages, int64_t vocabulary, int64_t cache, int64_t slots, int64_t capacity, CacheType type = CacheType::float32)
      : stages_(std::move(stages)), vocabulary_(vocabulary), cache_(cache), lengths_(slots, 0), adapters_(slots, 0), tables_(slots) {
    auto each = (capacity + 31) / 32;
    for (auto* stage : stages_) stage->open_cache(cache, slots * each, type);
    for (int64_t slot = 0; slot < slots; ++slot)
      for (int64_t block = 0; block < each; ++block) tables_[slot].push_back(static_cast<int32_t>(block * slots + (slot + block) % slots));
  }

  /// Appends tokens to slots. @return the logits of all of them, (count, V)
  at::Tensor extend(const Ids& slots, const std::vector<Ids>& more, int64_t pass = 0) {
    run(slots, more, pass);
    int64_t total = 0;
    for (const auto& m : more) total += static_cast<int64_t>(m.size());
    Ids all(total);
    std::iota(all.begin(), all.end(), 0);
    return logits(all, pass);
  }

  void run(const Ids& slots, const std::vector<Ids>& more, int64_t pass = 0) {
    Ids firsts, counts, tables, ids, adapters;
    for (std::size_t i = 0; i < slots.size(); ++i) {
      const auto& table = tables_.at(slots[i]);
      auto first = lengths_[slots[i]], count = static_cast<int32_t>(more[i].size());
      firsts.push_back(first);
      counts.push_back(count);
      tables.insert(tables.end(), table.begin(), table.begin() + (first + count + 31) / 32);
      adapters.push_back(adapters_[slots[i]]);
      ids.insert(ids.end(), more[i].begin(), more[i].end());
    }
    auto n = static_cast<int64_t>(slots.size());
    stages_[0]->extend(cache_, pass, n, firsts.data(), counts.data(), tables.data(), ids.data(), adapters.data());
    for (std::size_t i = 1; i < stages_.size(); ++i)
      stages_[i]->extend(cache_, pass, n, firsts.data(), counts.data(), tables.data(), ids.data(), adapters.data(), *stages_[i - 1]);
    for (std::size_t i = 0; i < slots.size(); ++i) lengths_[slots[i]] += static_cast<int32_t>(more[i].size());
  }

  at::Tensor logits(const Ids& tokens, int64_t pass = 0) {
    auto logits = at::empty({static_cast<int64_t>(tokens.size()), vocabulary_}, at::kFloat);
    stages_.back()->logits(cache_, pass, tokens.data(), logits.size(0), logits.data_ptr<float>());
    return logits;
  }

  /// Which adapter a slot's next tokens get.
  void adapt(int64_t slot, int32_t adapter) { adapters_[slot] = adapter; }
  void truncate(int64_t slot, int32_t length) { lengths_[slot] = length; }

  /// Makes each slot a copy of its parent: the first child keeps the parent's blocks, others get copies in those that no child wants.
  void reorder(const Ids& parents) {
    std::vector<Ids> tables(tables_.size()), free;
    Ids lengths;
    for (std::size_t slot = 0; slot < tables_.size(); ++slot)
      if (std::count(parents.begin(), parents.end(), slot) == 0) free.push_back(tables_[slot]);
    std::vector<bool> taken(tables_.size());
    for (std::size_t slot = 0; slot < tables_.size(); ++slot) {
      auto parent = parents[slot];
      tables[slot] = tables_[parent];
      if (taken[parent]) {
        tables[slot] = free.back();
        free.pop_back();
        for (auto* stage : stages_)
          stage->copy_blocks(cache_, static_cast<int64_t>(tables[slot].size()), tables_[parent].data(), tables[slot].data());
      }
      taken[parent] = true;
      lengths.push_back(lengths_[parent]);
    }
    tables_ = tables;
    lengths_ = lengths;
  }

  /// Gives a slot the first blocks of another one, which hold so many positions, a multiple of 32.
  void share(int64_t from, int64_t to, int32_t positions) {
    std::copy_n(tables_[from].begin(), positions / 32, tables_[to].begin());
    lengths_[to] = positions;
  }

  void close() {
    for (auto* stage : stages_) stage->close_cache(cache_);
  }

 private:
  std::vector<Stage*> stages_;
  int64_t vocabulary_, cache_;
  Ids lengths_, adapters_;
  std::vector<Ids> tables_;
};

}  // namespace trireme::test
