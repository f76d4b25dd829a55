#include "operators.h"

#include <ATen/ATen.h>
#include <c10/core/DeviceGuard.h>

#include "tensors.h"

namespace sim {
namespace {

using torch::jit::Stack;

/// A call of an operator: its arguments, what they are on the host, and what the operator reads and writes.
class Call {
 public:
  Call(const c10::OperatorHandle& op, Stack* stack) : op_(op), schema_(op.schema()), name_(schema_.name().c_str()) {
    arguments_ = torch::jit::pop(*stack, schema_.arguments().size());
    for (std::size_t i = 0; i < arguments_.size(); ++i) {
      auto* alias = schema_.arguments()[i].alias_info();
      host_.push_back(on_host(arguments_[i], alias && alias->isWrite()));
    }
    if (device_ < 0) device_ = current_device();
  }

  void run(Stack* stack) {
    c10::DeviceGuard guard(c10::Device(c10::kPrivateUse1, static_cast<c10::DeviceIndex>(device_)));
    auto returned = written_returns();
    if (returned) {
      if (has_empty_output()) give_sizes();
      if (has_empty_output()) return run_for_sizes(*returned, stack);
      launch(device_, name_, reads_, writes_, products(), [op = op_, inputs = host_]() mutable { compute(op, &inputs); });
      for (auto& value : *returned) stack->push_back(value);
    } else if (tells_shapes()) {
      run_into_new(stack);
    } else {
      run_for_values(stack);
    }
  }

 private:
  const c10::OperatorHandle op_;
  const c10::FunctionSchema& schema_;
  const char* name_;
  Stack arguments_, host_;
  std::vector<at::Tensor> reads_, writes_;
  int device_ = -1;

  static void compute(const c10::OperatorHandle& op, Stack* stack) {
    op.redispatchBoxed(c10::DispatchKeySet(c10::DispatchKey::CPU), stack);
  }

  at::Tensor seen(const at::Tensor& t, bool write) {
    if (!is_simulated(t)) {
      TORCH_CHECK(!t.defined() || t.dim() == 0, "sim: ", name_, " mixes a tensor of the host with the device's");
      return t;
    }
    auto index = t.device().index();
    TORCH_CHECK(device_ < 0 || device_ == index, "sim: ", name_, " mixes tensors of devices ", device_, " and ", int(index));
    device_ = index;
    (write ? writes_ : reads_).push_back(t);
    return open_tensor(t);
  }

  c10::IValue on_host(const c10::IValue& value, bool write) {
    if (value.isTensor()) return seen(value.toTensor(), write);
    if (value.isTensorList()) {
      std::vector<at::Tensor> list;
      for (const at::Tensor& t : value.toTensorVector()) list.push_back(seen(t, write));
      return list;
    }
    if (value.isOptionalTensorList()) {
      c10::List<std::optional<at::Tensor>> list;
      for (const auto& t : value.toOptionalTensorVector()) list.push_back(t ? std::optional(seen(*t, write)) : std::nullopt);
      return list;
    }
    if (!value.isDevice()) return value;
    if (value.toDevice().type() == c10::kPrivateUse1) device_ = value.toDevice().index();
    return c10::Device(at::kCPU);
  }

  /// What comes back when all of it are arguments that were written; nothing when something is new.
  std::optional<Stack> written_returns() const {
    Stack all;
    for (const auto& result : schema_.returns()) {
      auto* alias = result.alias_info();
      if (!alias) return std::nullopt;
      for (std::size_t i = 0; i < arguments_.size(); ++i) {
        auto* other = schema_.arguments()[i].alias_info();
        if (other && other->beforeSets() == alias->beforeSets()) all.push_back(arguments_[i]);
      }
    }
    if (all.size() != schema_.returns().size() || (all.empty() && writes_.empty())) return std::nullopt;
    return all;
  }

  bool has_empty_output() const {
    return std::any_of(writes_.begin(), writes_.end(), [](const auto& t) { return t.numel() == 0; });
  }

  bool has_meta() const { return op_.hasKernelForDispatchKey(c10::DispatchKey::Meta); }

  bool tells_shapes() const {
    bool tensors = writes_.empty() && !schema_.returns().empty();
    for (const auto& r : schema_.returns()) tensors &= r.type()->kind() == c10::TypeKind::TensorType;
    return tensors && has_meta();
  }

  /// The operator on tensors without memory.
  Stack results_without_memory() const {
    auto meta_of = [](const at::Tensor& t) {
      return t.defined() ? at::empty_strided(t.sizes(), t.strides(), t.options().device(at::kMeta)) : t;
    };
    Stack meta;
    for (const auto& value : host_) {
      if (value.isTensor()) {
        meta.emplace_back(meta_of(value.toTensor()));
      } else if (value.isTensorList()) {
        std::vector<at::Tensor> list;
        for (const at::Tensor& t : value.toTensorVector()) list.push_back(meta_of(t));
        meta.emplace_back(list);
      } else if (value.isDevice()) {
        meta.emplace_back(c10::Device(at::kMeta));
      } else {
        meta.push_back(value);
      }
    }
    op_.redispatchBoxed(c10::DispatchKeySet(c10::DispatchKey::Meta), &meta);
    return meta;
  }

  /// Output arguments that are empty take the shape of the result, where the operator tells it without values.
  void give_sizes() {
    if (!has_meta()) return;
    auto meta = results_without_memory();
    std::size_t result = 0;
    for (std::size_t i = 0; i < arguments_.size() && result < meta.size(); ++i) {
      auto* alias = schema_.arguments()[i].alias_info();
      if (!alias || !alias->isWrite() || !arguments_[i].isTensor()) continue;
      give_size(arguments_[i].toTensor(), meta[result++].toTensor().sizes());
      host_[i] = open_tensor(arguments_[i].toTensor());
    }
  }

  void run_into_new(Stack* stack) {
    std::vector<at::Tensor> results, open;
    for (const auto& value : results_without_memory()) {
      auto t = value.toTensor();
      results.push_back(empty_strided_on(device_, t.sizes(), t.strides(), t.scalar_type()));
      open.push_back(open_tensor(results.back()));
    }
    launch(device_, name_, reads_, results, products(), [op = op_, inputs = host_, open]() mutable {
      compute(op, &inputs);
      for (std::size_t i = 0; i < open.size(); ++i) open[i].copy_(inputs[i].toTensor());
    });
    for (auto& t : results) stack->emplace_back(t);
  }

  /// Nobody knows the shape before the values: the simulation runs the stream. A real device's operator knows, so that its host
  /// does not wait; ours learns nothing by it that it may use.
  std::shared_ptr<Stack> values_now(const std::vector<at::Tensor>& writes) {
    auto shared = std::make_shared<Stack>(host_);
    launch(device_, name_, reads_, writes, products(), [op = op_, shared] { compute(op, shared.get()); });
    wait_for_stream(current_stream(device_), false);
    return shared;
  }

  at::Tensor on_device(const at::Tensor& value) {
    auto t = empty_strided_on(device_, value.sizes(), value.strides(), value.scalar_type());
    store(value, t);
    return t;
  }

  void store(const at::Tensor& value, const at::Tensor& t) {
    launch(device_, name_, {}, {t}, 0, [value, open = open_tensor(t)] { open.copy_(value); });
    --counting().launches;  // it is a part of the operator
  }

  void run_for_sizes(const Stack& returned, Stack* stack) {
    auto values = values_now({});
    std::size_t result = 0;
    for (const auto& value : returned) {
      auto computed = (*values)[result++].toTensor();
      give_size(value.toTensor(), computed.sizes());
      store(computed, value.toTensor());
      stack->push_back(value);
    }
  }

  void run_for_values(Stack* stack) {
    auto values = values_now(writes_);
    for (auto& value : *values)
      stack->push_back(value.isTensor() && value.toTensor().defined() ? c10::IValue(on_device(value.toTensor())) : value);
  }

  /// Multiplications of matrix products, for the clock.
  double products() const {
    if (!clock_runs() || reads_.size() < 2) return 0;
    std::string_view name(name_);
    bool product = name.find("::mm") != name.npos || name.find("::addmm") != name.npos || name.find("::bmm") != name.npos;
    if (!product) return 0;
    const auto &left = reads_[reads_.size() - 2], &right = reads_.back();
    return static_cast<double>(left.numel()) * static_cast<double>(right.size(-1));
  }
};

}  // namespace

void any_operator(const c10::OperatorHandle& op, Stack* stack) {
  Call(op, stack).run(stack);
}

const at::Tensor& give_size(const at::Tensor& t, at::IntArrayRef sizes) {
  TORCH_CHECK(t.sizes() == sizes || t.numel() == 0, "sim: a buffer that is kept was to be resized from ", t.sizes(), " to ", sizes);
  t.unsafeGetTensorImpl()->set_sizes_contiguous(sizes);
  if (t.nbytes() <= t.storage().nbytes()) return t;
  auto memory = empty_on(t.device().index(), {t.numel()}, t.scalar_type());
  t.storage().set_data_ptr_noswap(std::move(memory.storage().unsafeGetStorageImpl()->_mutable_data_ptr_no_checks()));
  t.storage().set_nbytes(t.nbytes());
  return t;
}

}  // namespace sim
