#include "executor/train/operators/activation.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/gelu.h>
#include <torch/csrc/autograd/custom_function.h>

#include "executor/train/operators/row_kernels.h"

namespace tandem {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct Swiglu : torch::autograd::Function<Swiglu> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x) {
    context->save_for_backward({x});
    at::Tensor y = at::empty({x.size(0), x.size(1) / 2}, x.options());
    swiglu_rows(x, y);
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const at::Tensor x = context->get_saved_variables()[0];
    at::Tensor dx = at::empty(x.sizes(), x.options());
    swiglu_rows_backward(gradients[0].contiguous(), x, dx);
    return {dx};
  }
};

}  // namespace

at::Tensor gelu(const at::Tensor& x) { return at::gelu(x, "tanh"); }

at::Tensor swiglu(const at::Tensor& x) { return Swiglu::apply(x); }

}  // namespace tandem
