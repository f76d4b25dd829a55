#include <ATen/ATen.h>

#include <limits>
#include <map>
#include <vector>

#include "kernels_aten.h"

namespace trireme {
namespace {

using at::Tensor;

/// x (N, I) w (O, I)^T of a bfloat16 w. Where there is a product that takes bfloat16 and gives float32, x goes in as the sum
/// of two bfloat16, stacked: 16 of its 24 bits count, and w is read once at half the bytes.
Tensor bfloat16_linear(const Tensor& x, const Tensor& w) {
  if (!x.is_cuda()) return x.mm(w.to(at::kFloat).t());
  auto high = x.to(at::kBFloat16), low = x.sub(high).to(at::kBFloat16);
  auto halves = at::mm(at::cat({high, low}), w.t(), at::kFloat).chunk(2);
  return halves[0].add_(halves[1]);
}

/// Rows of x (R, ...), in one operator that knows its size.
Tensor rows_of(const Tensor& x, const Tensor& rows) {
  auto sizes = x.sizes().vec();
  sizes[0] = rows.numel();
  auto out = at::empty(sizes, x.options());
  return at::index_select_out(out, x, 0, rows);
}

}  // namespace

PackedMatrix AtenKernels::packed(int64_t rows, int64_t columns, Weights type, const at::Device& device) const {
  auto dtype = type == Weights::bfloat16 ? at::kBFloat16 : at::kFloat;
  return {rows, columns, type, at::zeros({rows, columns}, at::device(device).dtype(dtype))};
}

void AtenKernels::pack(const Tensor& values, int64_t first_row, int64_t first_column, PackedMatrix& w) const {
  w.data.narrow(0, first_row, values.size(0)).narrow(1, first_column, values.size(1)).copy_(values);
}

void AtenKernels::linear(const Tensor& x, const PackedMatrix& w, Tensor& out, bool accumulate) const {
  if (w.type == Weights::float32) return linear(x, w.data, out, accumulate);
  auto product = bfloat16_linear(x, w.data);
  if (accumulate) out.add_(product);
  else out.copy_(product);
}

void AtenKernels::embed(const Tensor& ids, const Tensor& position_ids, const PackedMatrix& tokens, const Tensor& positions,
                        Tensor& out) const {
  if (tokens.type == Weights::float32) at::index_select_out(out, tokens.data, 0, ids);
  else out.copy_(rows_of(tokens.data, ids));
  if (positions.defined()) out.add_(rows_of(positions, position_ids));
}

int64_t AtenKernels::block_elements(const AttentionShape& s) const {
  return 2 * kBlock * s.kv_heads * s.width;
}

Tensor AtenKernels::cache(const at::IntArrayRef& sizes, CacheType type, const at::Device& device) const {
  return at::zeros(sizes, at::device(device).dtype(type == CacheType::bfloat16 ? at::kBFloat16 : at::kFloat));
}

namespace {

/// Sequences that get equally many tokens attend together.
std::map<int64_t, std::vector<Span>> by_count(const std::vector<Span>& spans) {
  std::map<int64_t, std::vector<Span>> groups;
  for (const auto& span : spans) groups[span.count].push_back(span);
  return groups;
}

/// S sequences with Q queries each.
struct Group {
  int64_t sequences, queries_each;
  Tensor rows;    // (S Q) of the pass's tokens
  Tensor blocks;  // (S M) of all positions of each sequence, padded with its first
  Tensor queries;  // (S, Q, 1) positions
  Tensor beyond;   // (S, P, 1, 1): which of P = 32 M positions are not there
  std::map<int64_t, Tensor> unseen;  // (S, 1, 1, Q, P), by window: which a query does not attend to
};

/// What all layers of a pass use.
struct Derived {
  Tensor block_of, place_of;  // (N): where the keys and values of each row go
  std::vector<Group> groups;
};

Derived& derived_of(const Spans& spans) {
  if (!spans.derived) {
    auto all = std::make_shared<Derived>();
    auto next = spans.indices.begin();
    all->block_of = *next++;
    all->place_of = *next++;
    for (const auto& [each, some] : by_count(spans.all)) {
      auto count = static_cast<int64_t>(some.size());
      Group group{count, each, next[0], next[1], next[2].view({count, each, 1}), {}, {}};
      auto positions = at::arange(group.blocks.numel() / count * kBlock, group.blocks.options());
      group.beyond = positions.ge(next[3].unsqueeze(1)).view({count, -1, 1, 1});
      next += 4;
      all->groups.push_back(std::move(group));
    }
    spans.derived = all;
  }
  return *static_cast<Derived*>(spans.derived.get());
}

const Tensor& unseen(Group& group, int64_t window) {
  auto& mask = group.unseen[window];
  if (!mask.defined()) {
    auto positions = at::arange(group.beyond.size(1), group.queries.options());
    mask = positions.gt(group.queries);
    if (window > 0) mask.logical_or_(positions.le(group.queries.sub(window)));
    mask = mask.view({group.sequences, 1, 1, group.queries_each, -1});
  }
  return mask;
}

/// The cached keys or values of a group's sequences, (S, P, K, D) float32.
Tensor gathered(const AttentionShape& s, const Tensor& kept, const Group& group) {
  return rows_of(kept, group.blocks).view({group.sequences, -1, s.kv_heads, s.width}).to(at::kFloat);
}

}  // namespace

std::vector<std::vector<int64_t>> AtenKernels::indices(const std::vector<Span>& spans) const {
  std::vector<std::vector<int64_t>> all(2);
  for (const auto& span : spans)
    for (int64_t position = span.first; position < span.end(); ++position) {
      all[0].push_back(span.table[position / kBlock]);
      all[1].push_back(position % kBlock);
    }
  for (const auto& [each, some] : by_count(spans)) {
    std::vector<int64_t> rows, blocks, queries, ends;
    int64_t longest = 0;
    for (const auto& span : some) longest = std::max(longest, (span.end() + kBlock - 1) / kBlock);
    for (const auto& span : some) {
      for (int64_t i = 0; i < each; ++i) {
        rows.push_back(span.begin + i);
        queries.push_back(span.first + i);
      }
      for (int64_t b = 0; b < longest; ++b) blocks.push_back(span.table[b * kBlock < span.end() ? b : 0]);
      ends.push_back(span.end());
    }
    for (auto& one : {rows, blocks, queries, ends}) all.push_back(one);
  }
  return all;
}

void AtenKernels::attend(const AttentionShape& s, const Spans& spans, const Tensor& qkv, LayerCache& cache, Tensor& out) const {
  auto& derived = derived_of(spans);
  auto heads = qkv.view({qkv.size(0), -1, s.width});
  auto blocks = cache.blocks.unflatten(1, {2, kBlock, s.kv_heads, s.width});
  for (int64_t part = 0; part < 2; ++part)
    blocks.select(1, part).index_put_({derived.block_of, derived.place_of},
                                      heads.narrow(1, s.heads + part * s.kv_heads, s.kv_heads).to(cache.blocks.scalar_type()));
  for (auto& group : derived.groups) {
    auto q = rows_of(heads.narrow(1, 0, s.heads), group.rows)
                 .view({group.sequences, group.queries_each, s.kv_heads, s.group(), s.width})
                 .permute({0, 2, 3, 1, 4});  // (S, K, G, Q, D)
    auto keys = gathered(s, blocks.select(1, 0), group).permute({0, 2, 3, 1}).unsqueeze(2);  // (S, K, 1, D, P)
    auto values = gathered(s, blocks.select(1, 1), group);
    values = values.masked_fill_(group.beyond, 0).permute({0, 2, 1, 3}).unsqueeze(2);  // another text's may be NaN, 0 times which is too
    auto scores = q.matmul(keys).mul_(s.scale()).masked_fill_(unseen(group, s.window), -std::numeric_limits<float>::infinity());
    auto mixed = scores.softmax(-1).matmul(values).permute({0, 3, 1, 2, 4});  // (S, Q, K, G, D)
    out.index_copy_(0, group.rows, mixed.reshape({group.rows.numel(), s.heads * s.width}));
  }
}

void AtenKernels::argmax(const Tensor& logits, int32_t* ids) const {
  auto largest = logits.amax(1, true);  // NaN if there is one
  auto first = logits.eq(largest).to(at::kInt).argmax(1);  // the first of ones
  at::from_blob(ids, {logits.size(0)}, at::kInt).copy_(first.masked_fill(largest.sub(largest).ne(0).squeeze(1), -1));
}

}  // namespace trireme
