// Which gangs have to stop so that the first of the queue can start.
//
// Whoever is stopped saves its work, and a gang is only stopped once it has computed for
// `min_runtime` since it last began: every stop is paid for with progress, so no two jobs can stop
// each other for ever (docs/policy.md has the proof). A gang that could not save, and lost work, is
// not stopped a second time. The head's turn is kept until the gangs have let go: nobody overtakes
// it meanwhile.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policies/core/free_devices.h"
#include "policies/core/order.h"
#include "policies/core/quota_ledger.h"
#include "policies/job_table.h"

namespace tandem {

class Reservation;

/// How a policy comes to stop gangs.
class Preemption {
 public:
  enum class By {
    kOrder,     ///< The order puts the head before the gang.
    kPriority,  ///< The head's base priority is higher.
    kQuota,     ///< The head's account is below its guarantee, the gang's above its own.
  };
  struct Settings {
    By by = By::kOrder;
    Duration min_runtime{};
  };
  /// The surroundings outlive this.
  Preemption(const Surroundings& surroundings, const Settings& settings);

  /// Whether a gang may be stopped for the order's sake as soon as it has started.
  bool stops_at_once() const {
    return settings_.by == By::kOrder && settings_.min_runtime == Duration::zero();
  }

  /// Whether a head for which gangs were stopped goes first until it starts: those gangs may be
  /// before it in the order, and would take back what they let go.
  bool keeps_turn() const { return settings_.by != By::kOrder; }

  /// What it decides from.
  struct View {
    Time now;
    const FreeDevices& free;
    const JobTable& jobs;
    const Order& order;
  };
  struct Decision {
    /// Whether the head will fit once the gangs that stop already, and `victims`, have let go.
    bool head_will_fit = false;
    std::vector<JobId> victims;
  };
  /// For a head, wanting `demand`, that does not fit now. Looks at every running gang once.
  Decision decide(const View& view, const ListedJob& head, const Demand& demand);
  /// Why gangs stop for a head.
  std::string why(const Job& head) const;
  /// When a gang that may not be stopped now may be, if nothing happens before.
  std::optional<Time> next_change(const View& view);

  /// An account holds so many thousandths of devices more, or less.
  void held(TenantId tenant, std::int64_t thousandths);

 private:
  struct Candidate {
    JobId job;
    Rank rank = 0;
    Time since;
  };
  /// Whether the gang may be stopped at all, for whomever.
  bool is_due(const View& view, const ListedJob& gang) const;
  bool may_stop(const View& view, const Contender& head, const Contender& gang) const;
  /// Gangs on a type that may be stopped for the head, the last in order first.
  std::vector<Candidate> candidates(const View& view, const ListedJob& head, DeviceTypeId type);
  /// Who has to stop until the head, which wants so many thousandths of devices, fits into `room`;
  /// nothing if all together do not make it fit.
  std::optional<std::vector<JobId>> choose(const View& view, const ListedJob& head,
                                           std::uint64_t wants, Reservation& room);
  /// Whether with `more` some account on the path of the tenant stays within its guarantee, of
  /// those that it does not share with `other`.
  bool reclaims(TenantId tenant, TenantId other, std::uint64_t more) const;
  /// Whether, by the accounts in `held`, the tenant can do with `less` and keep every guarantee on
  /// its path that it does not share with `other`.
  bool borrows(TenantId tenant, TenantId other, std::uint64_t less, const QuotaLedger& held) const;

  Surroundings surroundings_;
  Settings settings_;
  QuotaLedger held_;
  /// Until when the standings hold that decide() has just asked for, by place in
  /// JobTable::holding(); nothing once a gang has come or gone, or next_change() has looked.
  std::vector<std::optional<Time>> untils_;
};

}  // namespace tandem
