// The parameters of a model on the device that serves it: matrices in the type of products, norms
// and biases in f32.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "executor/infer/weights.h"

namespace tandem {

/// A norm of either family, and a matrix with its bias; undefined where a model has none.
struct DeviceNorm {
  at::Tensor weight, bias;
};
struct DeviceMatrix {
  at::Tensor numbers;  ///< [outputs, inputs]
  at::Tensor bias;
};

struct DeviceLayer {
  DeviceNorm attention_norm, ffn_norm;
  DeviceMatrix qkv, projection, up, down;
};

struct DeviceWeights {
  at::Tensor tokens;     ///< [vocabulary, hidden]
  at::Tensor positions;  ///< [positions, hidden] in f32; undefined: rotary.
  std::vector<DeviceLayer> layers;
  DeviceNorm norm;
  at::Tensor head;  ///< That of `tokens` if they are tied.

  /// Of the matrices that every step reads.
  std::int64_t matrix_bytes() const;
};

DeviceWeights read_device_weights(const WeightSource& source, const at::Device& device,
                                  at::ScalarType type);

}  // namespace tandem
