// GPT-2 and LLaMA, as one stack of blocks: what differs follows from the architecture. A slice of
// the stack is a pipeline stage; with a TensorParallel its matrices are cuts. Backward passes are
// LibTorch's; gradients of parameters land in the flat buffer.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "executor/train/batch.h"
#include "executor/train/block.h"
#include "executor/train/flat_parameters.h"
#include "executor/train/tensor_parallel.h"
#include "workloads/catalog/architecture.h"

namespace tandem {

class Transformer {
 public:
  /// `parameters` are those of slots_of(model, slice), and live longer.
  Transformer(const Architecture& model, const ModelSlice& slice, const FlatParameters& parameters,
              const TransformerOptions& options);
  Transformer(const Transformer&) = delete;
  Transformer& operator=(const Transformer&) = delete;

  /// The residual stream behind the slice's last block, [rows * sequence, hidden] in f32. `input`
  /// is that of the stage before, or is not looked at by a slice with the embedding.
  at::Tensor hidden(const at::Tensor& input, const MicroBatch& batch);
  /// Of a slice with a head: [rows * sequence, vocabulary of this cut].
  at::Tensor logits(const at::Tensor& hidden) const;
  /// batch.weight times the sum of the tokens' losses, in f32.
  at::Tensor loss(const at::Tensor& hidden, const MicroBatch& batch) const;

  /// Called in backward passes when all gradients of a part (Slot::part) have been added, in
  /// falling order; not for part 0, the embedding, which is complete when the backward pass
  /// returns. Set before hidden(); empty: nobody.
  std::function<void(std::int64_t part)> on_gradients;

 private:
  at::Tensor embedding(const MicroBatch& batch) const;
  /// Tells on_gradients when the gradient of `x`, a part's input, is there.
  at::Tensor watched(const at::Tensor& x, std::int64_t part) const;

  const Architecture model_;
  const ModelSlice slice_;
  const TransformerOptions options_;
  const at::ScalarType type_;
  Parameter tokens_, positions_, norm_, norm_bias_, head_;
  std::vector<TransformerBlock> blocks_;
  Rotary rotary_;      ///< For as many positions as were needed so far.
  at::Tensor anchor_;  ///< Requires a gradient, so that the embedding is asked for its own.
};

}  // namespace tandem
