#include "executor/train/operators/loss.h"

#include <ATen/TensorOperators.h>
#include <torch/csrc/autograd/custom_function.h>

namespace tandem {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// The gradient is ready with the loss: softmax minus one at the target takes the logits' place, so
/// that only one tensor of tokens by vocabulary lives until the backward pass.
struct CrossEntropy : torch::autograd::Function<CrossEntropy> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& logits,
                            const at::Tensor& targets, std::int64_t first, double weight,
                            TensorParallel* ranks) {
    at::Tensor work = logits.to(at::kFloat, /*non_blocking=*/false, /*copy=*/true);
    at::Tensor largest = work.amax(1, true);
    if (ranks != nullptr) ranks->largest(largest);
    work.sub_(largest);

    const at::Tensor local = (targets - first).unsqueeze(1);
    const at::Tensor foreign = (local < 0).logical_or(local >= work.size(1));
    const at::Tensor column = local.masked_fill(foreign, 0);
    at::Tensor at_target = work.gather(1, column).masked_fill_(foreign, 0);
    if (ranks != nullptr) ranks->sum(at_target);
    at::Tensor total = work.exp_().sum(1, true);
    if (ranks != nullptr) ranks->sum(total);

    work.mul_(total.reciprocal().mul_(weight));
    const at::Tensor own = foreign.logical_not().to(at::kFloat).mul_(-weight);
    work.scatter_add_(1, column, own);
    context->saved_data["gradient"] = work;
    context->saved_data["type"] = static_cast<std::int64_t>(logits.scalar_type());
    return (total.log_().sub_(at_target)).sum().mul_(weight);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto type = static_cast<at::ScalarType>(context->saved_data["type"].toInt());
    const at::Tensor gradient = context->saved_data["gradient"].toTensor();
    return {gradient.mul(gradients[0]).to(type), {}, {}, {}, {}};
  }
};

}  // namespace

at::Tensor cross_entropy(const at::Tensor& logits, const at::Tensor& targets, std::int64_t first,
                         double weight, TensorParallel* ranks) {
  return CrossEntropy::apply(logits, targets, first, weight, ranks);
}

}  // namespace tandem
