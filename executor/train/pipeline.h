// A pipeline stage at work: computes its micro-batches in the order of 1F1B, and hands activations
// on to the next stage and gradients back to the one before. A model in one piece is one stage.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>

#include "executor/collective/group.h"

namespace tandem {

class Pipeline {
 public:
  /// The stage's part of the model: from what the stage before has computed (nothing in the first)
  /// to what the next one goes on with; in the last to the loss, one number.
  using Compute = std::function<at::Tensor(int micro_batch, const at::Tensor& input)>;

  /// Of this rank among the stages, which say the same in both groups. What goes from stage to
  /// stage is [tokens, hidden] in f32. The groups live longer.
  Pipeline(Group& forward, Group& backward, std::int64_t hidden, at::Device device)
      : forward_(forward), backward_(backward), hidden_(hidden), device_(device) {}

  bool is_first() const { return forward_.rank() == 0; }
  bool is_last() const { return forward_.rank() == forward_.size() - 1; }

  /// Forward and backward passes of so many micro-batches of `tokens` each. Returns the sum of
  /// their losses in the last stage, 0 in the others. Gradients of parameters are whatever
  /// `compute` leaves behind.
  double step(int micro_batches, std::int64_t tokens, const Compute& compute);
  /// Forward passes alone, without gradients. Returns the same.
  double evaluate(int micro_batches, std::int64_t tokens, const Compute& compute);

 private:
  struct Kept {
    at::Tensor input, output;
  };
  /// To the next stage (or the one before); waits for what was sent there before.
  struct Channel {
    Group& group;
    std::unique_ptr<Group::Pending> sent;
    void send(const at::Tensor& tensor, int to);
    void wait();
  };

  Kept forward(int micro_batch, const Compute& compute, Channel& next);
  void backward(const Kept& kept, Channel& previous);
  at::Tensor received(Group& group, int from) const;
  double loss();

  Group& forward_;
  Group& backward_;
  const std::int64_t hidden_;
  const at::Device device_;
  std::int64_t tokens_ = 0;  ///< Of a micro-batch of this step.
  at::Tensor loss_;          ///< Of this step so far, where it is computed.
};

}  // namespace tandem
