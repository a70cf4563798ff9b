#include "executor/train/pipeline.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <torch/csrc/autograd/autograd.h>

#include <deque>
#include <utility>

#include "executor/train/pipeline_schedule.h"

namespace tandem {

double Pipeline::step(int micro_batches, std::int64_t tokens, const Compute& compute) {
  tokens_ = tokens;
  Channel next{forward_, nullptr};
  Channel previous{backward_, nullptr};
  std::deque<Kept> kept;
  for (const auto& [pass, micro_batch] :
       one_forward_one_backward(forward_.rank(), forward_.size(), micro_batches)) {
    if (pass == Pass::kForward) {
      kept.push_back(forward(micro_batch, compute, next));
    } else {
      backward(kept.front(), previous);
      kept.pop_front();
    }
  }
  next.wait();
  previous.wait();
  return loss();
}

double Pipeline::evaluate(int micro_batches, std::int64_t tokens, const Compute& compute) {
  tokens_ = tokens;
  const at::NoGradGuard no_gradients;
  Channel next{forward_, nullptr};
  for (int i = 0; i < micro_batches; ++i) forward(i, compute, next);
  next.wait();
  return loss();
}

Pipeline::Kept Pipeline::forward(int micro_batch, const Compute& compute, Channel& next) {
  Kept kept;
  if (!is_first()) kept.input = received(forward_, forward_.rank() - 1).requires_grad_();
  kept.output = compute(micro_batch, kept.input);
  if (is_last()) {
    const at::Tensor loss = kept.output.detach().to(at::kDouble);
    loss_ = loss_.defined() ? loss_.add_(loss) : loss;
  } else {
    next.send(kept.output.detach(), forward_.rank() + 1);
  }
  return kept;
}

void Pipeline::backward(const Kept& kept, Channel& previous) {
  at::Tensor gradient;
  if (!is_last()) gradient = received(backward_, backward_.rank() + 1);
  torch::autograd::backward({kept.output}, {gradient});
  if (!is_first()) previous.send(kept.input.grad(), backward_.rank() - 1);
}

at::Tensor Pipeline::received(Group& group, int from) const {
  at::Tensor tensor = at::empty({tokens_, hidden_}, at::TensorOptions(device_).dtype(at::kFloat));
  group.receive(tensor, from);
  return tensor;
}

double Pipeline::loss() {
  if (!loss_.defined()) return 0;
  return std::exchange(loss_, at::Tensor()).item<double>();
}

void Pipeline::Channel::send(const at::Tensor& tensor, int to) {
  wait();
  sent = group.begin_send(tensor.contiguous(), to);
}

void Pipeline::Channel::wait() {
  if (sent != nullptr) sent->wait();
  sent = nullptr;
}

}  // namespace tandem
