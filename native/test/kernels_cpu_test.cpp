#include <torch/torch.h>

#include <limits>
#include <thread>

#include "cpu/thread_team.h"
#include "dropout.h"
#include "kernel_comparison.h"

/// Every kernel of training on the CPU against ATen's operators and autograd in float64, at sizes that leave ends of vectors and
/// blocks, with each instruction set that this machine has.
using namespace trireme;
using namespace trireme::test;

namespace {

/// (B * T, C) of dropout.h, element by element.
Tensor activation_mask(const Dropout& d, int64_t rows, int64_t length, int64_t width) {
  auto mask = at::empty({rows, width}, at::kDouble);
  auto* m = mask.data_ptr<double>();
  for (int64_t n = 0; n < rows; ++n)
    for (int64_t c = 0; c < width; ++c) {
      auto bits = dropout_bits(d.key, static_cast<uint32_t>(d.first_row + n / length), static_cast<uint32_t>(n % length * width + c));
      m[n * width + c] = bits < dropout_threshold(d.probability) ? 0 : 1 / (1 - d.probability);
    }
  return mask;
}

/// (B, H, T, T)
Tensor attention_mask(const Dropout& d, const AttentionShape& s) {
  auto mask = at::empty({s.batch, s.heads, s.length, s.length}, at::kDouble);
  auto* m = mask.data_ptr<double>();
  for (int64_t b = 0; b < s.batch; ++b)
    for (uint32_t h = 0; h < s.heads; ++h)
      for (uint32_t q = 0; q < s.length; ++q)
        for (uint32_t k = 0; k < s.length; ++k) {
          auto bits = dropout_bits(d.key, static_cast<uint32_t>(d.first_row + b), attention_index(h, q, k));
          *m++ = bits < dropout_threshold(d.probability) ? 0 : 1 / (1 - d.probability);
        }
  return mask;
}

Dropout dropout_of(double probability) {
  return {probability, dropout_key(3, 5, 7, 2), 11};
}

}  // namespace

TEST("kernels and matrix products run on as many threads as the team has") {
  auto x = random({512, 512}, 1), w = random({512, 512}, 2), bias = random({512}, 3), out = at::empty_like(x);
  const auto& k = cpu_kernels();
  auto by_bias = [&] { k.add_bias(x, bias); };
  auto by_product = [&] { k.linear(x, w, out, false); };
  auto helpers_after = [&](int64_t threads, const std::function<void()>& work) {
    set_team_size(threads);
    for (int i = 0; i < 1000 && helper_count() < threads - 1; ++i) std::thread(work).join();  // each a new caller
    return helper_count();
  };
  set_team_size(1);
  by_bias();
  by_product();
  CHECK(helper_count() == 0) << helper_count() << " helpers for one thread";
  CHECK(helpers_after(2, by_bias) == 1) << helper_count() << " helpers after a bias on 2 threads";
  CHECK(helpers_after(4, by_product) >= 3) << helper_count() << " helpers after a product on 4 threads";
}

TEST("linear layers and their gradients are those of float64") {
  for (auto [N, I, O] : {std::array<int64_t, 3>{1, 16, 48},
                         {7, 33, 65},
                         {130, 80, 240},
                         {300, 257, 190},
                         {700, 64, 1000},
                         {530, 1050, 1050}}) {  // the last: several blocks each way
    auto x = random({N, I}, 1), w = random({O, I}, 2), dy = random({N, O}, 3), dw = random({O, I}, 4);
    auto x64 = x.to(at::kDouble), w64 = w.to(at::kDouble), dy64 = dy.to(at::kDouble);
    auto sum = dy64.t().matmul(x64);
    Outputs expected{x64.matmul(w64.t()), dy64.matmul(w64), sum, sum + dw.to(at::kDouble)};
    compare(text({double(N), double(I), double(O)}), expected, [&](const Kernels& k) {
      Outputs out{at::empty({N, O}), at::empty({N, I}), at::full({O, I}, NAN), dw.clone()};
      k.linear(x, w, out[0], false);
      k.linear_backward_input(dy, w, out[1], false);
      k.linear_backward_weight(dy, x, out[2], false);
      k.linear_backward_weight(dy, x, out[3], true);
      return out;
    });
  }
}

TEST("biases and their gradients are those of float64") {
  for (auto [N, C] : {std::array<int64_t, 2>{1, 5}, {7, 48}, {130, 333}, {2048, 1024}}) {
    auto x = random({N, C}, 1), bias = random({C}, 2), db = random({C}, 3);
    auto x64 = x.to(at::kDouble), sum = x64.sum(0);
    compare(text({double(N), double(C)}), {x64 + bias, sum, sum + db}, [&](const Kernels& k) {
      Outputs out{x.clone(), at::full({C}, NAN), db.clone()};
      k.add_bias(out[0], bias);
      k.bias_backward(x, out[1], false);
      k.bias_backward(x, out[2], true);
      return out;
    });
  }
}

TEST("embedding adds tokens and positions, and its gradient goes back to both") {
  for (auto [B, T, C, p] :
       {std::tuple<int64_t, int64_t, int64_t, double>{1, 1, 8, 0}, {2, 5, 33, 0.3}, {3, 50, 80, 0}, {4, 40, 130, 0.5}}) {
    int64_t N = B * T, V = 13;
    auto length = T;
    auto ids = random_ids(V, N, 1);
    auto tokens = random({V, C}, 2), positions = random({T + 3, C}, 3), dy = random({N, C}, 4);
    auto t64 = leaf(tokens), p64 = leaf(positions);
    auto dropout = dropout_of(p);
    auto y = (t64.index_select(0, ids) + p64.narrow(0, 0, T).repeat({B, 1})) * activation_mask(dropout, N, T, C);
    y.backward(dy.to(at::kDouble));
    Outputs expected{y.detach(), t64.grad() + 1, p64.grad() + 2};
    compare(text({double(B), double(T), double(C), p}), expected, [&](const Kernels& k) {
      Outputs out{at::empty({N, C}), at::ones({V, C}), at::full({length + 3, dy.size(1)}, 2.0f)};
      k.embedding(ids, tokens, positions, length, dropout, out[0]);
      k.embedding_backward(dy, ids, length, dropout, out[1], out[2]);
      return out;
    });
  }
}

TEST("an embedding may be without positions") {
  for (double p : {0.0, 0.3}) {
    int64_t B = 3, T = 5, C = 33, N = B * T, V = 13;
    auto ids = random_ids(V, N, 1), tokens = random({V, C}, 2), dy = random({N, C}, 4), t64 = leaf(tokens);
    auto y = t64.index_select(0, ids) * activation_mask(dropout_of(p), N, T, C);
    y.backward(dy.to(at::kDouble));
    compare(text({p}), {y.detach(), t64.grad()}, [&](const Kernels& k) {
      Outputs out{at::empty({N, C}), at::zeros({V, C})};
      Tensor none;
      k.embedding(ids, tokens, none, T, dropout_of(p), out[0]);
      k.embedding_backward(dy, ids, T, dropout_of(p), out[1], none);
      return out;
    });
  }
}

TEST("layer norm and its gradients are those of float64, also in place") {
  for (auto [N, C] : {std::array<int64_t, 2>{1, 8}, {7, 33}, {130, 80}, {300, 257}}) {
    auto x = random({N, C}, 1).add_(0.5), gamma = random({C}, 2), beta = random({C}, 3), dy = random({N, C}, 4), stream = random({N, C}, 5);
    auto x64 = leaf(x), g64 = leaf(gamma), b64 = leaf(beta);
    auto y = at::layer_norm(x64, {C}, g64, b64, 1e-5);
    y.backward(dy.to(at::kDouble));
    auto dx = x64.grad() + stream;
    auto mean = x64.detach().mean(1), rstd = (x64.detach().var(1, false) + 1e-5).rsqrt();
    Outputs expected{y.detach(), mean, rstd, dx, g64.grad(), b64.grad(), dx, g64.grad() * 2, b64.grad() * 2, dx};
    compare(text({double(N), double(C)}), expected, [&](const Kernels& k) {
      Outputs out{at::empty({N, C}), at::empty({N}), at::empty({N}), at::empty({N, C}), at::empty({C}), at::empty({C}), x.clone()};
      k.norm(x, gamma, beta, 1e-5, out[0], out[1], out[2]);
      k.norm_backward(dy, x, gamma, out[1], out[2], stream, out[3], out[4], out[5], false);
      auto d_gamma = out[4].clone(), d_beta = out[5].clone(), over_stream = stream.clone();
      k.norm_backward(dy, out[6], gamma, out[1], out[2], stream, out[6], d_gamma, d_beta, true);
      k.norm_backward(dy, x, gamma, out[1], out[2], over_stream, over_stream, d_beta, d_gamma, false);
      k.norm_backward(dy, x, gamma, out[1], out[2], stream, over_stream, d_gamma, d_beta, false);
      out.insert(out.end(), {out[4] + d_gamma, out[5] + d_beta, over_stream});
      return out;
    });
  }
}

TEST("RMS norm and its gradients are those of float64, also in place") {
  for (auto [N, C] : {std::array<int64_t, 2>{1, 8}, {7, 33}, {130, 80}, {300, 257}}) {
    auto x = random({N, C}, 1).add_(0.5), gamma = random({C}, 2), dy = random({N, C}, 4), stream = random({N, C}, 5);
    auto x64 = leaf(x), g64 = leaf(gamma);
    auto rstd = (x64.square().mean(1, true) + 1e-5).rsqrt(), y = x64 * rstd * g64;
    y.backward(dy.to(at::kDouble));
    auto dx = x64.grad() + stream;
    Outputs expected{y.detach(), rstd.detach().view({N}), dx, g64.grad(), dx, dx, g64.grad() * 2};
    compare(text({double(N), double(C)}), expected, [&](const Kernels& k) {
      Outputs out{at::empty({N, C}), at::empty({N}), at::empty({N, C}), at::full({C}, NAN), x.clone(), stream.clone()};
      k.rms_norm(x, gamma, 1e-5, out[0], out[1]);
      k.rms_norm_backward(dy, x, gamma, out[1], stream, out[2], out[3], false);
      auto d_gamma = out[3].clone(), unused = at::empty({C});
      k.rms_norm_backward(dy, out[4], gamma, out[1], stream, out[4], d_gamma, true);
      k.rms_norm_backward(dy, x, gamma, out[1], out[5], out[5], unused, false);
      out.push_back(d_gamma);
      return out;
    });
  }
}

TEST("the residual stream takes an update, its bias and the mask of dropout.h to the element") {
  for (auto [B, T, C, p] :
       {std::tuple<int64_t, int64_t, int64_t, double>{1, 1, 8, 0}, {7, 1, 33, 0.1}, {2, 65, 80, 0}, {2, 150, 257, 0.5}}) {
    int64_t N = B * T;
    auto length = T;
    auto x = random({N, C}, 1), update = random({N, C}, 2), bias = random({C}, 3);
    auto dropout = dropout_of(p);
    auto mask = activation_mask(dropout, N, T, C);
    auto x64 = x.to(at::kDouble), u64 = update.to(at::kDouble);
    auto where = text({double(B), double(T), double(C), p});
    compare(where, {x64 + (u64 + bias) * mask, x64 + (u64 + bias) * mask, u64 * mask}, [&](const Kernels& k) {
      Outputs out{at::empty_like(x), x.clone(), at::empty_like(x)};
      k.residual(x, update, bias, length, dropout, out[0]);
      k.residual(out[1], update, bias, length, dropout, out[1]);
      k.dropped(update, length, dropout, out[2]);
      auto ones = at::ones_like(x);
      k.dropped(ones, length, dropout, ones);
      CHECK(same_bits(ones, mask.to(at::kFloat))) << where;
      return out;
    });
  }
}

TEST("gelu and its gradient are those of float64") {
  for (auto [N, F, scale] : {std::tuple<int64_t, int64_t, double>{1, 5, 1}, {7, 100, 1}, {130, 333, 3}, {300, 64, 20}}) {
    auto x = random({N, F}, 1, scale), bias = random({F}, 2), dy = random({N, F}, 3);
    auto biased = (x.to(at::kDouble) + bias).requires_grad_();
    auto y = at::gelu(biased, "tanh");
    y.backward(dy.to(at::kDouble));
    compare(text({double(N), double(F), scale}), {biased.detach(), y.detach(), biased.grad()}, [&](const Kernels& k) {
      Outputs out{x.clone(), at::empty_like(x)};
      k.bias_gelu(out[0], bias, out[1]);
      out.push_back(out[0].clone());
      k.gelu_backward(dy, out[2]);
      return out;
    });
  }
}

TEST("SwiGLU and its gradient are those of float64") {
  for (auto [N, F, scale] : {std::tuple<int64_t, int64_t, double>{1, 5, 1}, {7, 100, 1}, {130, 333, 3}, {300, 64, 20}}) {
    auto x = random({N, 2 * F}, 1, scale), dy = random({N, F}, 3), x64 = leaf(x);
    auto parts = x64.chunk(2, 1);
    auto y = at::silu(parts[0]) * parts[1];
    y.backward(dy.to(at::kDouble));
    compare(text({double(N), double(F), scale}), {y.detach(), x64.grad()}, [&](const Kernels& k) {
      Outputs out{at::empty_like(dy), x.clone()};
      k.swiglu(x, out[0]);
      k.swiglu_backward(dy, out[1]);
      return out;
    });
  }
}

TEST("rotary embedding turns pairs of q and k by their position's angle, and back") {
  for (auto [N, H, K, D] : {std::array<int64_t, 4>{1, 1, 1, 2}, {7, 4, 2, 6}, {130, 9, 3, 64}, {33, 2, 2, 80}}) {
    AttentionShape s{1, N, H, K, D};
    int64_t P = 50, turned = (H + K) * D;
    auto qkv = random({N, s.columns()}, 1), position_ids = random_ids(P, N, 2), angles = random({P, D / 2}, 3, 3).to(at::kDouble);
    auto table = at::cat({angles.cos(), angles.sin()}, 1).to(at::kFloat);
    auto heads = qkv.narrow(1, 0, turned).to(at::kDouble).view({N, H + K, 2, D / 2});
    auto pairs = at::complex(heads.select(2, 0), heads.select(2, 1));
    auto turn = at::polar(at::ones_like(angles), angles).index_select(0, position_ids).unsqueeze(1);
    auto v = qkv.narrow(1, turned, K * D).to(at::kDouble);
    auto result = [&](const Tensor& z) { return at::cat({at::cat({at::real(z), at::imag(z)}, 2).flatten(1), v}, 1); };
    compare(text({double(N), double(H), double(K), double(D)}), {result(pairs * turn), result(pairs * turn.conj())}, [&](const Kernels& k) {
      Outputs out{qkv.clone(), qkv.clone()};
      k.rotate(s, position_ids, table, false, out[0]);
      k.rotate(s, position_ids, table, true, out[1]);
      return out;
    });
  }
}

TEST("causal attention and its gradients are those of float64, with grouped heads, windows and dropout and without") {
  for (auto [T, W] : {std::pair<int64_t, int64_t>{1, 0}, {5, 0}, {128, 0}, {300, 0}, {5, 1}, {128, 16}, {300, 37}, {40, 300}})
    for (auto [H, K, D] : {std::array<int64_t, 3>{3, 3, 8}, {3, 3, 64}, {3, 3, 80}, {6, 2, 16}, {4, 1, 33}})
      for (double p : {0.0, 0.2}) {
        if (W > 0 && D > 64) continue;  // nothing that the others lack
        AttentionShape s{2, T, H, K, D, W};
        auto N = s.batch * T;
        auto qkv = random({N, s.columns()}, 1), d_out = random({N, H * D}, 2);
        auto dropout = dropout_of(p);
        auto qkv64 = leaf(qkv);
        Attention64 reference(s, qkv64);
        auto out64 = reference.out(s, attention_mask(dropout, s));
        out64.backward(d_out.to(at::kDouble));
        Outputs expected{out64.detach(), reference.scores.detach().logsumexp(-1), qkv64.grad()};
        compare(text({double(T), double(W), double(H), double(K), double(D), p}), expected, [&](const Kernels& k) {
          Outputs out{at::full({N, s.heads * s.width}, NAN), at::empty({s.batch, s.heads, s.length}), qkv.clone()};
          k.attention(s, qkv, dropout, out[0], out[1]);
          k.attention_backward(s, d_out, out[0], out[1], dropout, out[2]);
          return out;
        });
      }
}

/// Begins of documents for rows of T positions, another cut in each row.
Tensor documents(int64_t rows, int64_t length) {
  auto begins = at::empty({rows, length}, at::kInt);
  for (int64_t b = 0; b < rows; ++b)
    for (int64_t t = 0, begin = 0; t < length; ++t) {
      if (t % (7 + 5 * b) == 3 || t == length - 1) begin = t;
      begins[b][t] = begin;
    }
  return begins.view(-1);
}

TEST("documents of a row do not see each other, with grouped heads, windows and dropout and without") {
  for (auto [T, W] : {std::pair<int64_t, int64_t>{5, 0}, {128, 0}, {40, 6}})
    for (auto [H, K, D] : {std::array<int64_t, 3>{3, 3, 8}, {6, 2, 16}})
      for (double p : {0.0, 0.2}) {
        AttentionShape s{2, T, H, K, D, W, documents(2, T)};
        auto N = s.batch * T;
        auto qkv = random({N, s.columns()}, 1), d_out = random({N, H * D}, 2);
        auto dropout = dropout_of(p);
        auto qkv64 = leaf(qkv);
        Attention64 reference(s, qkv64);
        auto out64 = reference.out(s, attention_mask(dropout, s));
        out64.backward(d_out.to(at::kDouble));
        Outputs expected{out64.detach(), reference.scores.detach().logsumexp(-1), qkv64.grad()};
        compare(text({double(T), double(W), double(H), double(K), double(D), p}), expected, [&](const Kernels& k) {
          Outputs out{at::full({N, s.heads * s.width}, NAN), at::empty({s.batch, s.heads, s.length}), qkv.clone()};
          k.attention(s, qkv, dropout, out[0], out[1]);
          k.attention_backward(s, d_out, out[0], out[1], dropout, out[2]);
          return out;
        });
      }
}

TEST("learned positions count from the begin of each document") {
  int64_t T = 12, C = 20, N = 2 * T;
  auto begins = documents(2, T);
  auto ids = random_ids(9, N, 1), position_ids = at::arange(T).repeat({2}).sub(begins).to(at::kLong);
  auto tokens = random({9, C}, 2), positions = random({T, C}, 3), dy = random({N, C}, 4);
  auto d_tokens = at::zeros({9, C}, at::kDouble).index_add_(0, ids.to(at::kLong), dy.to(at::kDouble));
  auto d_positions = at::zeros({T, C}, at::kDouble).index_add_(0, position_ids, dy.to(at::kDouble));
  Outputs expected{tokens.index_select(0, ids) + positions.index_select(0, position_ids), d_tokens, d_positions};
  compare("", expected, [&](const Kernels& k) {
    Outputs out{at::empty({N, C}), at::zeros({9, C}), at::zeros({T, C})};
    k.embedding(ids, tokens, positions, {T, begins}, {}, out[0]);
    k.embedding_backward(dy, ids, {T, begins}, {}, out[1], out[2]);
    return out;
  });
}

TEST("cross-entropy and its gradient are those of float64") {
  for (auto [N, V, scale] : {std::tuple<int64_t, int64_t, double>{1, 1, 1}, {7, 33, 1}, {130, 1025, 5}, {40, 10000, 30}}) {
    auto logits = random({N, V}, 1, scale), weights = random_ids(3, N, 2).to(at::kFloat).div_(2);
    auto targets = random_ids(V, N, 3);
    weights[0] = 1.5;
    auto l64 = leaf(logits);
    auto losses = at::cross_entropy_loss(l64, targets.to(at::kLong), {}, at::Reduction::None);
    auto loss = (losses * weights).sum();
    (loss / 17).backward();
    auto nothing = at::tensor(0.0);
    compare(text({double(N), double(V), scale}), {V == 1 ? nothing : loss.detach(), V == 1 ? nothing : loss.detach(), l64.grad()},
            [&](const Kernels& k) {
              auto evaluated = logits.clone(), gradient = logits.clone();
              double plain = loss_of(k, evaluated, targets, weights, 17, false), with = loss_of(k, gradient, targets, weights, 17, true);
              return Outputs{at::tensor(static_cast<float>(plain)), at::tensor(static_cast<float>(with)), gradient};
            });
  }
}

TEST("each probability is right to a few units of the last place, however small") {
  auto logits = at::linspace(-80, 0, 20000).view({1, -1}), expected = logits.to(at::kDouble).softmax(1);
  for (const char* set : {"v2", "v3", "v4"}) {
    if (cpu_kernels(set) == nullptr) continue;
    auto p = logits.clone();
    loss_of(*cpu_kernels(set), p, at::full({1}, 19999, at::kInt), at::ones({1}), 1, true);
    auto others = ((p - expected) / expected).narrow(1, 0, 19999);  // the last is the target's: p - 1
    CHECK_BELOW(others.abs().max().item<double>(), 3e-7) << set;
  }
}

TEST("what is not a number or infinite stays so, and a row of weight 0 takes no part") {
  for (const char* set : {"v2", "v3", "v4"}) {
    if (cpu_kernels(set) == nullptr) continue;
    const auto& k = *cpu_kernels(set);
    for (float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()})
      for (int64_t index : {0, 40, 99}) {
        auto logits = random({1, 100}, 1), targets = at::zeros({1}, at::kInt), flat = random({100}, 2), x = random({1, 100}, 3);
        logits[0][index] = bad;
        flat[index] = bad;
        x[0][index] = bad;
        auto ignored = logits.clone(), out = at::empty_like(x);
        CHECK(!std::isfinite(loss_of(k, logits, targets, at::ones({1}), 1, true))) << set << index;
        CHECK(loss_of(k, ignored, targets, at::zeros({1}), 1, true) == 0 && ignored.eq(0).all().item<bool>()) << set << index;
        CHECK(!std::isfinite(squares_of(k, flat))) << set << index;
        k.bias_gelu(x, at::zeros({100}), out);
        CHECK(!std::isfinite(out[0][index].item<float>())) << set << index;
      }
  }
}

TEST("adamw takes the step of float64, and squares are summed in float64") {
  for (int64_t P : {1, 1000, 100003}) {
    AdamWStep step{1e-2, 0.9, 0.99, 1e-6, 0.1, 2};
    auto clip = at::tensor({0.5, 3.0}, at::kDouble);
    auto w = random({P}, 1), g = random({P}, 2), m = random({P}, 3, 0.1), v = random({P}, 4, 0.1).square_();
    auto g64 = g.to(at::kDouble) * 0.5;
    auto m64 = m.to(at::kDouble) * 0.9 + g64 * 0.1, v64 = v.to(at::kDouble) * 0.99 + g64.square() * 0.01;
    auto w64 = w.to(at::kDouble) * (1 - 1e-3) - 1e-2 * (m64 / 0.19) / ((v64 / 0.0199).sqrt() + 1e-6);
    auto squares = g.to(at::kDouble).square().sum();
    compare(text({double(P)}), {w64, m64, v64, squares}, [&](const Kernels& k) {
      Outputs out{w.clone(), m.clone(), v.clone()};
      k.adamw(out[0], g, out[1], out[2], step, clip);
      out.push_back(at::tensor(static_cast<float>(squares_of(k, g))));
      CHECK_BELOW(std::abs(squares_of(k, g) / squares.item<double>() - 1), 1e-14 * P + 1e-15);
      return out;
    });
  }
}

TEST("gradients are averaged, and clipped to a norm that is larger; a norm that is not finite changes nothing") {
  auto squares = at::tensor({9.0, 16.0}, at::kDouble), clip = at::zeros({2}, at::kDouble);
  auto factor_and_norm = [&](double max_norm, int64_t replicas) {
    cpu_kernels().clip(squares, max_norm, replicas, clip);
    return std::make_pair(clip[0].item<double>(), clip[1].item<double>());
  };
  CHECK(factor_and_norm(0, 2) == std::make_pair(0.5, 5.0));
  CHECK(factor_and_norm(6, 2) == std::make_pair(0.5, 5.0));
  CHECK(factor_and_norm(2.5, 2) == std::make_pair(0.25, 5.0));
  squares[0] = std::numeric_limits<double>::quiet_NaN();
  factor_and_norm(1, 1);
  auto w = random({10}, 1), g = random({10}, 2), m = random({10}, 3), v = random({10}, 4), before = at::cat({w, m, v});
  cpu_kernels().adamw(w, g, m, v, {1e-2, 0.9, 0.99, 1e-6, 0.1, 2}, clip);
  CHECK(same_bits(at::cat({w, m, v}), before));
}

TEST("a loss that is not finite spoils a gradient, any other leaves its bits") {
  for (double loss : {1.0, -0.0, double(INFINITY), double(NAN)}) {
    auto gradient = at::tensor({-0.0f, 1.0f}), before = gradient.clone();
    cpu_kernels().spoil(at::tensor(loss, at::kDouble), gradient);
    CHECK(same_bits(gradient, before) == std::isfinite(loss)) << loss;
    CHECK(gradient.isfinite().all().item<bool>() == std::isfinite(loss)) << loss;
  }
}

int main(int argc, char** argv) {
  return check::run(argc, argv);
}
