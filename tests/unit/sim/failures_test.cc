#include "sim/failures.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "tests/support/runs.h"

namespace tandem {
namespace {

/// "10 down 0, 20 up 0": all changes of planned outages.
std::string changes(const std::vector<Outage>& outages) {
  FailureSettings settings;
  settings.outages = outages;
  Failures failures(settings, nodes(4, 1), 1);
  std::string text;
  while (failures.next_time()) {
    const NodeChange change = failures.pop();
    text += fmt::format("{}{} {} {}", text.empty() ? "" : ", ", to_seconds(change.time),
                        change.up ? "up" : "down", change.node.value);
  }
  return text;
}

Outage outage(std::uint32_t node, double down, double up) {
  return {{node}, at_second(down), at_second(up)};
}

TEST(Failures, PlannedOutages) {
  EXPECT_EQ(changes({outage(0, 10, 20), outage(1, 10, 15)}),
            "10 down 0, 10 down 1, 15 up 1, 20 up 0");
  EXPECT_EQ(changes({}), "");
}

TEST(Failures, OverlappingOutagesAreOne) {
  EXPECT_EQ(changes({outage(0, 10, 20), outage(0, 15, 30)}), "10 down 0, 30 up 0");
  EXPECT_EQ(changes({outage(0, 10, 20), outage(0, 20, 30)}), "10 down 0, 30 up 0");
  EXPECT_EQ(changes({outage(0, 10, 30), outage(0, 12, 14)}), "10 down 0, 30 up 0");
  EXPECT_EQ(changes({outage(0, 10, 10)}), "") << "of no length";
  EXPECT_EQ(changes({Outage{{0}, at_second(3), kForever}}), "3 down 0") << "without an end";
}

TEST(Failures, RateIsThatOfTheMeanTimeBetweenThem) {
  FailureSettings settings;
  settings.node_mtbf = std::chrono::hours{100};
  settings.repair = std::chrono::hours{1};
  constexpr int kNodes = 100;
  Failures failures(settings, nodes(kNodes, 1), 7);
  std::vector<bool> down(kNodes);
  int count = 0;
  int any_down = 0;
  Time last;
  const Time end{std::chrono::hours{10'000}};
  std::vector<Time> since(kNodes);
  while (*failures.next_time() < end) {
    const NodeChange change = failures.pop();
    const std::uint32_t node = change.node.value;
    ASSERT_GE(change.time, last);
    ASSERT_EQ(down[node], change.up) << "never twice down, never twice up";
    ASSERT_TRUE(!change.up || change.time - since[node] == settings.repair);
    since[node] = last = change.time;
    down[node] = !change.up;
    count += !change.up;
    any_down += change.up ? -1 : 1;
    ASSERT_EQ(failures.any_down(), any_down > 0);
  }
  // A renewal process: one failure in 101 h on average.
  const double expected = kNodes * 10'000.0 / 101;
  EXPECT_NEAR(count, expected, 4 * std::sqrt(expected));
}

TEST(Failures, SeedsAndNodesDiffer) {
  FailureSettings settings;
  settings.node_mtbf = std::chrono::hours{100};
  settings.repair = std::chrono::hours{1};
  EXPECT_EQ(Failures(settings, nodes(3, 1), 1).next_time(),
            Failures(settings, nodes(3, 1), 1).next_time());
  EXPECT_NE(Failures(settings, nodes(3, 1), 1).next_time(),
            Failures(settings, nodes(3, 1), 2).next_time());
}

TEST(Failures, FailureDuringAnOutageKeepsTheNodeDownUntilBothAreOver) {
  FailureSettings settings;
  settings.node_mtbf = std::chrono::hours{100};
  settings.repair = std::chrono::hours{2};
  const Time failure = *Failures(settings, nodes(1, 1), 1).next_time();
  const std::chrono::hours hour{1};
  settings.outages = {{{0}, failure - hour, failure + hour}};
  Failures failures(settings, nodes(1, 1), 1);
  EXPECT_EQ(failures.pop().time, failure - hour);
  EXPECT_EQ(failures.pop().time, failure + 2 * hour);
}

TEST(Failures, HardlyEverFailingIsNotFailingAtOnce) {
  // With a mean of 90 years many first failures lie beyond what a Time can tell.
  FailureSettings settings;
  settings.node_mtbf = std::chrono::hours{24 * 365 * 90};
  settings.repair = std::chrono::hours{1};
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Failures failures(settings, nodes(10, 1), seed);
    Time last;
    for (int i = 0; i < 20 && failures.next_time(); ++i) {
      const NodeChange change = failures.pop();
      ASSERT_GE(change.time, last) << "seed " << seed;
      last = change.time;
    }
  }
}

TEST(Failures, ARackTakesItsNodesAlong) {
  Cluster cluster = nodes(6, 1);
  for (std::uint32_t node = 0; node < 6; ++node) cluster.set_place({node}, node / 3, 0);
  FailureSettings settings;
  settings.rack_mtbf = std::chrono::hours{100};
  settings.rack_repair = std::chrono::hours{2};
  Failures failures(settings, cluster, 1);
  int count = 0;
  for (const Time end{std::chrono::hours{20'000}}; *failures.next_time() < end;) {
    const NodeChange first = failures.pop();
    const std::uint32_t rack = first.node.value / 3;
    for (std::uint32_t i = 1; i < 3; ++i) {
      const NodeChange next = failures.pop();
      EXPECT_EQ(next.time, first.time);
      EXPECT_EQ(next.up, first.up);
      EXPECT_EQ(next.node.value, rack * 3 + i);
    }
    count += !first.up;
  }
  const double expected = 2 * 20'000.0 / 102;
  EXPECT_NEAR(count, expected, 4 * std::sqrt(expected));
}

}  // namespace
}  // namespace tandem
