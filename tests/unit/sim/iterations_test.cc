// Iterations one by one, and gangs that send through shared wires, against a pencil.
#include "sim/iterations.h"

#include <gtest/gtest.h>

#include <vector>

#include "sim/contention.h"
#include "sim/joint_senders.h"
#include "tests/support/runs.h"

namespace tandem {
namespace {

/// Sends for `active`, of which `hidden` runs beside computing.
class Training final : public Communication {
 public:
  Training(double compute_s, double active_s, double hidden_s = 0)
      : compute_s_(compute_s), active_s_(active_s), hidden_s_(hidden_s) {}
  double active_s() const override { return active_s_; }
  double iteration_s(double share) const override {
    return compute_s_ + std::max(active_s_ / share - hidden_s_, 0.0);
  }

 private:
  double compute_s_;
  double active_s_;
  double hidden_s_;
};

TEST(Iterations, HaveTheRestOfWhatTheModelSaysForTheirShare) {
  // Alone 3 + (2 - 1) = 4, of which it sends 2; in twice the time 3 + (4 - 1) = 6, of which 4.
  const Training training(3, 2, 1);
  Iterations iterations(training, seconds(4), Fidelity::kL2, 2);
  iterations.begin(seconds(40), at_second(10));
  EXPECT_TRUE(iterations.is_sending());
  EXPECT_DOUBLE_EQ(iterations.transfer_s(), 2);
  EXPECT_EQ(iterations.sent(at_second(12)), seconds(2));
  EXPECT_FALSE(iterations.is_sending());
  EXPECT_EQ(iterations.work(), seconds(4));
  iterations.begin(seconds(36), at_second(14));
  EXPECT_EQ(iterations.sent(at_second(18)), seconds(2));
}

TEST(Iterations, ARestIsSplitEvenly) {
  const Training training(2, 2);
  Iterations iterations(training, seconds(4), Fidelity::kL2, 2);
  iterations.begin(seconds(9), Time{});
  EXPECT_EQ(iterations.work(), seconds(4.5)) << "two that are a little longer, no sliver";
  EXPECT_DOUBLE_EQ(iterations.transfer_s(), 2.25);
  iterations.begin(seconds(1), Time{});
  EXPECT_EQ(iterations.work(), seconds(1)) << "cut short";
  EXPECT_EQ(iterations.sent(at_second(0.5)), seconds(0.5));
}

TEST(Iterations, AllReduceOfARingHasTwiceAsManyRoundsAsHops) {
  const Training training(1, 3);
  Iterations iterations(training, seconds(4), Fidelity::kL3, 4);
  iterations.begin(seconds(4), Time{});
  EXPECT_DOUBLE_EQ(iterations.transfer_s(), 0.5);
  for (int round = 1; round < 6; ++round) {
    EXPECT_EQ(iterations.sent(at_second(round * 0.5)), std::nullopt);
  }
  EXPECT_EQ(iterations.sent(at_second(3)), seconds(1));
}

TEST(JointSenders, OnOneWireAreTheProductForm) {
  // Two that send half of their time: 2.5 instead of 2 (see Contention.TwoThatSendHalfOfTheirTime).
  const Training half(1, 1);
  const std::vector<JointSender> two = {{&half, {{0, 1}}}, {&half, {{0, 1}}}};
  for (const double share : joint_shares(two, std::vector{1.0})) {
    EXPECT_NEAR(half.iteration_s(share), 2.5, 1e-9);
  }
  // Three unequal ones, room for two.
  const Training some(1, 2);
  const Training much(0.5, 3);
  const std::vector<JointSender> three = {{&half, {{0, 1}}}, {&some, {{0, 1}}}, {&much, {{0, 1}}}};
  const auto shares = joint_shares(three, std::vector{2.0});
  EXPECT_NEAR(shares[0], shared_uplink(2, std::vector{2.0 / 3, 6.0 / 7}), 1e-9);
  EXPECT_NEAR(shares[2], shared_uplink(2, std::vector{0.5, 2.0 / 3}), 1e-9);
}

TEST(JointSenders, WhoAlwaysSendsHasItsMaxMinShare) {
  // The first passes both wires; at the second, three share 1.5: 0.5 each. The other of the first
  // wire has what is left of it.
  const Training always(0, 1);
  const std::vector<JointSender> senders = {
      {&always, {{0, 1}, {1, 1}}}, {&always, {{0, 1}}}, {&always, {{1, 1}}}, {&always, {{1, 1}}}};
  const auto shares = joint_shares(senders, std::vector{1.25, 1.5});
  EXPECT_NEAR(shares[0], 0.5, 1e-6);
  EXPECT_NEAR(shares[1], 0.75, 1e-6);
  EXPECT_NEAR(shares[2], 0.5, 1e-6);
}

TEST(JointSenders, WeightsAreWhatAFullRateTakes) {
  // Six nodes and two nodes through a core for four: both at half their rate while both send.
  const Training always(0, 1);
  const std::vector<JointSender> senders = {{&always, {{0, 6}}}, {&always, {{0, 2}}}};
  for (const double share : joint_shares(senders, std::vector{4.0})) EXPECT_NEAR(share, 0.5, 1e-6);
}

}  // namespace
}  // namespace tandem
