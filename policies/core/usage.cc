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

const UsageLedger::Fading& UsageLedger::fading(Time now) const {
  if (now == fading_.time) return fading_;
  fading_.time = now;
  const double elapsed = to_seconds(now - origin_);
  if (!half_life_) {
    fading_.integral = elapsed;
    return fading_;
  }
  constexpr double kLn2 = 0.69314718055994530942;
  const double half_life = to_seconds(*half_life_);
  fading_.factor = halving_(elapsed / half_life);
  fading_.integral = half_life / kLn2 * (1 - fading_.factor);
  return fading_;
}

void UsageLedger::move_origin(Time now) {
  const auto move = [&](Account& account) { account.base = used(account, now); };
  move(total_);
  for (Account& account : accounts_) move(account);
  origin_ = now;
  fading_ = {now, 1, 0};
}

void UsageLedger::change(Account& account, std::int64_t devices, double charge, Time now) {
  const Fading& at = fading(now);
  account.base += (charge - static_cast<double>(devices) * at.integral) / at.factor;
  account.devices += devices;
  CHECK(account.devices >= 0, "an account holds {} devices", account.devices);
}

void UsageLedger::change_path(TenantId tenant, std::int64_t devices, double charge, Time now) {
  constexpr double kLeast = 0x1p-40;
  if (fading(now).factor < kLeast) move_origin(now);
  change(total_, devices, charge, now);
  for (const Tenant& account : tenants_.path(tenant)) {
    change(accounts_[account.id.value], devices, charge, now);
  }
}

void UsageLedger::hold(TenantId tenant, std::int64_t devices, Time now) {
  change_path(tenant, devices, 0, now);
}

void UsageLedger::charge(TenantId tenant, double device_seconds, Time now) {
  change_path(tenant, 0, device_seconds, now);
}

double UsageLedger::usage(TenantId account, Time now) const {
  return used(accounts_[account.value], now);
}

double UsageLedger::fraction(TenantId account, TenantId whole, Time now) const {
  const double of = used(accounts_[whole.value], now);
  return of > 0 ? used(accounts_[account.value], now) / of : 0;
}

double UsageLedger::fraction(TenantId account, Time now) const {
  const double of = used(total_, now);
  return of > 0 ? used(accounts_[account.value], now) / of : 0;
}

}  // namespace tandem
