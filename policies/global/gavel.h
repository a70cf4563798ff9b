// Gavel: who should get which share of which device type is a linear programme; rounds come as
// close to its answer as whole devices allow. (Narayanan et al., OSDI'20.)
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "policies/core/policy.h"
#include "policies/core/quota_ledger.h"
#include "policies/global/allocation_lp.h"
#include "policies/job_table.h"
#include "policies/placement/packed.h"

namespace tandem {

/// Two mechanisms for one allocation X_ij, the fraction of time job i should spend on type j:
///
/// - rounds: once in `round`, jobs are taken in the order of how far they are behind their
///   allocation, (time that they should have had on a type) / (time that they had), and placed on
///   an empty cluster until it is full; who is not placed, or elsewhere, lets go. A gang that has
///   begun computes for a round before it may be stopped, which is what bounds preemptions.
///   Unlike Gavel's own, devices that come free within a round are given out at once, also to jobs
///   that have come since (but for the goal of cost, which may not want them there).
/// - ideal: every job flows at exactly its allocation (Share). Not for real devices: it tells the
///   error of the programme from that of the rounds.
///
/// The allocation is computed again when jobs have come or gone: in `ideal` at once, in rounds at
/// the next round. Throughputs are the models' speeds, weights the shares of tenants. Elastic jobs
/// have their preferred size, or the largest below it that the empty cluster has room for. Quotas
/// bind what starts, not the programme.
class Gavel final : public Policy {
 public:
  enum class Mechanism { kRounds, kIdeal };
  struct Settings {
    AllocationGoal goal = AllocationGoal::kMaxMin;
    Mechanism mechanism = Mechanism::kRounds;
    Duration round{};
  };
  /// The surroundings outlive the policy.
  Gavel(const Surroundings& surroundings, const Settings& settings);

  void observe(const Event& event, Time now) override;
  void schedule(const ClusterView& view, Plan& plan) override;
  bool needs_fluid() const override { return settings_.mechanism == Mechanism::kIdeal; }

 private:
  /// What a job should have had and has had, by device type, in seconds.
  struct Account {
    Demand demand;                 ///< Of the size it runs in.
    DeviceTypes types = 0;         ///< That have room for it.
    bool is_new = true;            ///< No allocation has been computed with it.
    std::vector<double> fraction;  ///< X_ij, as of the last allocation.
    std::vector<double> owed;
    std::vector<double> had;
    Time settled;                      ///< Up to when both are counted.
    std::optional<Allocation> chosen;  ///< Where it is to run in this round.
    std::vector<std::uint32_t> share_ppm;
  };
  /// A job on a type, for one round.
  struct Bid {
    double behind = 0;
    double fraction = 0;
    JobId job;
    DeviceTypeId type;
  };

  void add(const Job& job, Time now);
  void leave(JobId job, Time now);
  void stopped(const Stopped& event, Time now);
  void settle(JobId job, Time now);
  void allocate(Time now);
  const Demand& demand_of(const ListedJob& job) const { return accounts_.at(job.job.id).demand; }
  std::uint64_t thousandths_of(const ListedJob& job) const {
    return demand_of(job).device_thousandths();
  }
  AllocationJob lp_job(const ListedJob& job, Time now) const;
  std::vector<Bid> bids() const;
  /// Whether the gang has not had its round yet.
  bool is_bound(const ListedJob& job, Time now) const;
  void choose(Time now, FreeDevices& empty);
  /// Chooses who runs where until the next round, and asks the others to let go.
  void begin_round(const ClusterView& view, Plan& plan);
  /// Starts whoever was chosen and finds the devices free, then whoever else fits.
  void start_chosen(const ClusterView& view, Plan& plan);
  void fill(const ClusterView& view, Plan& plan);
  void start(ListedJob& job, const Allocation& allocation, const std::string& why, Time now,
             Plan& plan);
  void pour(Plan& plan);

  Surroundings surroundings_;
  Settings settings_;
  AllocationLp lp_;
  Packed placement_;
  JobTable jobs_;
  PagedMap<JobId, Account> accounts_;
  const FreeDevices whole_;  ///< The cluster, empty.
  std::set<JobId> active_;
  QuotaLedger held_;
  bool allocation_is_old_ = false;
  bool changed_ = false;
  Time next_round_;
};

}  // namespace tandem
