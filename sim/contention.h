// Gangs that share the wires between racks while they train, without simulating their iterations.
//
// A gang computes, then communicates, again and again. While it communicates, whoever else does so
// on the same uplink takes a part of it. What a gang gets on average follows from how much of their
// time the others communicate, which follows from what they get: a fixed point, found again for
// those whom a change can reach.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "policies/core/cluster.h"
#include "policies/core/paged_map.h"
#include "policies/core/step.h"
#include "sim/communication.h"
#include "workloads/scenario.h"

namespace tandem {

/// The share of their cards that gangs get while they communicate, in the mean. Up to
/// kMostJointSenders gangs that share wires, one through the other, are looked at together
/// (joint_senders.h). Of more, those that share one uplink are taken for a closed network of two
/// stations, computing (nobody waits) and sending (processor sharing, at min(k, U) for k senders,
/// in units of what one sends). Its probabilities have a product form that depends on means alone,
/// whatever the distributions (Baskett, Chandy, Muntz & Palacios 1975). From it, with Q(k) the
/// product of max(1, i / U) for i up to k, and W the number of others that send if nobody disturbs
/// them: share = E[Q(W)] / E[Q(W + 1)].
///
/// A collective is taken to be a ring through the nodes, rack by rack: on each uplink of each rack
/// it has what one node sends, and the least share of them counts. Without racks there is one link,
/// the core, on which it has what all its nodes send; there, of many, its share is what the mean of
/// the others leaves.
class Contention {
 public:
  /// `cluster` must outlive this.
  Contention(const Cluster& cluster, const NetworkSettings& settings);

  /// A gang begins to train on these nodes; it communicates with the network only if
  /// `communication` says so, which must outlive its stay.
  void add(JobId job, std::span<const NodeShare> nodes, const Communication& communication);
  void remove(JobId job);
  bool contains(JobId job) const { return gangs_.contains(job); }
  double share(JobId job) const { return gangs_.at(job).share; }
  /// The gangs whose share has changed since the last call, by job.
  std::vector<JobId> take_changed();

 private:
  /// A gang on a wire.
  struct Use {
    std::uint32_t wire = 0;
    double weight = 1;  ///< Nodes' worth of cards that it sends through it.
    double share = 1;   ///< What this wire alone would give it.
  };
  struct Wire {
    double capacity = 0;  ///< In nodes' worth of cards.
    double wanted = 0;    ///< By all members together.
    bool can_be_full() const { return wanted > capacity * (1 + 1e-9); }
    std::vector<JobId> members;
  };
  struct Gang {
    const Communication* communication = nullptr;
    std::vector<Use> uses;
    double share = 1;
    double active_s = 0;     ///< Sending in an iteration, with all of its cards.
    double iteration_s = 1;  ///< With `share`.
    bool is_queued = false;
    std::uint64_t seen_in = 0;  ///< The last search for groups that came by.
  };
  void join(JobId job, std::uint32_t wire, double weight);
  /// The part of its time in which a gang would send if nobody disturbed it on this wire.
  static double undisturbed_duty(const Gang& gang, const Use& use);
  double share_on(const Use& use, JobId job) const;
  double share_of_core(const Use& use, JobId job) const;
  void settle(const std::vector<Use>& touched);
  /// The gangs that share wires with this one, directly or not, by job; empty if they are too many.
  std::vector<JobId> small_group_of(JobId job);
  void settle_jointly(const std::vector<JobId>& group);
  void look_again(std::uint32_t wire);
  void settle_queue();
  void set_share(JobId job, double share);

  const Cluster& cluster_;
  std::vector<Wire> wires_;  ///< By rack, or the core alone.
  bool has_racks_ = false;
  double nics_per_node_;
  std::uint64_t searches_ = 0;
  PagedMap<JobId, Gang> gangs_;
  std::vector<JobId> queue_;    ///< Gangs whose share may be another.
  std::vector<JobId> changed_;  ///< May name a gang twice.
};

/// E[Q(W)] / E[Q(W + 1)]; see Contention. `duties` of the others.
double shared_uplink(double capacity, std::span<const double> duties);

}  // namespace tandem
