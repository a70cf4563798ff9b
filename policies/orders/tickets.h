// Proportional share by tickets: stride scheduling, and the lottery.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "policies/core/order.h"
#include "policies/core/tenant.h"

namespace tandem {

/// Every tenant has a clock, and the least goes first; within a tenant by submission. A start moves
/// the tenant's clock on by devices / tickets, so that devices given out approach the shares. A
/// job without devices counts as one. Tickets are the tenant's part of all shares.
///
/// Stride (Waldspurger & Weihl 1995): exactly so. Lottery (Waldspurger & Weihl, OSDI'94): by
/// devices / tickets times an exponential number, drawn from a stream for each tenant. Clocks that
/// wait are then memoryless: the least is a tenant's with the probability of its tickets, weighed
/// against the devices of its last start as compensation tickets are, among those that wait, and
/// only the winner draws again.
///
/// Who comes back after none of its jobs waited gains nothing by its absence: its clock is lifted
/// to the least among those that wait or, if nobody does, to the clock that started last. In the
/// lottery it draws anew, from where the clock that started last stood: what the others have left
/// from there is as good as new. Nobody is stopped for a clock.
class Tickets final : public Order {
 public:
  /// `tenants` must outlive the order. Without a seed it is stride scheduling.
  Tickets(const Tenants& tenants, std::optional<std::uint64_t> seed);

  Standing standing(const Claim& claim, Time) const override {
    return {claim.tenant.value, 0, kForever};
  }
  Rank offset(std::uint32_t lane, Time) const override { return clients_[lane].clock; }
  bool may_replace(const Contender&, const Contender&, Time) const override { return false; }
  bool moves_when_served() const override { return true; }
  void waits(const Claim& claim, Time now) override;
  void waits_no_more(const Claim& claim, Time now) override;
  void served(const Claim& claim, Time now) override;
  std::string why(const Claim& claim, Time now) const override;

 private:
  struct Client {
    Rank clock = 0;
    Rank per_thousandth = 0;    ///< What a thousandth of a device moves the clock by.
    std::uint64_t waiting = 0;  ///< Jobs.
    std::uint64_t draws = 0;    ///< From its stream.
  };
  Rank step(TenantId tenant, std::uint64_t thousandths);

  const Tenants& tenants_;
  std::optional<std::uint64_t> seed_;
  std::vector<Client> clients_;                       ///< By tenant.
  std::set<std::pair<Rank, std::uint32_t>> waiting_;  ///< Clocks of tenants with jobs that wait.
  Rank turn_ = 0;                                     ///< The clock that started last.
};

}  // namespace tandem
