// What a transformer asks of the ranks that share its layers (Shoeybi et al. 2019, section 3).
// Layers are written for one cut of their matrices; without other ranks nothing of this is called.
#pragma once

#include <ATen/core/Tensor.h>

namespace tandem {

class TensorParallel {
 public:
  virtual ~TensorParallel() = default;
  /// Into a layer whose matrix is cut by its outputs: the identity; the backward pass adds up the
  /// ranks' gradients.
  virtual at::Tensor enter(const at::Tensor& x) = 0;
  /// Out of one whose matrix is cut by its inputs: adds up the ranks' parts; the backward pass is
  /// the identity.
  virtual at::Tensor leave(const at::Tensor& x) = 0;
  /// In place over all ranks, outside of autograd: for the loss over a cut vocabulary.
  virtual void sum(at::Tensor& x) = 0;
  virtual void largest(at::Tensor& x) = 0;
};

}  // namespace tandem
