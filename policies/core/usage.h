// What tenants have used, fading with a half-life: the one place where usage decays.
//
// Usage is the integral of devices held, each moment weighted by 2^(-age / half-life). Everybody's
// usage fades by the same factor, so it is kept as of a common origin and fades when it is asked
// for: what is at rest is not touched, and a question costs a multiplication. The value does not
// depend on how often anyone looked.
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
  /// Times do not go back from call to call.
  double usage(TenantId account, Time now) const;
  /// Of `account` over that of `whole`; 0 if nothing was used at all. Cheaper than two usages.
  double fraction(TenantId account, TenantId whole, Time now) const;
  /// Of `account` over that of all accounts together.
  double fraction(TenantId account, Time now) const;

 private:
  /// An account that holds devices since t0 has used base * factor(t) + devices * integral(t) by t.
  struct Account {
    double base = 0;
    std::int64_t devices = 0;
  };
  /// What is left of a device-second of the origin, and what a device held since then has used.
  struct Fading {
    Time time;
    double factor = 1;
    double integral = 0;
  };
  const Fading& fading(Time now) const;
  double used(const Account& account, Time now) const {
    const Fading& at = fading(now);
    return account.base * at.factor + static_cast<double>(account.devices) * at.integral;
  }
  void change(Account& account, std::int64_t devices, double charge, Time now);
  void change_path(TenantId tenant, std::int64_t devices, double charge, Time now);
  /// Counts from `now` on, long before numbers get too large.
  void move_origin(Time now);

  const Tenants& tenants_;
  std::optional<Duration> half_life_;
  Halving halving_;
  std::vector<Account> accounts_;
  Account total_;
  Time origin_;
  mutable Fading fading_;  ///< Of the last time asked for.
};

}  // namespace tandem
