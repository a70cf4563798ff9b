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

double UsageLedger::value(const Account& account, Time now) const {
  const double elapsed = to_seconds(now - account.as_of);
  const auto devices = static_cast<double>(account.devices);
  if (!half_life_) return account.usage + devices * elapsed;
  if (elapsed == 0) return account.usage;
  constexpr double kLn2 = 0.69314718055994530942;
  constexpr double kSmall = 1e-5;  // Below, 1 - 2^(-x) would lose its digits.
  const double half_life = to_seconds(*half_life_);
  const double x = elapsed / half_life;
  const double kept = halving_(x);
  // The integral of 2^(-s / half_life) over the elapsed time.
  const double held = x < kSmall ? elapsed * (1 - x * kLn2 / 2) : half_life / kLn2 * (1 - kept);
  return account.usage * kept + devices * held;
}

void UsageLedger::change(Account& account, std::int64_t devices, double charge, Time now) {
  account.usage = value(account, now) + charge;
  account.as_of = now;
  account.devices += devices;
  CHECK(account.devices >= 0, "an account holds {} devices", account.devices);
}

void UsageLedger::change_path(TenantId tenant, std::int64_t devices, double charge, Time now) {
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
  return value(accounts_[account.value], now);
}

}  // namespace tandem
