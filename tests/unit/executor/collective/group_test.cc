#include "executor/collective/group.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include "policies/core/error.h"
#include "tests/support/child_program.h"
#include "tests/support/temporary_folder.h"

namespace tandem {
namespace {

using namespace std::chrono_literals;

/// Longer than a test may take: who waits for it has failed.
constexpr auto kForEver = 3'600'000ms;

class Gang {
 public:
  Gang(int members, std::chrono::milliseconds patience, const std::string& what) {
    for (int i = 0; i < members; ++i) add(i, members, patience, what);
  }
  Gang() = default;
  void add(int rank, int members, std::chrono::milliseconds patience, const std::string& what) {
    const auto place = folder_.path() / "group";
    std::filesystem::create_directories(place);
    ranks_.push_back(std::make_unique<ChildProgram>(
        "group_program",
        std::vector<std::string>{place, std::to_string(rank), std::to_string(members),
                                 std::to_string(patience.count()), what},
        folder_.path() / std::to_string(rank)));
  }
  ChildProgram& rank(std::size_t i) { return *ranks_.at(i); }

 private:
  TemporaryFolder folder_;
  std::vector<std::unique_ptr<ChildProgram>> ranks_;
};

TEST(Group, TwoRanksAgree) {
  Gang gang(2, 60'000ms, "agree");
  const std::string both =
      "all_reduce 3 5 7 / 2 3 / 3 5\n"
      "all_reduce of many 3 3 / 3 3\n"
      "begin_all_reduce 3 / 30\n";
  EXPECT_EQ(gang.rank(0).wait(), 0);
  EXPECT_EQ(gang.rank(0).output(), both +
                                       "reduce_scatter 3 5\n"
                                       "all_gather 3 5 7 9\n"
                                       "broadcast 2 3\n"
                                       "receive 2 3 / 20 30\n"
                                       "clean\n");
  EXPECT_EQ(gang.rank(1).wait(), 0);
  EXPECT_EQ(gang.rank(1).output(), both +
                                       "reduce_scatter 7 9\n"
                                       "all_gather 3 5 7 9\n"
                                       "broadcast 2 3\n"
                                       "receive 1 2 / 10 20\n"
                                       "clean\n");
}

TEST(Group, FourRanksAgree) {
  Gang gang(4, 60'000ms, "agree");
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(gang.rank(i).wait(), 0);
    const std::size_t last = (i + 3) % 4;
    EXPECT_EQ(gang.rank(i).output(), fmt::format("all_reduce 10 14 18 / 4 5 / 10 14\n"
                                                 "all_reduce of many 10 10 / 10 10\n"
                                                 "begin_all_reduce 10 / 100\n"
                                                 "reduce_scatter {} {}\n"
                                                 "all_gather 10 14 18 22 26 30 34 38\n"
                                                 "broadcast 4 5\n"
                                                 "receive {} {} / {} {}\n"
                                                 "clean\n",
                                                 10 + 8 * i, 14 + 8 * i, last + 1, last + 2,
                                                 10 * (last + 1), 10 * (last + 2)));
  }
}

class EveryCall : public testing::TestWithParam<const char*> {};

TEST_P(EveryCall, ThrowsWhenAMemberIsKilled) {
  Gang gang(3, kForEver, GetParam());
  for (std::size_t i = 0; i < 3; ++i) ASSERT_TRUE(gang.rank(i).wait_for("ready"));
  gang.rank(1).signal(SIGKILL);
  for (const std::size_t left : {0U, 2U}) {
    EXPECT_EQ(gang.rank(left).wait(), 0) << gang.rank(left).output();
    EXPECT_NE(gang.rank(left).output().find(fmt::format("lost: group all, rank {} of 3", left)),
              std::string::npos)
        << gang.rank(left).output();
    EXPECT_TRUE(gang.rank(left).output().ends_with("clean\n")) << gang.rank(left).output();
  }
}

TEST_P(EveryCall, ThrowsWhenAMemberHangs) {
  Gang gang(3, 5s, GetParam());  // They must come together in it, too.
  for (std::size_t i = 0; i < 3; ++i) ASSERT_TRUE(gang.rank(i).wait_for("ready"));
  gang.rank(1).signal(SIGSTOP);
  for (const std::size_t left : {0U, 2U}) {
    EXPECT_EQ(gang.rank(left).wait(), 0) << gang.rank(left).output();
    EXPECT_NE(gang.rank(left).output().find("lost: "), std::string::npos);
    EXPECT_TRUE(gang.rank(left).output().ends_with("clean\n")) << gang.rank(left).output();
  }
}

INSTANTIATE_TEST_SUITE_P(Calls, EveryCall,
                         testing::Values("all_reduce", "ring", "reduce_scatter", "all_gather",
                                         "broadcast", "exchange", "barrier"),
                         [](const auto& test) { return std::string(test.param); });

TEST(Group, WhoNeverComesIsNotWaitedForWithoutEnd) {
  Gang gang;
  gang.add(0, 2, 300ms, "agree");
  gang.add(1, 2, 300ms, "late");
  EXPECT_EQ(gang.rank(0).wait(), 0);
  EXPECT_TRUE(gang.rank(0).output().starts_with("not together: group all, rank 0 of 2: "))
      << gang.rank(0).output();
}

TEST(Group, UnknownDevicesAreErrors) {
  EXPECT_THROW(make_group("tpu", ".", "all", 0, 2, 1s), InputError);
}

}  // namespace
}  // namespace tandem
