#include "executor/train/operators/attention.h"

#include <ATen/ops/empty.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cmath>

#include "executor/train/operators/attention_kernel.h"
#include "executor/train/operators/on_device.h"

namespace tandem {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// What the backward pass must know besides tensors.
struct HeldAttention : torch::CustomClassHolder {
  HeldAttention(const AttentionShape& of, const Rotary& turned, const Dropout& dropping)
      : shape(of), rotary(turned), dropout(dropping) {}
  AttentionShape shape;
  Rotary rotary;
  Dropout dropout;
};

struct Attention : torch::autograd::Function<Attention> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& qkv,
                            const AttentionShape& shape, const Rotary& rotary,
                            const Dropout& dropout) {
    at::Tensor out = at::empty({qkv.size(0), shape.heads * shape.head_size}, qkv.options());
    at::Tensor log_sums =
        at::empty({shape.rows, shape.heads, shape.sequence}, qkv.options().dtype(at::kFloat));
    attend(qkv, shape, rotary, dropout, out, log_sums);
    context->save_for_backward({qkv, out, log_sums});
    context->saved_data["held"] =
        c10::IValue::make_capsule(c10::make_intrusive<HeldAttention>(shape, rotary, dropout));
    return out;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const variable_list saved = context->get_saved_variables();
    const auto capsule = context->saved_data["held"].toCapsule();
    const auto& held = static_cast<HeldAttention&>(*capsule);
    at::Tensor dqkv = at::empty(saved[0].sizes(), saved[0].options());
    attend_backward(gradients[0].contiguous(), saved[0], saved[1], saved[2], held.shape,
                    held.rotary, held.dropout, dqkv);
    return {dqkv, {}, {}, {}};
  }
};

}  // namespace

Rotary rotary_of(std::int64_t sequence, std::int64_t head_size, double base) {
  const std::int64_t half = head_size / 2;
  Rotary rotary{at::empty({sequence, half}, at::kFloat), at::empty({sequence, half}, at::kFloat)};
  for (std::int64_t i = 0; i < sequence * half; ++i) {
    const double share = static_cast<double>(i % half) / static_cast<double>(half);
    const double angle = static_cast<double>(i / half) * std::pow(base, -share);
    rotary.cosines.data_ptr<float>()[i] = static_cast<float>(std::cos(angle));
    rotary.sines.data_ptr<float>()[i] = static_cast<float>(std::sin(angle));
  }
  return rotary;
}

at::Tensor attention(const at::Tensor& qkv, const AttentionShape& shape, const Rotary& rotary,
                     const Dropout& dropout) {
  if (!qkv.is_cpu()) return on_device::attention(qkv, shape, rotary, dropout);
  return Attention::apply(qkv, shape, rotary, dropout);
}

}  // namespace tandem
