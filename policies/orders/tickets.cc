#include "policies/orders/tickets.h"

#include <fmt/format.h>

#include <algorithm>

#include "policies/core/job.h"
#include "policies/core/water_fill.h"
#include "policies/orders/exponential_draws.h"

namespace tandem {
namespace {

// A clock moves on by less than 2^63 for a device, even with the fewest tickets that count and the
// largest draw: a Rank holds the sum of 2^63 of them.
constexpr double kFewest = 0x1p-30;
constexpr double kScale = 0x1p16;
constexpr unsigned kDrawBits = 24;

}  // namespace

Tickets::Tickets(const Tenants& tenants, std::optional<std::uint64_t> seed)
    : tenants_(tenants), seed_(seed), clients_(tenants.size()) {
  const std::vector<double> tickets = weighted_shares(1, tenants);
  for (std::size_t i = 0; i < clients_.size(); ++i) {
    clients_[i].per_thousandth = static_cast<Rank>(kScale / std::max(tickets[i], kFewest));
  }
}

Rank Tickets::step(TenantId tenant, std::uint64_t thousandths) {
  Client& client = clients_[tenant.value];
  const Rank stride = client.per_thousandth * static_cast<Rank>(thousandths);
  if (!seed_) return stride;
  return stride * static_cast<Rank>(exponential_draw(*seed_, tenant.value, client.draws++)) >>
         kDrawBits;
}

void Tickets::waits(const Claim& claim, Time) {
  Client& client = clients_[claim.tenant.value];
  if (client.waiting++ > 0) return;
  Rank least = waiting_.empty() ? turn_ : waiting_.begin()->first;
  if (seed_) least = std::min(least, turn_);
  if (client.clock <= least) {
    client.clock = least;
    if (seed_) client.clock += step(claim.tenant, kWholeDevice);
  }
  waiting_.emplace(client.clock, claim.tenant.value);
}

void Tickets::waits_no_more(const Claim& claim, Time) {
  Client& client = clients_[claim.tenant.value];
  if (--client.waiting > 0) return;
  waiting_.erase({client.clock, claim.tenant.value});
}

void Tickets::served(const Claim& claim, Time) {
  const bool is_resized = claim.rate.ppm > 0;
  if (is_resized) return;
  Client& client = clients_[claim.tenant.value];
  turn_ = client.clock;
  const bool waits = waiting_.erase({client.clock, claim.tenant.value}) > 0;
  client.clock += step(claim.tenant, claim.devices > 0 ? claim.device_thousandths : kWholeDevice);
  if (waits) waiting_.emplace(client.clock, claim.tenant.value);
}

std::string Tickets::why(const Claim& claim, Time) const {
  return fmt::format("{} {}", tenants_.at(claim.tenant).name,
                     seed_ ? "has drawn the lot" : "is furthest behind its share");
}

}  // namespace tandem
