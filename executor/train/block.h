// One layer of a transformer: attention, then a feed-forward network, each behind a norm and added
// to the residual stream.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string_view>

#include "executor/spec/family.h"
#include "executor/train/batch.h"
#include "executor/train/flat_parameters.h"
#include "executor/train/operators/attention.h"
#include "executor/train/tensor_parallel.h"

namespace tandem {

/// How a transformer computes, beside its architecture.
struct TransformerOptions {
  bool recomputes = false;          ///< Blocks keep their input alone.
  double dropout = 0;               ///< In training.
  std::uint64_t seed = 1;           ///< Of dropout.
  TensorParallel* ranks = nullptr;  ///< Where slice.tensor_size is above 1; lives longer.
};

/// The dropout at one place of the model; `width` numbers for each token.
Dropout dropout_at(const TransformerOptions& options, const MicroBatch& batch, std::int64_t part,
                   std::string_view place, std::int64_t width);

class TransformerBlock {
 public:
  TransformerBlock(const Architecture& model, const ModelSlice& slice, std::int64_t layer,
                   const FlatParameters& parameters, const TransformerOptions& options);

  /// x is [tokens, hidden] in f32, and so is the result.
  at::Tensor forward(const at::Tensor& x, const MicroBatch& batch, const Rotary& rotary) const;

 private:
  /// Into a matrix cut by its outputs.
  at::Tensor entered(const at::Tensor& x, const Parameter& weight, const Parameter& bias) const;
  at::Tensor attended(const at::Tensor& x, const MicroBatch& batch, const Rotary& rotary) const;
  at::Tensor fed_forward(const at::Tensor& x) const;
  /// Out of a matrix cut by its inputs.
  at::Tensor left(const at::Tensor& x, const Parameter& weight, const Parameter& bias) const;

  const Architecture model_;
  const Family family_;
  const ModelSlice slice_;
  const std::int64_t part_;
  const TransformerOptions options_;
  at::ScalarType type_;
  Parameter attention_norm_, attention_norm_bias_;
  Parameter qkv_, qkv_bias_, projection_, projection_bias_;
  Parameter ffn_norm_, ffn_norm_bias_;
  Parameter up_, up_bias_, down_, down_bias_;
};

/// The norm of the family, into the type of the matrices.
at::Tensor normed(const Architecture& model, const at::Tensor& x, const Parameter& weight,
                  const Parameter& bias, at::ScalarType type);

}  // namespace tandem
