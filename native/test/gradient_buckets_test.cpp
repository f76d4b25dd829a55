#include "gradient_buckets.h"

#include "thread_backend.h"
#include "tiny_models.h"

using namespace trireme;
using namespace trireme::test;

namespace {

/// Trains `ranks` replicas for two steps, each on its own part of the batch. @return all gradients and weights of each
std::vector<Tensors> train_replicas(int ranks, Reduction reduction, std::vector<int64_t>* counts = nullptr) {
  auto model = tiny_model();
  Meeting meeting(ranks);
  std::vector<Tensors> results(ranks);
  on_ranks(ranks, [&](int rank) {
    auto backend = c10::make_intrusive<ThreadBackend>(rank, meeting);
    Stage stage(model, 0, model.layers, device());
    stage.initialize(3);
    stage.join(backend.get(), 16 << 10, reduction);
    for (int step = 1; step <= 2; ++step) {
      RandomBatch batch(model, 4, 16, step);
      auto rows = 4 / ranks;
      stage.begin(step, 1234, 1, batch.weight / ranks);
      batch.load(stage, 0, rank * rows, (rank + 1) * rows);
      stage.forward(0, Mode::train);
      stage.backward(0);
      stage.apply({}, 1e-3);
    }
    results[rank] = read_all(stage, true);
    for (auto& [name, value] : read_all(stage, false)) results[rank]["weight of " + name] = value;
    if (rank == 0 && counts) *counts = backend->counts;
  });
  return results;
}

/// What each of the ranks has after Reduction::tree of `parts`, one of which is each rank's.
std::vector<at::Tensor> reduced_along_tree(const std::vector<at::Tensor>& parts) {
  auto ranks = static_cast<int>(parts.size());
  Meeting meeting(ranks);
  std::vector<at::Tensor> results(ranks);
  on_ranks(ranks, [&](int rank) {
    auto backend = c10::make_intrusive<ThreadBackend>(rank, meeting);
    auto gradients = parts[rank].clone();
    GradientBuckets buckets(gradients, {300, 1000}, {100, 300, 1000}, backend.get(), 4, Reduction::tree);
    buckets.complete(0);
    buckets.complete(1);
    buckets.wait();
    CHECK(backend->counts.empty()) << "an all-reduce adds in an order of its own";
    results[rank] = gradients;
  });
  return results;
}

}  // namespace

TEST("replicas stay identical to the bit") {
  auto results = train_replicas(2, Reduction::overlapped);
  CHECK(all_same_bits(results[0], results[1]));
}

TEST("buckets and overlap give the bits of the plain form") {
  auto plain = train_replicas(2, Reduction::per_parameter);
  CHECK(all_same_bits(plain[0], train_replicas(2, Reduction::buckets)[0]));
  CHECK(all_same_bits(plain[0], train_replicas(2, Reduction::overlapped)[0]));
}

TEST("two replicas take the step of one on the whole batch") {
  auto one = train_replicas(1, Reduction::overlapped)[0], two = train_replicas(2, Reduction::overlapped)[0];
  for (const auto& [name, value] : two) {
    if (name.find("c_attn.bias") != std::string::npos) continue;  // their true gradient is 0
    CHECK_BELOW(relative_error(value, one.at(name)), 1e-4);
  }
}

TEST("every gradient is reduced once in buckets of whole units") {
  std::vector<int64_t> counts;
  train_replicas(2, Reduction::overlapped, &counts);
  auto model = tiny_model();
  Stage stage(model, 0, model.layers, device());
  int64_t total = 0;
  for (std::size_t i = 0; i < counts.size() / 2; ++i) total += counts[i];
  int64_t least = 0;
  for (auto& [name, value] : read_all(stage, false)) least += value.numel();
  CHECK(counts.size() / 2 == 4);  // MLPs of 18 KB, two of them with the attention behind (9 KB), the embeddings with the last
  CHECK(total >= least && total < least + 16 * stage.parameters());
}

TEST("a reduction along a tree adds neighbours, then pairs of neighbours, on every rank") {
  std::vector<at::Tensor> g;
  for (uint64_t seed : {1, 2, 3, 4}) g.push_back(at::empty({1000}).normal_(0, 1, at::detail::createCPUGenerator(seed)));
  auto two = g[0] + g[1], three = two + g[2], four = two + (g[2] + g[3]);
  CHECK(!same_bits(four, three + g[3])) << "the order makes no difference: nothing is tested";
  for (const auto& result : reduced_along_tree({g[0], g[1]})) CHECK(same_bits(result, two));
  for (const auto& result : reduced_along_tree({g[0], g[1], g[2]})) CHECK(same_bits(result, three));
  for (const auto& result : reduced_along_tree(g)) CHECK(same_bits(result, four));
}

TEST("a step that is dropped after its all-reduce began leaves the next one whole") {
  auto model = tiny_model();
  Meeting meeting(2);
  for (auto reduction : {Reduction::overlapped, Reduction::buckets, Reduction::tree}) {
    std::vector<Tensors> gradients[2];
    on_ranks(2, [&](int rank) {
      auto backend = c10::make_intrusive<ThreadBackend>(rank, meeting);
      Stage stage(model, 0, model.layers, device());
      stage.initialize(3);
      stage.join(backend.get(), 16 << 10, reduction);
      for (bool dropped : {true, false, false}) {
        RandomBatch batch(model, 2, 16, 1 + rank);
        forward_backward(stage, batch, 1);
        if (dropped) stage.drop_micro_batches();
        else stage.wait_gradients();
        if (!dropped) gradients[rank].push_back(read_all(stage, true));
      }
    });
    CHECK(all_same_bits(gradients[0][0], gradients[1][0]));
    CHECK(all_same_bits(gradients[0][0], gradients[0][1]));
  }
}

TEST("the plan names the bounds that ranks must agree on") {
  Meeting meeting(1);
  auto backend = c10::make_intrusive<ThreadBackend>(0, meeting);
  auto model = tiny_model();
  Stage stage(model, 0, model.layers, device());
  CHECK(stage.reduction_plan() == "alone");
  stage.join(backend.get(), 16 << 10, Reduction::overlapped);
  CHECK(stage.reduction_plan().rfind("float32 buckets ", 0) == 0) << stage.reduction_plan();
}

int main(int argc, char** argv) {
  return check::run(argc, argv);
}
