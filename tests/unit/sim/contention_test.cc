// Shares of the wires between racks: against closed forms, and against every iteration gone through
// one by one.
#include "sim/contention.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "sim/check/random.h"
#include "tests/support/random.h"
#include "tests/support/runs.h"

namespace tandem {
namespace {

/// Computes, then communicates; nothing is hidden.
class Alternating final : public Communication {
 public:
  Alternating(double compute_s, double communicate_s)
      : compute_s_(compute_s), communicate_s_(communicate_s) {}
  double active_s() const override { return communicate_s_; }
  double iteration_s(double share) const override { return compute_s_ + communicate_s_ / share; }
  double compute_s() const { return compute_s_; }

 private:
  double compute_s_;
  double communicate_s_;
};

/// So many nodes in racks of `per_rack`.
Cluster in_racks(std::uint32_t count, std::uint32_t per_rack) {
  Cluster cluster = nodes(count, 8);
  for (std::uint32_t node = 0; node < count; ++node) cluster.set_place({node}, node / per_rack, 0);
  return cluster;
}

NetworkSettings oversubscribed(double ratio) { return {400e9, 8, ratio, 0}; }

std::vector<NodeShare> on(std::initializer_list<std::uint32_t> nodes) {
  std::vector<NodeShare> shares;
  for (const std::uint32_t node : nodes) shares.push_back({{node}, 8});
  return shares;
}

TEST(SharedUplink, IsThatOfTheProductForm) {
  using Duties = std::vector<double>;
  EXPECT_DOUBLE_EQ(shared_uplink(1, Duties{}), 1);
  EXPECT_DOUBLE_EQ(shared_uplink(1, Duties{1}), 0.5);
  EXPECT_DOUBLE_EQ(shared_uplink(1, Duties{1, 1}), 1.0 / 3);
  EXPECT_DOUBLE_EQ(shared_uplink(3, Duties{1, 1}), 1) << "room for all";
  // W is 0 or 1; Q is 1, 1, 2: 1 / (1/2 + 2/2).
  EXPECT_DOUBLE_EQ(shared_uplink(1, Duties{0.5}), 1 / 1.5);
  // W is 0, 1, 2 at 1/4, 1/2, 1/4; U = 2, Q is 1, 1, 1, 3/2.
  EXPECT_DOUBLE_EQ(shared_uplink(2, Duties{0.5, 0.5}), 1 / (0.25 + 0.5 + 0.25 * 1.5));
}

TEST(Contention, WhoAlwaysCommunicatesGetsAnEqualPart) {
  // Four nodes in a rack, 4 to 1: its uplink is as fast as the cards of one node.
  const Cluster cluster = in_racks(8, 4);
  Contention contention(cluster, oversubscribed(4));
  const Alternating always(0, 1);
  contention.add({0}, on({0, 4}), always);
  EXPECT_DOUBLE_EQ(contention.share({0}), 1);
  EXPECT_TRUE(contention.take_changed().empty());
  contention.add({1}, on({1, 5}), always);
  EXPECT_NEAR(contention.share({0}), 0.5, 1e-6);
  EXPECT_NEAR(contention.share({1}), 0.5, 1e-6);
  contention.add({2}, on({2, 3}), always);
  EXPECT_DOUBLE_EQ(contention.share({2}), 1) << "stays within its rack";
  contention.remove({0});
  EXPECT_DOUBLE_EQ(contention.share({1}), 1);
  EXPECT_EQ(contention.take_changed(), (std::vector<JobId>{{1}}));
}

TEST(Contention, TwoThatSendHalfOfTheirTime) {
  // A machine repair model: two sources that think for 1, one server of 1, shared. Both compute at
  // 1/5, one sends at 2/5, both at 2/5: an iteration takes 1 / (1/5 + 1/5) = 2.5, sending 1.5.
  const Cluster cluster = in_racks(8, 4);
  Contention contention(cluster, oversubscribed(4));
  const Alternating half(1, 1);
  contention.add({0}, on({0, 4}), half);
  contention.add({1}, on({1, 5}), half);
  EXPECT_NEAR(half.iteration_s(contention.share({0})), 2.5, 1e-9);
  EXPECT_NEAR(half.iteration_s(contention.share({1})), 2.5, 1e-9);
}

TEST(Contention, WithoutRacksTheCoreIsShared) {
  // Two gangs of four nodes each, always sending, and a core for four.
  const Cluster cluster = nodes(8, 8);
  Contention contention(cluster, oversubscribed(2));
  const Alternating always(0, 1);
  contention.add({0}, on({0, 1, 2, 3}), always);
  EXPECT_DOUBLE_EQ(contention.share({0}), 1);
  contention.add({1}, on({4, 5, 6, 7}), always);
  EXPECT_NEAR(contention.share({0}), 0.5, 1e-6);
}

/// Every iteration of jobs that share one wire, by max-min fairness: mean times of an iteration.
std::vector<double> gone_through(double capacity, const std::vector<Alternating>& jobs,
                                 double end) {
  struct State {
    bool sends = false;
    double left = 0;  ///< Seconds of computing, or of sending at the full rate.
    double since = 0;
    double first = 0;
    double iterations = 0;
  };
  std::vector<State> states(jobs.size());
  // Begins at different times: else equal jobs stay in step for ever.
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    states[i].left = jobs[i].compute_s() * (1 + static_cast<double>(i) * 0.381966);
  }
  for (double now = 0; now < end;) {
    const auto senders = static_cast<double>(std::ranges::count(states, true, &State::sends));
    const double share = senders > 0 ? std::min(1.0, capacity / senders) : 1;
    double step = std::numeric_limits<double>::infinity();
    for (const State& state : states) {
      step = std::min(step, state.left / (state.sends ? share : 1));
    }
    now += step;
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      State& state = states[i];
      state.left -= step * (state.sends ? share : 1);
      if (state.left > 1e-12) continue;
      if (state.sends) {
        if (state.first == 0) state.first = now;
        state.since = now;
        ++state.iterations;
      }
      state.sends = !state.sends;
      state.left = state.sends ? jobs[i].active_s() : jobs[i].compute_s();
    }
  }
  std::vector<double> means;
  for (const State& state : states) {
    means.push_back((state.since - state.first) / (state.iterations - 1));
  }
  return means;
}

TEST(Contention, IsCloseToGoingThroughEveryIteration) {
  double worst = 0;
  double sum = 0;
  int count = 0;
  for (std::uint64_t seed = 1; seed <= seeds(200); ++seed) {
    Random random(seed);
    const auto draw = [&](double least, double most) {
      return least * std::pow(most / least, static_cast<double>(random.below(1'000'000)) / 1e6);
    };
    std::vector<Alternating> jobs;
    const std::uint32_t size = 2 + random.below(6);
    for (std::uint32_t i = 0; i < size; ++i) jobs.emplace_back(draw(0.2, 5), draw(0.05, 2));
    const std::uint32_t per_rack = 8;
    const double ratio = std::array{2.0, 4.0, 8.0}[random.below(3)];
    const Cluster cluster = in_racks(2 * per_rack, per_rack);
    Contention contention(cluster, oversubscribed(ratio));
    for (std::uint32_t i = 0; i < size; ++i) contention.add({i}, on({i, per_rack + i}), jobs[i]);
    const auto means = gone_through(per_rack / ratio, jobs, 20'000);
    for (std::uint32_t i = 0; i < size; ++i) {
      const double found = jobs[i].iteration_s(contention.share({i}));
      const double error = std::fabs(found / means[i] - 1);
      worst = std::max(worst, error);
      sum += error;
      ++count;
    }
  }
  RecordProperty("worst", std::to_string(worst));
  RecordProperty("mean", std::to_string(sum / count));
  EXPECT_LT(worst, 0.05) << "mean " << sum / count;
}

}  // namespace
}  // namespace tandem
