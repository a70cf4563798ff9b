#include "executor/train/group_tensor_parallel.h"

#include <torch/csrc/autograd/custom_function.h>

namespace tandem {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

at::Tensor summed(const at::Tensor& x, Group& group) {
  at::Tensor sum = x.clone(at::MemoryFormat::Contiguous);
  group.all_reduce(sum, Reduction::kSum);
  return sum;
}

struct HeldGroup : torch::CustomClassHolder {
  explicit HeldGroup(Group& held) : group(held) {}
  Group& group;
};

struct Enter : torch::autograd::Function<Enter> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, Group& group) {
    context->saved_data["group"] = c10::IValue::make_capsule(c10::make_intrusive<HeldGroup>(group));
    return x.view_as(x);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto held = context->saved_data["group"].toCapsule();
    return {summed(gradients[0], static_cast<HeldGroup&>(*held).group), {}};
  }
};

struct Leave : torch::autograd::Function<Leave> {
  static at::Tensor forward(AutogradContext*, const at::Tensor& x, Group& group) {
    return summed(x, group);
  }

  static variable_list backward(AutogradContext*, variable_list gradients) {
    return {gradients[0], {}};
  }
};

}  // namespace

at::Tensor GroupTensorParallel::enter(const at::Tensor& x) { return Enter::apply(x, group_); }
at::Tensor GroupTensorParallel::leave(const at::Tensor& x) { return Leave::apply(x, group_); }
void GroupTensorParallel::sum(at::Tensor& x) { group_.all_reduce(x, Reduction::kSum); }
void GroupTensorParallel::largest(at::Tensor& x) { group_.all_reduce(x, Reduction::kMax); }

}  // namespace tandem
