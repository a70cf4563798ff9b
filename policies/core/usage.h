// What tenants have used, fading with a half-life: the one place where usage decays.
//
// Usage is the integral of devices held, each moment weighted by 2^(-age / half-life). It is kept
// in closed form between changes, so its value does not depend on how often anyone looked.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "policies/core/tenant.h"
#include "policies/core/units.h"

namespace tandem {

/// 2^(-x) for x >= 0 by multiplication and square roots alone: the same bits on every machine,
/// which a library's exp2 does not promise. Relative error below 1e-14.
class Halving {
 public:
  Halving();
  double operator()(double x) const;

 private:
  static constexpr std::size_t kBits = 52;
  std::array<double, kBits> roots_{};  ///< 2^(-1/2), 2^(-1/4), …
};

/// Device-seconds of every account; an account's usage includes its children's.
class UsageLedger {
 public:
  /// Without a half-life nothing fades. `tenants` must outlive the ledger.
  UsageLedger(const Tenants& tenants, std::optional<Duration> half_life);

  /// From `now` on the tenant holds `devices` more, or fewer.
  void hold(TenantId tenant, std::int64_t devices, Time now);
  /// Adds usage from before, in device-seconds.
  void charge(TenantId tenant, double device_seconds, Time now);
  double usage(TenantId account, Time now) const;
  /// Of all accounts at the top together.
  double total(Time now) const { return value(total_, now); }

 private:
  struct Account {
    double usage = 0;  ///< As of `as_of`.
    std::int64_t devices = 0;
    Time as_of;
  };
  double value(const Account& account, Time now) const;
  void change(Account& account, std::int64_t devices, double charge, Time now);
  void change_path(TenantId tenant, std::int64_t devices, double charge, Time now);

  const Tenants& tenants_;
  std::optional<Duration> half_life_;
  Halving halving_;
  std::vector<Account> accounts_;
  Account total_;
};

}  // namespace tandem
