#include "executor/train/operators/on_device.h"

#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/Generator.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/sigmoid.h>

#include <mutex>

#include "executor/train/compat.h"

namespace tandem::on_device {
namespace {

/// Each pair of coordinates by its position's angle; x is [rows, heads, sequence, head size].
at::Tensor rotated(const at::Tensor& x, const Rotary& rotary) {
  const std::int64_t half = x.size(3) / 2;
  const auto table = [&](const at::Tensor& numbers) {
    return numbers.narrow(0, 0, x.size(2)).to(x.options());
  };
  const at::Tensor cosines = table(rotary.cosines);
  const at::Tensor sines = table(rotary.sines);
  const at::Tensor first = x.narrow(3, 0, half);
  const at::Tensor second = x.narrow(3, half, half);
  return at::cat({first * cosines - second * sines, second * cosines + first * sines}, 3);
}

void seed(const at::Device& device, RandomKey key) {
  at::Generator generator = at::globalContext().defaultGenerator(device);
  const std::lock_guard lock(generator.mutex());
  generator.set_current_seed(key);
}

}  // namespace

void rms_norm_rows(const at::Tensor& x, const at::Tensor& weight, double epsilon, at::Tensor& y,
                   at::Tensor& scale) {
  scale.copy_(x.square().mean(1).add_(epsilon).rsqrt_());
  y.copy_(x * scale.unsqueeze(1) * weight);
}

void rms_norm_rows_backward(const at::Tensor& dy, const at::Tensor& x, const at::Tensor& scale,
                            const at::Tensor& weight, at::Tensor& dx, at::Tensor& dweight) {
  const at::Tensor scaled = x * scale.unsqueeze(1);
  const at::Tensor through = dy.to(at::kFloat) * weight;
  const at::Tensor along = (through * scaled).mean(1, true);
  dx.copy_((through - scaled * along) * scale.unsqueeze(1));
  dweight.add_((dy * scaled).sum(0));
}

void swiglu_rows(const at::Tensor& x, at::Tensor& y) {
  const std::vector<at::Tensor> halves = x.to(at::kFloat).chunk(2, 1);
  y.copy_(halves[0] * at::sigmoid(halves[0]) * halves[1]);
}

void swiglu_rows_backward(const at::Tensor& dy, const at::Tensor& x, at::Tensor& dx) {
  const std::vector<at::Tensor> halves = x.to(at::kFloat).chunk(2, 1);
  const at::Tensor sigmoid = at::sigmoid(halves[0]);
  const at::Tensor silu = halves[0] * sigmoid;
  dx.narrow(1, 0, dy.size(1)).copy_(dy * halves[1] * (sigmoid + silu - silu * sigmoid));
  dx.narrow(1, dy.size(1), dy.size(1)).copy_(dy * silu);
}

at::Tensor attention(const at::Tensor& qkv, const AttentionShape& shape, const Rotary& rotary,
                     const Dropout& dropout) {
  const at::Tensor heads =
      qkv.view({shape.rows, shape.sequence, -1, shape.head_size}).transpose(1, 2);
  at::Tensor q = heads.narrow(1, 0, shape.heads);
  at::Tensor k = heads.narrow(1, shape.heads, shape.kv_heads);
  at::Tensor v = heads.narrow(1, shape.heads + shape.kv_heads, shape.kv_heads);
  if (rotary.cosines.defined()) {
    q = rotated(q, rotary);
    k = rotated(k, rotary);
  }
  if (shape.group() > 1) {
    k = k.repeat_interleave(shape.group(), 1);
    v = v.repeat_interleave(shape.group(), 1);
  }
  const RandomKey place = static_cast<RandomKey>(dropout.first + shape.first_head);
  if (dropout.probability > 0) seed(qkv.device(), subkey(dropout.key, place));
  const at::Tensor out = causal_attention(q, k, v, dropout.probability);
  return out.transpose(1, 2).reshape({qkv.size(0), shape.heads * shape.head_size});
}

}  // namespace tandem::on_device
