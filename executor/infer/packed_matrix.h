// The weights of one matrix in the order in which a product reads them, packed once when a model is
// loaded. A row of a product comes out the same, bit by bit, whatever rows stand beside it: so no
// token depends on what else is in its batch, which a BLAS does not promise.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>

namespace tandem {

/// What becomes of what stands where a product goes.
enum class Product : std::uint8_t { kReplaces, kIsAdded };

class PackedMatrix {
 public:
  PackedMatrix() = default;
  /// Of [outputs, inputs], in any layout and type; `type` is that of the packed numbers, f32 or
  /// bf16.
  PackedMatrix(const at::Tensor& matrix, at::ScalarType type);

  std::int64_t outputs() const { return outputs_; }
  std::int64_t inputs() const { return inputs_; }
  /// With those that fill it up.
  std::int64_t bytes() const;

  /// out = x W^T + bias, or is added to it: x is [rows, inputs], out [rows, outputs], both f32,
  /// bias may be undefined. Sums are f32, in the order of the inputs.
  void multiply(const at::Tensor& x, const at::Tensor& bias, Product product,
                at::Tensor& out) const;
  /// The weights of one output.
  void row(std::int64_t output, std::span<float> to) const;

 private:
  std::int64_t outputs_ = 0;
  std::int64_t inputs_ = 0;
  at::Tensor panels_;  ///< [panels, inputs, kPanel]: neighbouring outputs of one input together.
};

}  // namespace tandem
