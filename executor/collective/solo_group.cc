#include "executor/collective/solo_group.h"

#include "policies/core/check.h"

namespace tandem {
namespace {

class Done final : public Group::Pending {
 public:
  void wait() override {}
};

/// The part is the whole: usually the same memory.
void copy(at::Tensor& to, const at::Tensor& from) {
  if (!to.is_same(from) && to.data_ptr() != from.data_ptr()) to.copy_(from);
}

}  // namespace

void SoloGroup::all_reduce(at::Tensor, Reduction) {}

std::unique_ptr<Group::Pending> SoloGroup::begin_all_reduce(at::Tensor, Reduction) {
  return std::make_unique<Done>();
}

std::unique_ptr<Group::Pending> SoloGroup::begin_reduce_scatter(at::Tensor part, at::Tensor whole) {
  copy(part, whole);
  return std::make_unique<Done>();
}

void SoloGroup::all_gather(at::Tensor whole, at::Tensor part) { copy(whole, part); }

void SoloGroup::broadcast(at::Tensor, int root) {
  CHECK(root == 0, "no rank {} in a group of one", root);
}

std::unique_ptr<Group::Pending> SoloGroup::begin_send(at::Tensor, int to) {
  CHECK(false, "no rank {} to send to in a group of one", to);
}

void SoloGroup::receive(at::Tensor, int from) {
  CHECK(false, "no rank {} to receive from in a group of one", from);
}

void SoloGroup::barrier() {}

}  // namespace tandem
