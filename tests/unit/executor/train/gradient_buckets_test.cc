#include "executor/train/gradient_buckets.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tandem {
namespace {

/// The second of two ranks, of which the other has the same numbers. Keeps a record of what it is
/// asked for, in places of a flat buffer.
class Twin final : public Group {
 public:
  explicit Twin(const at::Tensor& flat) : flat_(flat) {}
  int rank() const override { return 1; }
  int size() const override { return 2; }
  void all_reduce(at::Tensor, Reduction) override {}
  std::unique_ptr<Pending> begin_all_reduce(at::Tensor tensor, Reduction) override {
    log += "reduce" + place(tensor);
    return std::make_unique<Doubling>(*this, tensor);
  }
  std::unique_ptr<Pending> begin_reduce_scatter(at::Tensor part, at::Tensor whole) override {
    log += "scatter" + place(whole) + place(part);
    return std::make_unique<Doubling>(*this, part);
  }
  void all_gather(at::Tensor whole, at::Tensor part) override {
    log += "gather" + place(whole) + place(part);
  }
  void broadcast(at::Tensor, int) override {}
  std::unique_ptr<Pending> begin_send(at::Tensor, int) override { return nullptr; }
  void receive(at::Tensor, int) override {}
  void barrier() override {}

  std::string log;

 private:
  struct Doubling final : Pending {
    Doubling(Twin& of, const at::Tensor& of_tensor) : twin(of), tensor(of_tensor) {}
    void wait() override {
      twin.log += "wait ";
      tensor.mul_(2);
    }
    Twin& twin;
    at::Tensor tensor;
  };

  std::string place(const at::Tensor& tensor) const {
    return fmt::format("({}+{}) ", tensor.storage_offset() - flat_.storage_offset(),
                       tensor.numel());
  }

  at::Tensor flat_;
};

/// An embedding, two layers, and a head, of 100, 60, 60 and 100 numbers.
std::vector<Slot> four_slots() {
  std::vector<Slot> slots(4);
  const std::vector<std::int64_t> numbers{100, 60, 60, 100};
  std::int64_t offset = 0;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    slots[i].name = std::string(1, static_cast<char>('a' + i));
    slots[i].shape = slots[i].whole_shape = {numbers[i]};
    slots[i].part = static_cast<std::int64_t>(i);
    slots[i].offset = offset;
    offset += numbers[i];
  }
  return slots;
}

/// Of 64 numbers in each bucket.
class Buckets : public testing::Test {
 protected:
  std::string taken() { return std::exchange(twin_.log, ""); }

  const at::Tensor flat_ = at::arange(320, at::kFloat);
  Twin twin_{flat_};
};

TEST_F(Buckets, StartWhenTheLastOfTheirPartsIsDone) {
  GradientBuckets buckets(flat_, four_slots(), twin_, {.bytes = 256});
  buckets.part_done(3);
  EXPECT_EQ(taken(), "reduce(256+64) ");
  buckets.part_done(2);
  EXPECT_EQ(taken(), "reduce(192+64) ");
  buckets.part_done(1);
  EXPECT_EQ(taken(), "reduce(128+64) ");
  buckets.finish();
  EXPECT_EQ(taken(), "reduce(64+64) reduce(0+64) wait wait wait wait wait ");
  EXPECT_TRUE(flat_.equal(at::arange(320, at::kFloat).mul_(2)));
  buckets.part_done(3);
  EXPECT_EQ(taken(), "reduce(256+64) ") << "the next step begins again";
}

TEST_F(Buckets, WithoutOverlapStartTogetherInTheSameOrder) {
  GradientBuckets buckets(flat_, four_slots(), twin_, {.bytes = 256, .overlaps = false});
  buckets.part_done(1);
  EXPECT_EQ(taken(), "");
  buckets.finish();
  EXPECT_EQ(taken(),
            "reduce(256+64) reduce(192+64) reduce(128+64) reduce(64+64) reduce(0+64) "
            "wait wait wait wait wait ");
}

TEST_F(Buckets, WaitForAParameterThatIsLate) {
  GradientBuckets buckets(flat_, four_slots(), twin_, {.bytes = 256, .late = "d"});
  buckets.part_done(3);
  buckets.part_done(1);
  EXPECT_EQ(taken(), "reduce(128+64) ") << "the only one with nothing of the head";
  buckets.finish();
  EXPECT_TRUE(taken().starts_with("reduce(256+64) reduce(192+64) reduce(64+64) "));
}

TEST_F(Buckets, OfZeroBelongInEqualSharesToTheRanks) {
  GradientBuckets buckets(flat_, four_slots(), twin_, {.bytes = 512, .shards = true});
  std::string owned;
  for (const auto& [begin, count] : buckets.owned()) owned += fmt::format("{}+{} ", begin, count);
  EXPECT_EQ(owned, "64+64 192+64 288+32 ") << "the last bucket is shorter";
  buckets.finish();
  EXPECT_TRUE(taken().starts_with("scatter(256+64) (288+32) scatter(128+128) (192+64) "));
  buckets.gather(flat_);
  EXPECT_EQ(taken(), "gather(256+64) (288+32) gather(128+128) (192+64) gather(0+128) (64+64) ");
}

}  // namespace
}  // namespace tandem
