#include "policies/serving/autoscaler.h"

#include <gtest/gtest.h>

#include "sim/check/listed_scenario.h"

namespace tandem {
namespace {

using Signal = AutoscaleSettings::Signal;

Autoscaler scaler(Signal signal, double target, std::uint32_t least, std::uint32_t most,
                  double patience_s = 0) {
  return {{signal, target, seconds(10), seconds(patience_s)}, least, most};
}

TEST(Autoscalers, WithoutASignalIsOff) {
  EXPECT_FALSE(scaler(Signal::kNone, 0, 1, 1).is_on());
  EXPECT_TRUE(scaler(Signal::kQueue, 1, 1, 1).is_on());
}

TEST(Autoscalers, UtilisationWantsOutstandingOverTargetTimesCapacity) {
  Autoscaler scaler = tandem::scaler(Signal::kUtilisation, 0.5, 1, 8);
  const auto wanted = [&](std::int64_t outstanding) {
    return scaler.wanted({.replicas = 2, .outstanding = outstanding, .capacity = 10},
                         at_second(static_cast<double>(outstanding)));
  };
  EXPECT_EQ(wanted(0), 1U);
  EXPECT_EQ(wanted(1), 1U);
  EXPECT_EQ(wanted(5), 1U);
  EXPECT_EQ(wanted(6), 2U);
  EXPECT_EQ(wanted(31), 7U);
  EXPECT_EQ(wanted(1000), 8U);
}

TEST(Autoscalers, QueueAddsOneWhileTooManyWaitAndTakesOneThatIsNotNeeded) {
  Autoscaler scaler = tandem::scaler(Signal::kQueue, 4, 0, 5);
  const auto wanted = [&](double at, std::int64_t outstanding, std::int64_t waiting) {
    return scaler.wanted(
        {.replicas = 3, .outstanding = outstanding, .waiting = waiting, .capacity = 10},
        at_second(at));
  };
  EXPECT_EQ(wanted(0, 30, 12), 3U);  // 4 for each: as many as it bears.
  EXPECT_EQ(wanted(1, 30, 13), 4U);
  EXPECT_EQ(wanted(2, 21, 0), 3U);  // More than two can take.
  EXPECT_EQ(wanted(3, 20, 0), 2U);
  EXPECT_EQ(wanted(4, 20, 1), 3U);  // Somebody waits.
  EXPECT_EQ(wanted(5, 0, 0), 0U);
}

TEST(Autoscalers, ObjectiveAddsOneWhileTooFewFirstTokensAreInTime) {
  Autoscaler scaler = tandem::scaler(Signal::kObjective, 0.9, 1, 5);
  const auto wanted = [&](double at, std::int64_t in_time) {
    return scaler.wanted({.replicas = 3,
                          .outstanding = 25,
                          .waiting = 2,
                          .capacity = 10,
                          .first_tokens = 100,
                          .in_time = in_time},
                         at_second(at));
  };
  EXPECT_EQ(wanted(0, 89), 4U);
  EXPECT_EQ(wanted(1, 90), 3U);
}

TEST(Autoscalers, FromNoneTheFirstRequestBringsOne) {
  for (const Signal signal : {Signal::kUtilisation, Signal::kQueue, Signal::kObjective}) {
    Autoscaler scaler = tandem::scaler(signal, 1, 0, 5);
    EXPECT_EQ(scaler.wanted({.outstanding = 0, .capacity = 10}, at_second(0)), 0U);
    EXPECT_EQ(scaler.wanted({.outstanding = 100, .waiting = 100, .capacity = 10}, at_second(1)),
              1U);
  }
}

TEST(Autoscalers, FewerOnlyWhenTheyHaveBeenEnoughForSoLong) {
  Autoscaler scaler = tandem::scaler(Signal::kUtilisation, 1, 0, 9, 30);
  const auto wanted = [&](double at, std::int64_t outstanding) {
    return scaler.wanted({.replicas = 3, .outstanding = outstanding, .capacity = 10},
                         at_second(at));
  };
  EXPECT_EQ(wanted(0, 90), 9U);
  EXPECT_EQ(wanted(10, 20), 9U);
  EXPECT_FALSE(scaler.is_steady());
  EXPECT_EQ(wanted(20, 50), 9U);
  EXPECT_EQ(wanted(30, 30), 9U);
  EXPECT_EQ(wanted(40, 30), 5U);  // The most of the last 30 s.
  EXPECT_EQ(wanted(50, 60), 6U);  // More come at once.
  EXPECT_TRUE(scaler.is_steady());
  scaler.stood_still_until(at_second(100));
  EXPECT_EQ(wanted(130, 10), 6U);
  EXPECT_EQ(wanted(131, 10), 1U);
}

}  // namespace
}  // namespace tandem
