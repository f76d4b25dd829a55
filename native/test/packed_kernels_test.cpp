#include <torch/torch.h>

#include <algorithm>

#include "kernel_comparison.h"

/// Every kernel of generation on the CPU: against float64, and against itself, since what a row gives must not depend on the
/// rows beside it.
using namespace trireme;
using namespace trireme::test;

namespace {

/// w packed at once, as it is or rounded to bfloat16.
PackedMatrix packed_of(const Kernels& k, const Tensor& w, Weights type) {
  auto packed = k.packed(w.size(0), w.size(1), type, at::kCPU);
  k.pack(w, 0, 0, packed);
  return packed;
}

/// What a packed matrix holds, bit for bit.
Tensor rows_of(const Kernels& k, const PackedMatrix& w) {
  auto ids = at::arange(w.rows, at::kInt), rows = at::empty({w.rows, w.columns});
  k.embed(ids, ids, w, {}, rows);
  return rows;
}

const Weights kPackedTypes[] = {Weights::float32, Weights::bfloat16};

Tensor as(Weights type, const Tensor& w) {
  return type == Weights::bfloat16 ? w.to(at::kBFloat16).to(at::kFloat) : w;
}

}  // namespace

TEST("packed matrices hold what they were given, in parts of any order and strides, rounded as ATen rounds") {
  for (auto [O, I] : {std::array<int64_t, 2>{1, 1}, {33, 5}, {64, 129}, {300, 257}})
    for (auto type : kPackedTypes) {
      auto w = random({O, I}, 1);
      w[0][0] = NAN;
      w[O - 1][I - 1] = INFINITY;
      w[O / 2][I / 2] = 1 + 3.0 / 256;
      w[0][I - 1] = -1e-40;
      auto transposed = w.t().contiguous().t(), scattered = at::stack({w, w}, 2).select(2, 0);
      auto rows = O / 3, columns = I / 2;
      compare(text({double(O), double(I), double(type)}), {}, [&, O = O, I = I](const Kernels& k) {
        for (const auto& values : {w, transposed, scattered}) {
          auto parts = k.packed(O, I, type, at::kCPU);
          k.pack(values.narrow(0, rows, O - rows), rows, 0, parts);
          if (rows > 0) k.pack(values.narrow(0, 0, rows).narrow(1, columns, I - columns), 0, columns, parts);
          if (rows > 0 && columns > 0) k.pack(values.narrow(0, 0, rows).narrow(1, 0, columns), 0, 0, parts);
          auto held = rows_of(k, parts), none = w.isnan();
          CHECK(held.isnan().equal(none)) << O << " " << I;
          CHECK(same_bits(held.masked_fill(none, 0), as(type, w).masked_fill(none, 0))) << O << " " << I;
        }
        return Outputs{};
      });
    }
}

TEST("packed products are those of float64, and each row of them is what it is alone, to the bit") {
  for (auto [N, I, O] : {std::array<int64_t, 3>{1, 1, 1}, {2, 33, 65}, {5, 80, 240}, {33, 257, 701}, {130, 100, 96}})
    for (auto type : kPackedTypes) {
      auto x = random({N, I}, 1), w = random({O, I}, 2);
      auto expected = x.to(at::kDouble).matmul(as(type, w).to(at::kDouble).t());
      auto where = text({double(N), double(I), double(O), double(type)});
      compare(where, {expected, expected, expected}, [&, N = N, O = O](const Kernels& k) {
        auto packed = packed_of(k, w, type);
        Outputs out{at::full({N, O}, NAN), at::full({N, O}, NAN), at::full({N, O}, NAN)};
        k.linear(x, packed, out[0], false);
        for (auto [some, height] : {std::array<int64_t, 2>{1, 1}, {2, 7}})
          for (int64_t n = 0; n < N; n += height) {
            auto count = std::min(height, N - n);
            auto part = out[some].narrow(0, n, count);
            k.linear(x.narrow(0, n, count), packed, part, false);
          }
        CHECK(same_bits(out[0], out[1]) && same_bits(out[0], out[2])) << where;
        return out;
      });
    }
}

TEST("packed embedding adds the position of each row") {
  for (auto type : kPackedTypes) {
    auto tokens = random({70, 33}, 1), positions = random({9, 33}, 2), ids = random_ids(70, 11, 3), position_ids = random_ids(9, 11, 4);
    auto expected = as(type, tokens).index_select(0, ids) + positions.index_select(0, position_ids);
    compare(text({double(type)}), {expected}, [&](const Kernels& k) {
      Outputs out{at::empty({11, 33})};
      k.embed(ids, position_ids, packed_of(k, tokens, type), positions, out[0]);
      CHECK(same_bits(out[0], expected));
      return out;
    });
  }
}

using Lengths = std::vector<int64_t>;

/// Runs sequences of the given lengths, whose rows of qkv follow each other, through a cache: one pass takes at most `cut`
/// tokens of each.
Tensor attend_in_cuts(const Kernels& k, const AttentionShape& s, const Lengths& lengths, const Tensor& qkv, int64_t cut,
                      CacheType type = CacheType::float32) {
  auto sequences = static_cast<int64_t>(lengths.size()), longest = *std::max_element(lengths.begin(), lengths.end());
  auto each = (longest + kBlock - 1) / kBlock;
  LayerCache cache{k.cache({sequences * each, 2, k.block_elements(s)}, type, at::kCPU).select(1, 1)};
  std::vector<std::vector<int32_t>> tables(sequences);  // blocks of a sequence in reverse, between those of others
  for (int64_t block = 0; block < sequences * each; ++block)
    tables[block % sequences].insert(tables[block % sequences].begin(), static_cast<int32_t>(block));
  auto all = at::full({qkv.size(0), s.heads * s.width}, NAN);
  for (int64_t first = 0; first < longest; first += cut) {
    Spans spans;
    std::vector<Tensor> parts;
    int64_t begin = 0, start = 0, slot = 0;
    for (auto length : lengths) {
      if (auto count = std::min(cut, length - first); count > 0) {
        spans.all.push_back({first, begin, count, tables[slot].data()});
        parts.push_back(at::arange(start + first, start + first + count));
        begin += count;
      }
      start += length;
      ++slot;
    }
    auto positions = at::cat(parts), out = at::full({begin, s.heads * s.width}, NAN);
    k.attend(s, spans, qkv.index_select(0, positions), cache, out);
    all.index_copy_(0, positions, out);
  }
  return all;
}

TEST("attention over a cache is that of float64 however sequences are cut and batched, to the bit") {
  for (auto [H, K, D, W] : {std::array<int64_t, 4>{3, 3, 8, 0},
                            {12, 12, 64, 0},
                            {6, 2, 80, 0},
                            {9, 3, 64, 0},
                            {4, 1, 33, 0},
                            {6, 2, 16, 1},
                            {9, 3, 64, 45},
                            {4, 1, 33, 200}}) {
    AttentionShape s{1, 0, H, K, D, W};
    Lengths lengths{70, 33, 1, 150};
    auto qkv = random({254, s.columns()}, 1);
    std::vector<Tensor> parts;
    int64_t start = 0;
    for (auto length : lengths) {
      s.length = length;
      parts.push_back(Attention64(s, qkv.narrow(0, start, length).to(at::kDouble)).out(s, at::ones({1})));
      start += length;
    }
    auto where = text({double(H), double(K), double(D), double(W)});
    compare(where, {at::cat(parts)}, [&](const Kernels& k) {
      auto whole = attend_in_cuts(k, s, lengths, qkv, 200);
      for (int64_t cut : {1, 7, 32, 45}) CHECK(same_bits(whole, attend_in_cuts(k, s, lengths, qkv, cut))) << "cut " << cut << ", " << where;
      auto alone = attend_in_cuts(k, s, {150}, qkv.narrow(0, 104, 150), 150);
      CHECK(same_bits(whole.narrow(0, 104, 150), alone)) << "alone, " << where;
      return Outputs{whole};
    });
    auto rounded = qkv.clone();
    rounded.slice(1, H * D).copy_(rounded.slice(1, H * D).to(at::kBFloat16));
    compare(where, {}, [&](const Kernels& k) {
      auto expected = attend_in_cuts(k, s, lengths, rounded, 200);
      for (int64_t cut : {7, 200})
        CHECK(same_bits(expected, attend_in_cuts(k, s, lengths, qkv, cut, CacheType::bfloat16)))
            << "bfloat16, cut " << cut << ", " << where;
      return Outputs{};
    });
  }
}

TEST("a key or value that is no number stays out of attention at the positions before it, with the bits of a pass each") {
  for (auto [H, K, D] : {std::array<int64_t, 3>{3, 3, 8}, {6, 2, 80}, {4, 1, 33}}) {
    AttentionShape s{1, 50, H, K, D};
    for (double value : {double(NAN), double(INFINITY)})
      for (int64_t head : {H, H + K, H + 2 * K - 1}) {  // the first key, the first value, the last value
        auto qkv = random({50, s.columns()}, 1), broken = qkv.clone();
        broken[29][head * D + D / 2] = value;
        auto where = text({double(H), double(K), double(D), value, double(head)});
        compare(where, {}, [&](const Kernels& k) {
          auto whole = attend_in_cuts(k, s, {50}, broken, 50), none = whole.isnan();
          CHECK(same_bits(whole.narrow(0, 0, 29), attend_in_cuts(k, s, {50}, qkv, 50).narrow(0, 0, 29))) << where;
          CHECK(!whole.narrow(0, 29, 21).isfinite().all().item<bool>()) << where;
          auto one_by_one = attend_in_cuts(k, s, {50}, broken, 1);
          CHECK(one_by_one.isnan().equal(none)) << where;
          CHECK(same_bits(whole.masked_fill(none, 0), one_by_one.masked_fill(none, 0))) << where;
          return Outputs{};
        });
      }
  }
}

TEST("norms, activations and rotations of a row are what they are alone, to the bit") {
  int64_t N = 33, C = 65;
  AttentionShape s{1, N, 3, 3, 10};
  auto x = random({N, C}, 1), wide = random({N, 2 * C}, 2), qkv = random({N, s.columns()}, 3);
  auto gamma = random({C}, 4), beta = random({C}, 5);
  auto position_ids = random_ids(20, N, 6), table = random({20, 10}, 7);
  compare("rows alone", {}, [&](const Kernels& k) {
    auto run = [&](int64_t first, int64_t count) {
      auto rows = [&](const Tensor& t) { return t.narrow(0, first, count).clone(); };
      auto biased = rows(x), turned = rows(qkv);
      auto a = at::empty_like(biased), b = at::empty_like(a), c = at::empty_like(a), d = at::empty_like(a);
      auto mean = at::empty({count}), rstd = at::empty({count});
      k.norm(rows(x), gamma, beta, 1e-5, a, mean, rstd);
      k.rms_norm(rows(x), gamma, 1e-5, b, rstd);
      k.bias_gelu(biased, beta, c);
      k.swiglu(rows(wide), d);
      k.rotate(s, rows(position_ids), table, false, turned);
      return at::cat({a, b, c, d, turned}, 1);
    };
    auto together = run(0, N);
    for (int64_t n = 0; n < N; ++n) CHECK(same_bits(together.narrow(0, n, 1), run(n, 1))) << n;
    return Outputs{};
  });
}

TEST("argmax is the first of the largest logits, and there is none where a NaN is or the largest is infinite") {
  auto logits = random({5, 1003}, 1), nothing = at::full({1, 70}, NAN), lowest = at::full({1, 3}, -INFINITY);
  logits[0][1002] = 50;
  for (int positions : {700, 701, 999}) logits[1][positions] = 9;
  logits[2][5] = INFINITY;
  logits[3][1002] = NAN;
  logits[4][3] = -INFINITY;
  auto expected = logits.argmax(1);
  expected[2] = expected[3] = -1;
  for (const char* set : {"v2", "v3", "v4"}) {
    if (cpu_kernels(set) == nullptr) continue;
    int32_t ids[5], id = 0;
    cpu_kernels(set)->argmax(logits, ids);
    for (int n = 0; n < 5; ++n) CHECK(ids[n] == expected[n].item<int64_t>()) << n << set;
    CHECK(ids[1] == 700) << set;
    cpu_kernels(set)->argmax(nothing, &id);
    CHECK(id == -1) << set;
    id = 0;
    cpu_kernels(set)->argmax(lowest, &id);
    CHECK(id == -1) << set;
  }
}

int main(int argc, char** argv) {
  return check::run(argc, argv);
}
