#include "executor/train/operators/linear.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/mm.h>
#include <torch/csrc/autograd/custom_function.h>

namespace tandem {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// gradient += a b, in f32 whatever a and b are.
void add_product(const at::Tensor& a, const at::Tensor& b, at::Tensor gradient) {
  if (a.scalar_type() == gradient.scalar_type()) {
    gradient.addmm_(a, b);
  } else {
    gradient.add_(at::mm(a, b));
  }
}

struct Linear : torch::autograd::Function<Linear> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& weight,
                            const at::Tensor& gradient, bool inputs_first) {
    context->save_for_backward({x});
    context->saved_data["weight"] = weight;
    context->saved_data["gradient"] = gradient;
    context->saved_data["inputs_first"] = inputs_first;
    return at::mm(x, inputs_first ? weight : weight.t());
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const at::Tensor& dy = gradients[0];
    const at::Tensor x = context->get_saved_variables()[0];
    const at::Tensor weight = context->saved_data["weight"].toTensor();
    const at::Tensor gradient = context->saved_data["gradient"].toTensor();
    const bool inputs_first = context->saved_data["inputs_first"].toBool();
    if (inputs_first) {
      add_product(x.t(), dy, gradient);
    } else {
      add_product(dy.t(), x, gradient);
    }
    return {at::mm(dy, inputs_first ? weight.t() : weight), {}, {}, {}};
  }
};

struct WithBias : torch::autograd::Function<WithBias> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& y, const at::Tensor& bias,
                            const at::Tensor& gradient) {
    context->saved_data["gradient"] = gradient;
    return y + bias;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    context->saved_data["gradient"].toTensor().add_(gradients[0].sum(0, false, at::kFloat));
    return {gradients[0], {}, {}};
  }
};

}  // namespace

at::Tensor linear(const at::Tensor& x, const Parameter& weight, MatrixForm form) {
  return Linear::apply(x, weight.value, weight.gradient, form == MatrixForm::kInputsByOutputs);
}

at::Tensor with_bias(const at::Tensor& y, const Parameter& bias) {
  return bias.value.defined() ? WithBias::apply(y, bias.value, bias.gradient) : y;
}

}  // namespace tandem
