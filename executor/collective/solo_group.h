// The group of one rank: nothing to say to anybody. It lets one code serve one rank and many.
#pragma once

#include "executor/collective/group.h"

namespace tandem {

class SoloGroup final : public Group {
 public:
  int rank() const override { return 0; }
  int size() const override { return 1; }
  void all_reduce(at::Tensor tensor, Reduction reduction) override;
  std::unique_ptr<Pending> begin_all_reduce(at::Tensor tensor, Reduction reduction) override;
  std::unique_ptr<Pending> begin_reduce_scatter(at::Tensor part, at::Tensor whole) override;
  void all_gather(at::Tensor whole, at::Tensor part) override;
  void broadcast(at::Tensor tensor, int root) override;
  std::unique_ptr<Pending> begin_send(at::Tensor tensor, int to) override;
  void receive(at::Tensor tensor, int from) override;
  void barrier() override;
};

}  // namespace tandem
