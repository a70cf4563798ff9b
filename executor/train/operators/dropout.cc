#include "executor/train/operators/dropout.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <torch/csrc/autograd/custom_function.h>

namespace tandem {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

at::Tensor factors(const at::Tensor& x, const Dropout& dropout) {
  at::Tensor mask = at::empty(x.sizes(), at::kFloat);
  float* const out = mask.data_ptr<float>();
  at::parallel_for(0, x.numel(), 1 << 14, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) out[i] = dropout.factor(i);
  });
  return mask.to(x.options());
}

struct Drop : torch::autograd::Function<Drop> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, double probability,
                            std::int64_t key, std::int64_t first) {
    context->saved_data["probability"] = probability;
    context->saved_data["key"] = key;
    context->saved_data["first"] = first;
    return x * factors(x, {probability, static_cast<RandomKey>(key), first});
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const Dropout dropout{context->saved_data["probability"].toDouble(),
                          static_cast<RandomKey>(context->saved_data["key"].toInt()),
                          context->saved_data["first"].toInt()};
    return {gradients[0] * factors(gradients[0], dropout), {}, {}, {}};
  }
};

}  // namespace

at::Tensor dropped(const at::Tensor& x, const Dropout& dropout) {
  if (dropout.probability <= 0) return x;
  return Drop::apply(x, dropout.probability, static_cast<std::int64_t>(dropout.key), dropout.first);
}

}  // namespace tandem
