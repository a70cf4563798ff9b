#include "sim/serving/router.h"

#include <algorithm>

namespace tandem {
namespace {

/// How much more than the least loaded a replica may have and still be chosen for its cache, in
/// requests and as a factor. (SGLang's cache-aware router, its defaults.)
constexpr std::int64_t kMostAhead = 64;
constexpr double kMostTimes = 1.5;

/// Mixes two numbers: SplitMix64's finaliser (Steele, Lea, Flood 2014).
std::uint64_t mixed(std::uint64_t a, std::uint64_t b) {
  std::uint64_t x = a * 0x9E3779B97F4A7C15U + b;
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31U);
}

}  // namespace

std::optional<std::size_t> Router::choose(const Request& request, std::span<const Replica> replicas,
                                          Time now) {
  if (std::ranges::none_of(replicas, &Replica::takes_requests)) return std::nullopt;
  const bool has_session = request.session != SessionId{};
  if (routing_ == Routing::kSessionSticky && has_session) {
    return of_session(request.session, replicas);
  }
  std::size_t chosen = 0;
  if (routing_ == Routing::kRoundRobin) {
    chosen = next_ % replicas.size();
    while (!replicas[chosen].takes_requests()) chosen = (chosen + 1) % replicas.size();
  } else if (routing_ == Routing::kPrefixAffine && !request.prefix.empty()) {
    chosen = with_prefix(request, replicas, now);
  } else {
    chosen = least(replicas, now, routing_ == Routing::kLeastTokens);
  }
  next_ = chosen + 1;
  return chosen;
}

void Router::appeared(std::size_t replica) {
  if (replica < seen_.size()) seen_[replica] = {};
}

void Router::changed(std::size_t replica, const Replica::Load& load, Time now) {
  if (replica >= seen_.size()) seen_.resize(replica + 1);
  auto& later = seen_[replica].later;
  if (!later.empty() && later.back().first == now) later.pop_back();
  later.emplace_back(now, load);
}

Replica::Load Router::view(std::size_t replica, const Replica& now_there, Time now) {
  if (!wants_changes()) return now_there.load(now);
  if (replica >= seen_.size()) seen_.resize(replica + 1);
  Seen& seen = seen_[replica];
  while (!seen.later.empty() && later(seen.later.front().first, staleness_) <= now) {
    seen.load = seen.later.front().second;
    seen.later.pop_front();
  }
  return seen.load;
}

std::size_t Router::least(std::span<const Replica> replicas, Time now, bool by_tokens) {
  std::optional<std::size_t> best;
  std::int64_t fewest = 0;
  for (std::size_t i = 0; i < replicas.size(); ++i) {
    const std::size_t at = (next_ + i) % replicas.size();
    if (!replicas[at].takes_requests()) continue;
    const Replica::Load load = view(at, replicas[at], now);
    const std::int64_t size = by_tokens ? load.tokens : load.outstanding;
    if (best && size >= fewest) continue;
    best = at;
    fewest = size;
  }
  return *best;
}

std::size_t Router::with_prefix(const Request& request, std::span<const Replica> replicas,
                                Time now) {
  const std::size_t idlest = least(replicas, now, false);
  const auto fewest = view(idlest, replicas[idlest], now).outstanding;
  std::size_t best = idlest;
  std::int64_t most = 0;
  for (std::size_t i = 0; i < replicas.size(); ++i) {
    const std::size_t at = (next_ + i) % replicas.size();
    if (!replicas[at].takes_requests()) continue;
    const auto outstanding = view(at, replicas[at], now).outstanding;
    if (outstanding > fewest + kMostAhead &&
        static_cast<double>(outstanding) > kMostTimes * static_cast<double>(fewest)) {
      continue;
    }
    for (const auto& engine : replicas[at].engines) {
      const KvCache& cache = engine->engine().cache();
      const std::int64_t found = cache.match(request.prefix, cache.blocks()).blocks;
      if (found <= most) continue;
      best = at;
      most = found;
    }
  }
  return best;
}

std::size_t Router::of_session(SessionId session, std::span<const Replica> replicas) {
  // Highest random weight (Thaler & Ravishankar 1998): a replica that goes or comes moves only its
  // own sessions.
  std::optional<std::size_t> best;
  std::uint64_t highest = 0;
  for (std::size_t at = 0; at < replicas.size(); ++at) {
    if (!replicas[at].takes_requests()) continue;
    const std::uint64_t weight = mixed(session.value, at + 1);
    if (best && weight <= highest) continue;
    best = at;
    highest = weight;
  }
  return *best;
}

}  // namespace tandem
