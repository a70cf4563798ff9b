#include "executor/collective/solo_group.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include "executor/collective/group.h"

namespace tandem {
namespace {

TEST(SoloGroup, HasAllThereIsAlready) {
  const auto group = make_group("cpu", "no/such/folder", "all", 0, 1, std::chrono::seconds{1});
  EXPECT_EQ(group->size(), 1);
  const at::Tensor numbers = at::arange(4, at::kFloat);
  at::Tensor tensor = numbers.clone();
  group->all_reduce(tensor, Reduction::kSum);
  group->begin_all_reduce(tensor, Reduction::kMax)->wait();
  group->broadcast(tensor, 0);
  group->barrier();
  EXPECT_TRUE(tensor.equal(numbers));
  at::Tensor part = at::zeros({4}, at::kFloat);
  group->begin_reduce_scatter(part, tensor)->wait();
  EXPECT_TRUE(part.equal(numbers));
  at::Tensor whole = at::zeros({4}, at::kFloat);
  group->all_gather(whole, part);
  EXPECT_TRUE(whole.equal(numbers));
  group->all_gather(whole, whole);
  EXPECT_TRUE(whole.equal(numbers));
}

}  // namespace
}  // namespace tandem
