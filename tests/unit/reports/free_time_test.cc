#include "reports/free_time.h"

#include <gtest/gtest.h>

#include <chrono>

namespace tandem {
namespace {

using namespace std::chrono_literals;

constexpr DeviceTypeId kBig{0};
constexpr DeviceTypeId kSmall{1};
constexpr DeviceTypes kSmallOnly = 2;

/// Six devices of one type and two of another.
Cluster cluster() {
  Cluster cluster;
  cluster.add_node("b", cluster.add_type("big"), 6);
  cluster.add_node("s", cluster.add_type("small"), 2);
  return cluster;
}

Time at(Duration time) { return Time{time}; }

TEST(FreeTime, CountsOnlyTheTimeWithEnough) {
  FreeTime free(cluster());
  EXPECT_EQ(free.with_room(kAnyType, 3, at(0s)), 0s);
  free.change(kBig, -4, at(10s));  // 2 are left,
  free.change(kBig, 1, at(25s));   // 3 again,
  free.change(kBig, -3, at(31s));  // none.
  EXPECT_EQ(free.with_room(kAnyType, 3, at(40s)), 16s);
  EXPECT_EQ(free.with_room(kAnyType, 6, at(40s)), 10s);
  EXPECT_EQ(free.with_room(kAnyType, 2, at(40s)), 40s) << "the small ones are free all the time";
}

TEST(FreeTime, GangIsOfOneType) {
  FreeTime free(cluster());
  free.with_room(kSmallOnly, 1, at(0s));
  free.with_room(kAnyType, 7, at(0s));
  free.change(kSmall, -1, at(5s));
  EXPECT_EQ(free.with_room(kSmallOnly, 2, at(20s)), 5s);
  EXPECT_EQ(free.with_room(kSmallOnly, 1, at(20s)), 20s);
  EXPECT_EQ(free.with_room(kSmallOnly, 3, at(20s)), 0s);
  EXPECT_EQ(free.with_room(kAnyType, 7, at(20s)), 0s) << "6 and 2 are not 8 of one type";
}

TEST(FreeTime, AgreesWithLookingEverySecond) {
  FreeTime free(cluster());
  free.with_room(1, 1, at(0s));
  std::int64_t there = 6;
  std::vector<Duration> expected(7);
  std::uint32_t state = 1;
  for (std::int64_t second = 0; second < 500; ++second) {
    for (std::int64_t devices = 1; devices <= there; ++devices) {
      expected[static_cast<std::size_t>(devices)] += 1s;
    }
    state = state * 1664525 + 1013904223;
    const std::int64_t next = (state >> 16) % 7;
    free.change(kBig, next - there, at(std::chrono::seconds(second + 1)));
    there = next;
  }
  for (std::uint32_t devices = 1; devices <= 6; ++devices) {
    EXPECT_EQ(free.with_room(1, devices, at(500s)), expected[devices]) << devices;
  }
}

}  // namespace
}  // namespace tandem
