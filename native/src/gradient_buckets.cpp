#include "gradient_buckets.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <sstream>

namespace trireme {
namespace {

/// Ends of runs of units that hold at least `least` floats each; the last may hold fewer.
std::vector<int64_t> bucket_ends(const std::vector<int64_t>& unit_ends, int64_t least) {
  std::vector<int64_t> ends;
  int64_t begin = 0;
  for (auto end : unit_ends) {  // of a unit that is frozen as of the one before
    if (end > begin && (end - begin >= least || end == unit_ends.back())) {
      ends.push_back(end);
      begin = end;
    }
  }
  return ends;
}

void abort(c10d::Backend& backend) {
  try {
    backend.abort();
  } catch (const std::exception&) {
    // What is wrong is the failure before it, whatever the backend says of being aborted.
  }
}

}  // namespace

GradientBuckets::GradientBuckets(const at::Tensor& gradients, const std::vector<int64_t>& unit_ends, const std::vector<int64_t>& pieces,
                                 c10d::Backend* backend, int64_t bucket_bytes, Reduction reduction, std::chrono::milliseconds timeout)
    : backend_(backend), reduction_(reduction), timeout_(timeout), streams_(streams_of(gradients.device())) {
  auto ends = reduction == Reduction::per_parameter ? pieces : bucket_ends(unit_ends, bucket_bytes / 4);
  int64_t begin = 0;
  for (auto end : ends) {
    auto unit = std::lower_bound(unit_ends.begin(), unit_ends.end(), end) - unit_ends.begin();
    buckets_.push_back({unit, gradients.narrow(0, begin, end - begin)});
    begin = end;
  }
  pending_.reserve(buckets_.size());
}

void GradientBuckets::complete(int64_t unit) {
  if (reduction_ != Reduction::overlapped) return;
  while (started_ < buckets_.size() && buckets_[started_].last_unit <= unit) start(buckets_[started_]);
}

void GradientBuckets::start(const Bucket& bucket) {
  ++started_;
  std::vector<at::Tensor> tensors{bucket.gradients};
  pending_.push_back(backend_->allreduce(tensors));
}

void GradientBuckets::wait() {
  const auto* stream = streams_ ? &streams_->compute : nullptr;
  waited_.reset();
  waited_.start(stream);
  auto pending = std::move(pending_);
  auto from = started_;
  pending_.clear();
  started_ = 0;
  for (; from < buckets_.size(); ++from) {
    std::vector<at::Tensor> tensors{buckets_[from].gradients};
    if (reduction_ == Reduction::tree) sum_along_tree(tensors[0]);
    else pending.push_back(backend_->allreduce(tensors));
    if (reduction_ != Reduction::tree) pending.back()->wait();
  }
  for (auto& work : pending) work->wait();
  waited_.stop(stream);
  awaited_ = std::move(pending);
}

void GradientBuckets::watch(std::chrono::steady_clock::time_point since) const {
  for (const auto& work : awaited_) {
    auto failure = work->exception();
    if (!failure) continue;
    abort(*backend_);
    std::rethrow_exception(failure);
  }
  if (std::chrono::steady_clock::now() - since < timeout_) return;
  abort(*backend_);
  TORCH_CHECK(false, "all-reduce of gradients timed out after ", timeout_.count(), " ms; another rank has ended, or is too slow");
}

void GradientBuckets::drop() {
  auto pending = std::move(pending_);
  pending_.clear();
  started_ = 0;
  for (auto& work : pending) work->wait();
}

/// An all-reduce may add in any order; what was gathered is added in ours.
void GradientBuckets::sum_along_tree(at::Tensor& gradients) const {
  std::vector<std::vector<at::Tensor>> gathered(1);
  for (int64_t i = 0; i < backend_->getSize(); ++i) gathered[0].push_back(at::empty_like(gradients));
  std::vector<at::Tensor> mine{gradients};
  backend_->allgather(gathered, mine)->wait();
  auto& parts = gathered[0];
  for (std::size_t stride = 1; stride < parts.size(); stride *= 2)
    for (std::size_t i = 0; i + stride < parts.size(); i += 2 * stride) parts[i].add_(parts[i + stride]);
  gradients.copy_(parts[0]);
}

std::string GradientBuckets::plan() const {
  std::ostringstream text;
  text << "float32 buckets";
  for (const auto& bucket : buckets_) text << ' ' << bucket.gradients.numel();
  return text.str();
}

}  // namespace trireme
