#include "policies/core/usage.h"

#include <cmath>

#include "policies/core/check.h"

namespace tandem {

Halving::Halving() {
  double root = 0.5;
  for (double& r : roots_) r = root = std::sqrt(root);
}

double Halving::operator()(double x) const {
  constexpr double kVanished = 1074;  // 2^(-1074) is the smallest double above zero.
  if (x >= kVanished) return 0;
  const auto whole = static_cast<int>(x);
  auto fraction = static_cast<std::uint64_t>((x - whole) * 0x1p52);
  double result = 1;
  for (std::size_t bit = 0; fraction != 0; ++bit) {
    if ((fraction >> (kBits - 1 - bit) & 1) != 0) {
      result *= roots_[bit];
      fraction &= ~(std::uint64_t{1} << (kBits - 1 - bit));
    }
  }
  return std::ldexp(result, -whole);
}

UsageLedger::UsageLedger(const Tenants& tenants, std::optional<Duration> half_life)
    : tenants_(tenants), half_life_(half_life), accounts_(tenants.size()) {}

const UsageLedger::Growth& UsageLedger::growth(Time now) const {
  if (now == growth_.time) return growth_;
  growth_.time = now;
  const double elapsed = to_seconds(now - origin_);
  if (!half_life_) {
    growth_.integral = elapsed;
    return growth_;
  }
  constexpr double kLn2 = 0.69314718055994530942;
  const double half_life = to_seconds(*half_life_);
  growth_.unit = 1 / halving_(elapsed / half_life);
  growth_.integral = half_life / kLn2 * (growth_.unit - 1);
  return growth_;
}

void UsageLedger::move_origin(Time now) {
  const Growth old = growth(now);
  const auto move = [&](Account& account) { account.base = grown(account, now) / old.unit; };
  move(total_);
  for (Account& account : accounts_) move(account);
  origin_ = now;
  growth_ = {now, 1, 0};
}

void UsageLedger::change(Account& account, std::int64_t devices, double charge, Time now) {
  const Growth& at = growth(now);
  account.base += charge * at.unit - static_cast<double>(devices) * at.integral;
  account.devices += devices;
  CHECK(account.devices >= 0, "an account holds {} devices", account.devices);
}

void UsageLedger::change_path(TenantId tenant, std::int64_t devices, double charge, Time now) {
  constexpr double kLargest = 0x1p40;
  if (growth(now).unit > kLargest) move_origin(now);
  change(total_, devices, charge, now);
  for (std::optional<TenantId> at = tenant; at; at = tenants_.at(*at).parent) {
    change(accounts_[at->value], devices, charge, now);
  }
}

void UsageLedger::hold(TenantId tenant, std::int64_t devices, Time now) {
  change_path(tenant, devices, 0, now);
}

void UsageLedger::charge(TenantId tenant, double device_seconds, Time now) {
  change_path(tenant, 0, device_seconds, now);
}

double UsageLedger::usage(TenantId account, Time now) const {
  return grown(accounts_[account.value], now) / growth(now).unit;
}

double UsageLedger::fraction(TenantId account, TenantId whole, Time now) const {
  const double of = grown(accounts_[whole.value], now);
  return of > 0 ? grown(accounts_[account.value], now) / of : 0;
}

double UsageLedger::fraction(TenantId account, Time now) const {
  const double of = grown(total_, now);
  return of > 0 ? grown(accounts_[account.value], now) / of : 0;
}

}  // namespace tandem
