#include "workloads/generators/shaken.h"

#include <gtest/gtest.h>

#include <set>

namespace tandem {
namespace {

using namespace std::chrono_literals;

struct Mark {
  Time time;
  int number = 0;
};
struct When {
  Time operator()(const Mark& mark) const { return mark.time; }
};

std::vector<std::pair<Time, Mark>> shaken(std::vector<Mark> marks, Duration shake,
                                          std::uint64_t seed) {
  std::size_t next = 0;
  Shaken<Mark, When> source(
      [&]() -> std::optional<Mark> {
        return next < marks.size() ? std::optional(marks[next++]) : std::nullopt;
      },
      shake, make_stream(seed, 0, Purpose::kShake));
  std::vector<std::pair<Time, Mark>> all;
  while (auto mark = source.next()) all.push_back(*mark);
  return all;
}

std::vector<Mark> equal_gaps(int count, Duration gap) {
  std::vector<Mark> marks;
  for (int i = 0; i < count; ++i) marks.push_back({kStartOfTime + i * gap, i});
  return marks;
}

TEST(Shaken, NothingIsLostAndNothingMovesFurther) {
  const auto all = shaken(equal_gaps(1000, 1s), 5s, 3);
  ASSERT_EQ(all.size(), 1000U);
  std::set<int> seen;
  int moved = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& [time, mark] = all[i];
    EXPECT_LE(std::chrono::abs(time - mark.time), Duration{5s});
    EXPECT_GE(time, kStartOfTime);
    if (i > 0) {
      EXPECT_GE(time, all[i - 1].first) << "in order";
    }
    seen.insert(mark.number);
    moved += mark.number != static_cast<int>(i) ? 1 : 0;
  }
  EXPECT_EQ(seen.size(), 1000U);
  EXPECT_GT(moved, 500) << "some overtake others";
}

TEST(Shaken, SeedsDifferAndRepeat) {
  const auto times = [](std::uint64_t seed) {
    std::vector<Time> result;
    for (const auto& [time, mark] : shaken(equal_gaps(50, 1s), 500ms, seed)) result.push_back(time);
    return result;
  };
  EXPECT_EQ(times(1), times(1));
  EXPECT_NE(times(1), times(2));
}

TEST(Shaken, TheWayIsInMeanGaps) {
  EXPECT_EQ(shake_of(1, kStartOfTime + 90s, 10), Duration{10s});
  EXPECT_EQ(shake_of(0.5, kStartOfTime + 90s, 10), Duration{5s});
  EXPECT_EQ(shake_of(1, kStartOfTime + 90s, 1), Duration::zero());
}

}  // namespace
}  // namespace tandem
