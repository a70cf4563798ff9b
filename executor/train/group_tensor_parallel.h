// Tensor parallel ranks over a group: Megatron-LM's functions f and g (Shoeybi et al. 2019,
// section 3).
#pragma once

#include "executor/collective/group.h"
#include "executor/train/tensor_parallel.h"

namespace tandem {

class GroupTensorParallel final : public TensorParallel {
 public:
  /// `group` lives longer, also than what is computed with this.
  explicit GroupTensorParallel(Group& group) : group_(group) {}
  at::Tensor enter(const at::Tensor& x) override;
  at::Tensor leave(const at::Tensor& x) override;
  void sum(at::Tensor& x) override;
  void largest(at::Tensor& x) override;

 private:
  Group& group_;
};

}  // namespace tandem
