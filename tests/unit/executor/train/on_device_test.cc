// What other devices compute is what our loops compute: held against each other on a processor.

#include "executor/train/operators/on_device.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <span>

#include "executor/train/operators/adamw.h"
#include "executor/train/operators/row_kernels.h"

namespace tandem {
namespace {

at::Tensor random(at::IntArrayRef sizes, RandomKey key) {
  at::Tensor numbers = at::empty(sizes, at::kFloat);
  fill_normal(key, 0, 1,
              std::span(numbers.data_ptr<float>(), static_cast<std::size_t>(numbers.numel())));
  return numbers;
}

void expect_close(const at::Tensor& a, const at::Tensor& b) {
  EXPECT_TRUE(a.allclose(b, 1e-5, 1e-5)) << a.sub(b).abs().max().item().toDouble();
}

constexpr AttentionShape kShape{.rows = 2,
                                .sequence = 70,
                                .heads = 4,
                                .kv_heads = 2,
                                .head_size = 6,
                                .first_head = 0,
                                .all_heads = 4};

/// The result and the gradient of its product with random numbers.
std::pair<at::Tensor, at::Tensor> attended(decltype(attention)* attend, const Rotary& rotary) {
  at::Tensor qkv = random({140, kShape.width()}, 1).requires_grad_();
  const at::Tensor out = attend(qkv, kShape, rotary, {});
  torch::autograd::backward({out}, {random({140, 24}, 2)});
  return {out.detach(), qkv.grad()};
}

TEST(OnDevice, AttentionIsTheSame) {
  for (const Rotary& rotary : {Rotary{}, rotary_of(80, 6, 10'000)}) {
    const auto [out, gradient] = attended(attention, rotary);
    const auto [device_out, device_gradient] = attended(on_device::attention, rotary);
    expect_close(out, device_out);
    expect_close(gradient, device_gradient);
  }
}

TEST(OnDevice, DropoutFollowsFromItsKey) {
  const at::Tensor qkv = random({140, kShape.width()}, 1);
  const auto dropped = [&](RandomKey key) {
    return on_device::attention(qkv, kShape, {}, {.probability = 0.2, .key = key});
  };
  EXPECT_TRUE(at::equal(dropped(1), dropped(1)));
  EXPECT_FALSE(at::equal(dropped(1), dropped(2)));
}

TEST(OnDevice, RmsNormIsTheSame) {
  const at::Tensor x = random({70, 48}, 1);
  const at::Tensor weight = random({48}, 2);
  const at::Tensor dy = random({70, 48}, 3);
  const auto run = [&](auto forward, auto backward) {
    at::Tensor y = at::empty_like(x);
    at::Tensor scale = at::empty({70}, at::kFloat);
    at::Tensor dx = at::empty_like(x);
    at::Tensor dweight = at::zeros({48}, at::kFloat);
    forward(x, weight, 1e-5, y, scale);
    backward(dy, x, scale, weight, dx, dweight);
    return std::vector<at::Tensor>{y, scale, dx, dweight};
  };
  const auto ours = run(rms_norm_rows, rms_norm_rows_backward);
  const auto theirs = run(on_device::rms_norm_rows, on_device::rms_norm_rows_backward);
  for (std::size_t i = 0; i < ours.size(); ++i) expect_close(ours[i], theirs[i]);
}

TEST(OnDevice, SwigluIsTheSame) {
  const at::Tensor x = random({70, 96}, 1);
  const at::Tensor dy = random({70, 48}, 2);
  const auto run = [&](auto forward, auto backward) {
    at::Tensor y = at::empty_like(dy);
    at::Tensor dx = at::empty_like(x);
    forward(x, y);
    backward(dy, x, dx);
    return std::pair(y, dx);
  };
  const auto ours = run(swiglu_rows, swiglu_rows_backward);
  const auto theirs = run(on_device::swiglu_rows, on_device::swiglu_rows_backward);
  expect_close(ours.first, theirs.first);
  expect_close(ours.second, theirs.second);
}

TEST(OnDevice, AdamwIsTheSame) {
  const AdamwStep step{.beta1 = 0.9F,
                       .beta2 = 0.95F,
                       .epsilon = 1e-8F,
                       .rate = 0.01F,
                       .decay = 0.99F,
                       .gradient_factor = 0.5F,
                       .correction1 = 2,
                       .correction2 = 3};
  const at::Tensor gradients = random({1000}, 2);
  const auto run = [&](auto update) {
    std::vector<at::Tensor> state{random({1000}, 1), random({1000}, 3), random({1000}, 4).abs()};
    update(step, state[0], gradients, state[1], state[2]);
    return state;
  };
  const auto ours = run(adamw);
  const auto theirs = run(on_device::adamw);
  for (std::size_t i = 0; i < ours.size(); ++i) expect_close(ours[i], theirs[i]);
  const std::vector<at::Tensor> parts{gradients, gradients.narrow(0, 1, 2)};
  EXPECT_NEAR(squares(parts), on_device::squares(parts), 1e-5);
}

}  // namespace
}  // namespace tandem
