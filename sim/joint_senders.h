// A few gangs that share wires while they send: what each gets on average, from all the sets of
// them that may be sending at one time.
//
// Wire by wire the answer is up to 15 % off for gangs that cross two busy ones: who waits at one
// wire holds the other for longer, and takes less of it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/communication.h"

namespace tandem {

/// The most gangs that are worth it: sets double with each.
inline constexpr std::size_t kMostJointSenders = 10;

/// A gang, and the wires it passes, with what it takes of their capacity at full rate.
struct JointSender {
  struct Use {
    std::uint32_t wire = 0;
    double weight = 1;
  };
  const Communication* communication = nullptr;
  std::vector<Use> uses;
};

/// The share of its full rate that each sender gets while it sends, in the mean. `capacities` by
/// wire; at most kMostJointSenders senders.
///
/// In a set S of senders each has the rate r(S) of max-min fairness. The chance of S is taken to be
/// the product of the odds of its members times F(S), where log F(S) is the mean over the members k
/// of log F(S less k) - log r_k(S). That is exact where the rates are balanced, as on one wire with
/// equal senders (the product form of Baskett, Chandy, Muntz & Palacios 1975; balanced fairness:
/// Bonald & Proutière 2003). Elsewhere the odds are set so that each gang stops sending as often as
/// it begins.
std::vector<double> joint_shares(std::span<const JointSender> senders,
                                 std::span<const double> capacities);

}  // namespace tandem
