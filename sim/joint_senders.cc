#include "sim/joint_senders.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "policies/core/check.h"

namespace tandem {
namespace {

using Set = std::uint32_t;  ///< Of senders, a bit each.

/// Where the odds have settled, and how long they are given.
constexpr double kTolerance = 1e-5;
constexpr int kMostRounds = 100;
/// Who sends always computes for this part of that time, so that its odds are finite.
constexpr double kLeastComputing = 1e-9;
/// A wire with less than this part of its capacity left is full.
constexpr double kFull = 1e-9;

class JointSenders {
 public:
  JointSenders(std::span<const JointSender> senders, std::span<const double> capacities)
      : senders_(senders), capacities_(capacities), weights_(capacities.size()) {
    CHECK(senders.size() <= kMostJointSenders, "{} senders", senders.size());
    for (std::size_t k = 0; k < senders.size(); ++k) {
      for (const JointSender::Use& use : senders[k].uses) weights_[use.wire][k] = use.weight;
    }
    const std::size_t sets = std::size_t{1} << senders.size();
    rates_.resize(sets);
    factors_.assign(sets, 1);
    chances_.assign(sets, 1);
    for (Set set = 1; set < sets; ++set) weigh(set);
  }

  std::vector<double> shares() {
    std::vector<double> shares(senders_.size(), 1);
    std::array<double, kMostJointSenders> odds;
    for (std::size_t k = 0; k < senders_.size(); ++k) {
      odds[k] = senders_[k].communication->active_s() / computing_s(k, 1);
    }
    for (int round = 0; round < kMostRounds; ++round) {
      add_up(odds);
      double change = 0;
      for (std::size_t k = 0; k < senders_.size(); ++k) {
        shares[k] = sent_[k] / sending_[k];
        const double begins = (all_ - sending_[k]) / computing_s(k, shares[k]);
        const double ends = sent_[k] / senders_[k].communication->active_s();
        change = std::max(change, std::fabs(begins / ends - 1));
        odds[k] *= begins / ends;
      }
      if (change < kTolerance) break;
    }
    return shares;
  }

 private:
  using Rates = std::array<double, kMostJointSenders>;

  /// Of an iteration: when it does not send.
  double computing_s(std::size_t k, double share) const {
    const Communication& its = *senders_[k].communication;
    const double sending = its.active_s() / share;
    return std::max(its.iteration_s(share) - sending, kLeastComputing * sending);
  }

  /// The rates in a set by max-min fairness, and its F.
  void weigh(Set set) {
    Rates& rates = rates_[set];
    fill(set, rates);
    double sum = 0;
    for (Set rest = set; rest != 0; rest &= rest - 1) {
      const auto k = static_cast<std::size_t>(std::countr_zero(rest));
      sum += std::log(factors_[set & ~(Set{1} << k)] / rates[k]);
    }
    factors_[set] = std::exp(sum / std::popcount(set));
  }

  /// Raises all rates until a wire is full or they are 1, then those of the others.
  void fill(Set open, Rates& rates) const {
    std::vector<double>& left = left_;
    left.assign(capacities_.begin(), capacities_.end());
    for (double level = 0; open != 0;) {
      double next = 1;
      for (std::size_t wire = 0; wire < left.size(); ++wire) {
        if (const double used = used_of(wire, open); used > 0) {
          next = std::min(next, level + left[wire] / used);
        }
      }
      Set closing = next >= 1 ? open : 0;
      for (std::size_t wire = 0; wire < left.size(); ++wire) {
        const double used = used_of(wire, open);
        left[wire] -= (next - level) * used;
        if (used > 0 && left[wire] <= kFull * capacities_[wire]) closing |= open & users_of(wire);
      }
      for (Set rest = closing; rest != 0; rest &= rest - 1) {
        rates[static_cast<std::size_t>(std::countr_zero(rest))] = next;
      }
      open &= ~closing;
      level = next;
    }
  }

  double used_of(std::size_t wire, Set set) const {
    double used = 0;
    for (; set != 0; set &= set - 1) {
      used += weights_[wire][static_cast<std::size_t>(std::countr_zero(set))];
    }
    return used;
  }
  Set users_of(std::size_t wire) const {
    Set users = 0;
    for (std::size_t k = 0; k < senders_.size(); ++k) {
      if (weights_[wire][k] > 0) users |= Set{1} << k;
    }
    return users;
  }

  /// Chances, not yet divided by their sum.
  void add_up(const std::array<double, kMostJointSenders>& odds) {
    all_ = 0;
    sending_ = {};
    sent_ = {};
    for (Set set = 0; set < chances_.size(); ++set) {
      if (set != 0) {
        const auto first = static_cast<std::size_t>(std::countr_zero(set));
        chances_[set] = chances_[set & (set - 1)] * odds[first];
      }
      const double chance = chances_[set] * factors_[set];
      all_ += chance;
      for (Set rest = set; rest != 0; rest &= rest - 1) {
        const auto k = static_cast<std::size_t>(std::countr_zero(rest));
        sending_[k] += chance;
        sent_[k] += chance * rates_[set][k];
      }
    }
  }

  std::span<const JointSender> senders_;
  std::span<const double> capacities_;
  std::vector<std::array<double, kMostJointSenders>> weights_;  ///< By wire.
  std::vector<Rates> rates_;                                    ///< By set.
  std::vector<double> factors_;                                 ///< F, by set.
  std::vector<double> chances_;  ///< By set: the product of its members' odds.
  mutable std::vector<double> left_;
  double all_ = 0;
  std::array<double, kMostJointSenders> sending_{};
  std::array<double, kMostJointSenders> sent_{};
};

}  // namespace

std::vector<double> joint_shares(std::span<const JointSender> senders,
                                 std::span<const double> capacities) {
  return JointSenders(senders, capacities).shares();
}

}  // namespace tandem
