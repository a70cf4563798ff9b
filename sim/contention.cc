#include "sim/contention.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "sim/joint_senders.h"

namespace tandem {
namespace {

/// A change of a share by less than this part of it is none.
constexpr double kTolerance = 1e-3;

}  // namespace

double shared_uplink(double capacity, std::span<const double> duties) {
  if (static_cast<double>(duties.size()) + 1 <= capacity) return 1;
  // The distribution of W, one gang after the other.
  std::vector<double> chance{1};
  for (const double duty : duties) {
    chance.push_back(0);
    for (std::size_t w = chance.size() - 1; w-- > 0;) {
      chance[w + 1] += chance[w] * duty;
      chance[w] *= 1 - duty;
    }
  }
  double without = 0;
  double with = 0;
  double q = 1;
  for (std::size_t w = 0; w < chance.size(); ++w) {
    without += chance[w] * q;
    q *= std::max(1.0, static_cast<double>(w + 1) / capacity);
    with += chance[w] * q;
  }
  return without / with;
}

Contention::Contention(const Cluster& cluster, const NetworkSettings& settings)
    : cluster_(cluster), nics_per_node_(settings.nics_per_node) {
  std::uint32_t racks = 0;
  for (const Node& node : cluster.nodes()) racks = std::max(racks, node.rack + 1);
  has_racks_ = racks > 1;
  wires_.resize(racks);
  for (const Node& node : cluster.nodes()) wires_[node.rack].capacity += 1;
  for (Wire& wire : wires_) wire.capacity /= settings.oversubscription;
}

void Contention::add(JobId job, std::span<const NodeShare> nodes,
                     const Communication& communication) {
  Gang& gang = gangs_.emplace(job);
  gang.communication = &communication;
  gang.active_s = communication.active_s();
  gang.iteration_s = communication.iteration_s(1);
  const std::uint32_t ranks = std::ranges::min(nodes, {}, &NodeShare::ranks).ranks;
  const double cards = std::min(1.0, ranks / nics_per_node_);
  if (nodes.size() < 2 || gang.active_s <= 0) return;
  if (!has_racks_) {
    join(job, 0, cards * static_cast<double>(nodes.size()));
  } else {
    std::vector<std::uint32_t> racks;
    for (const NodeShare& share : nodes) racks.push_back(cluster_.node(share.node).rack);
    std::ranges::sort(racks);
    racks.erase(std::unique(racks.begin(), racks.end()), racks.end());
    if (racks.size() > 1) {
      for (const std::uint32_t rack : racks) join(job, rack, cards);
    }
  }
  settle(std::vector<Use>(gang.uses));
}

void Contention::join(JobId job, std::uint32_t wire, double weight) {
  wires_[wire].wanted += weight;
  wires_[wire].members.push_back(job);
  gangs_.at(job).uses.push_back({wire, weight});
}

void Contention::remove(JobId job) {
  const std::vector<Use> uses = std::move(gangs_.at(job).uses);
  gangs_.erase(job);
  for (const Use& use : uses) {
    Wire& wire = wires_[use.wire];
    std::erase(wire.members, job);
    wire.wanted = wire.members.empty() ? 0 : wire.wanted - use.weight;
  }
  settle(uses);
}

void Contention::settle(const std::vector<Use>& touched) {
  ++searches_;
  for (const Use& use : touched) {
    const Wire& wire = wires_[use.wire];
    // With room for all, with this gang and without it, it changes nothing for anybody.
    if (wire.wanted + use.weight <= wire.capacity) continue;
    for (const JobId member : wire.members) {
      if (gangs_.at(member).seen_in == searches_) continue;
      const std::vector<JobId> group = small_group_of(member);
      if (!group.empty()) {
        settle_jointly(group);
        continue;
      }
      look_again(use.wire);
      if (wire.can_be_full()) break;  // The others are in that group too.
    }
  }
  settle_queue();
}

std::vector<JobId> Contention::small_group_of(JobId job) {
  std::vector<JobId> group{job};
  for (std::size_t next = 0; next < group.size(); ++next) {
    for (const Use& use : gangs_.at(group[next]).uses) {
      const Wire& wire = wires_[use.wire];
      if (!wire.can_be_full()) continue;
      for (const JobId member : wire.members) {
        if (std::ranges::find(group, member) != group.end()) continue;
        if (group.size() == kMostJointSenders) return {};
        group.push_back(member);
      }
    }
  }
  for (const JobId member : group) gangs_.at(member).seen_in = searches_;
  std::ranges::sort(group);
  return group;
}

void Contention::settle_jointly(const std::vector<JobId>& group) {
  std::map<std::uint32_t, std::uint32_t> numbers;  // Of wires, within the group.
  std::vector<double> capacities;
  std::vector<JointSender> senders;
  for (const JobId job : group) {
    const Gang& gang = gangs_.at(job);
    JointSender& sender = senders.emplace_back(JointSender{gang.communication, {}});
    for (const Use& use : gang.uses) {
      if (!wires_[use.wire].can_be_full()) continue;
      const auto number = static_cast<std::uint32_t>(capacities.size());
      const auto [entry, is_new] = numbers.emplace(use.wire, number);
      if (is_new) capacities.push_back(wires_[use.wire].capacity);
      sender.uses.push_back({entry->second, use.weight});
    }
  }
  const std::vector<double> shares =
      capacities.empty() ? std::vector<double>(group.size(), 1) : joint_shares(senders, capacities);
  for (std::size_t i = 0; i < group.size(); ++i) {
    for (Use& use : gangs_.at(group[i]).uses) use.share = shares[i];
    set_share(group[i], shares[i]);
  }
}

void Contention::set_share(JobId job, double share) {
  Gang& gang = gangs_.at(job);
  if (std::fabs(share - gang.share) <= kTolerance * gang.share) return;
  gang.share = share;
  gang.iteration_s = gang.communication->iteration_s(share);
  changed_.push_back(job);
}

void Contention::look_again(std::uint32_t wire) {
  for (const JobId member : wires_[wire].members) {
    if (!std::exchange(gangs_.at(member).is_queued, true)) queue_.push_back(member);
  }
}

double Contention::undisturbed_duty(const Gang& gang, const Use& use) {
  // What other wires make it wait counts like computing.
  const double elsewhere = gang.iteration_s - gang.active_s / std::max(use.share, gang.share);
  return gang.active_s / (gang.active_s + std::max(elsewhere, 0.0));
}

double Contention::share_on(const Use& use, JobId job) const {
  if (!has_racks_) return share_of_core(use, job);
  const Wire& wire = wires_[use.wire];
  std::vector<double> duties;
  duties.reserve(wire.members.size());
  for (const JobId member : wire.members) {
    if (member == job) continue;
    const Gang& gang = gangs_.at(member);
    const auto its = std::ranges::find(gang.uses, use.wire, &Use::wire);
    duties.push_back(undisturbed_duty(gang, *its));
  }
  const double weight = wire.wanted / static_cast<double>(wire.members.size());
  return shared_uplink(wire.capacity / weight, duties);
}

double Contention::share_of_core(const Use& use, JobId job) const {
  const Wire& core = wires_[use.wire];
  double wanted = use.weight;
  for (const JobId member : core.members) {
    if (member == job) continue;
    const Gang& gang = gangs_.at(member);
    const double duty = gang.active_s / gang.share / gang.iteration_s;
    wanted += gang.uses.front().weight * std::min(1.0, duty);
  }
  return std::min(1.0, core.capacity / wanted);
}

void Contention::settle_queue() {
  for (std::size_t next = 0; next < queue_.size(); ++next) {
    const JobId job = queue_[next];
    Gang& gang = gangs_.at(job);
    gang.is_queued = false;
    double share = 1;
    for (Use& use : gang.uses) {
      use.share = share_on(use, job);
      share = std::min(share, use.share);
    }
    const double before = gang.share;
    set_share(job, share);
    if (gang.share == before) continue;
    gang.is_queued = true;  // Not for its own change.
    for (const Use& use : gang.uses) look_again(use.wire);
    gang.is_queued = false;
  }
  queue_.clear();
}

std::vector<JobId> Contention::take_changed() {
  std::vector<JobId> changed = std::exchange(changed_, {});
  std::ranges::sort(changed);
  changed.erase(std::unique(changed.begin(), changed.end()), changed.end());
  std::erase_if(changed, [this](JobId job) { return !gangs_.contains(job); });
  return changed;
}

}  // namespace tandem
