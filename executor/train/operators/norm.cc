#include "executor/train/operators/norm.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/native_layer_norm.h>
#include <ATen/ops/native_layer_norm_backward.h>
#include <ATen/ops/zeros_like.h>
#include <torch/csrc/autograd/custom_function.h>

#include "executor/train/operators/row_kernels.h"

namespace tandem {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct LayerNorm : torch::autograd::Function<LayerNorm> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const Parameter& weight,
                            const Parameter& bias, double epsilon, at::ScalarType type) {
    const auto [y, mean, scale] =
        at::native_layer_norm(x, x.sizes().slice(1), weight.master, bias.master, epsilon);
    context->save_for_backward({x, mean, scale, weight.master, bias.master});
    context->saved_data["weight"] = weight.gradient;
    context->saved_data["bias"] = bias.gradient;
    return y.to(type);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const variable_list saved = context->get_saved_variables();
    const auto [dx, dweight, dbias] = at::native_layer_norm_backward(
        gradients[0].to(at::kFloat), saved[0], saved[0].sizes().slice(1), saved[1], saved[2],
        saved[3], saved[4], {true, true, true});
    context->saved_data["weight"].toTensor().add_(dweight);
    context->saved_data["bias"].toTensor().add_(dbias);
    return {dx, {}, {}, {}, {}};
  }
};

struct RmsNorm : torch::autograd::Function<RmsNorm> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const Parameter& weight,
                            double epsilon, at::ScalarType type) {
    at::Tensor y = at::empty(x.sizes(), x.options().dtype(type));
    at::Tensor scale = at::empty({x.size(0)}, x.options());
    rms_norm_rows(x, weight.master, epsilon, y, scale);
    context->save_for_backward({x, scale, weight.master});
    context->saved_data["gradient"] = weight.gradient;
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const variable_list saved = context->get_saved_variables();
    at::Tensor dx = at::empty(saved[0].sizes(), saved[0].options());
    at::Tensor dweight = context->saved_data["gradient"].toTensor();
    rms_norm_rows_backward(gradients[0].contiguous(), saved[0], saved[1], saved[2], dx, dweight);
    return {dx, {}, {}, {}};
  }
};

}  // namespace

at::Tensor layer_norm(const at::Tensor& x, const Parameter& weight, const Parameter& bias,
                      double epsilon, at::ScalarType type) {
  return LayerNorm::apply(x, weight, bias, epsilon, type);
}

at::Tensor rms_norm(const at::Tensor& x, const Parameter& weight, double epsilon,
                    at::ScalarType type) {
  return RmsNorm::apply(x, weight, epsilon, type);
}

}  // namespace tandem
