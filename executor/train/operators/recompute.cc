#include "executor/train/operators/recompute.h"

#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

namespace tandem {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// A context keeps tensors, numbers, and what derives from this.
struct HeldBlock : torch::CustomClassHolder {
  explicit HeldBlock(Block held) : block(std::move(held)) {}
  Block block;
};

struct Recomputed : torch::autograd::Function<Recomputed> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const Block& block) {
    context->save_for_backward({x});
    context->saved_data["block"] = c10::IValue::make_capsule(c10::make_intrusive<HeldBlock>(block));
    const at::NoGradGuard no_gradients;
    return block(x);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto held = context->saved_data["block"].toCapsule();
    const at::AutoGradMode with_gradients(true);
    const at::Tensor x = context->get_saved_variables()[0].detach().requires_grad_();
    const at::Tensor y = static_cast<HeldBlock&>(*held).block(x);
    torch::autograd::backward({y}, {gradients[0]});
    return {x.grad(), {}};
  }
};

}  // namespace

at::Tensor recomputed(const Block& block, const at::Tensor& x) {
  return Recomputed::apply(x, block);
}

}  // namespace tandem
