#include "policies/serving/router.h"

#include <algorithm>

#include "policies/core/mixed.h"

namespace tandem {
namespace {

/// How much more than the least loaded a replica may have and still be chosen for its cache, in
/// requests and as a factor. (SGLang's cache-aware router, its defaults.)
constexpr std::int64_t kMostAhead = 64;
constexpr double kMostTimes = 1.5;

bool any_takes_requests(const RoutedReplicas& replicas) {
  for (std::size_t at = 0; at < replicas.size(); ++at) {
    if (replicas.takes_requests(at)) return true;
  }
  return false;
}

}  // namespace

std::optional<std::size_t> Router::choose(const Request& request, const RoutedReplicas& replicas,
                                          Time now) {
  if (!any_takes_requests(replicas)) return std::nullopt;
  const bool has_session = request.session != SessionId{};
  if (routing_ == Routing::kSessionSticky && has_session) {
    return of_session(request.session, replicas);
  }
  std::size_t chosen = 0;
  if (routing_ == Routing::kRoundRobin) {
    chosen = next_ % replicas.size();
    while (!replicas.takes_requests(chosen)) chosen = (chosen + 1) % replicas.size();
  } else if (routing_ == Routing::kPrefixAffine && !request.prefix.empty()) {
    chosen = with_prefix(request, replicas, now);
  } else {
    chosen = least(replicas, now);
  }
  next_ = chosen + 1;
  return chosen;
}

void Router::appeared(std::size_t place) {
  if (place < seen_.size()) seen_[place] = {};
}

void Router::changed(std::size_t place, const RoutedReplicas& replicas, Time now) {
  if (place >= seen_.size()) seen_.resize(place + 1);
  auto& later = seen_[place].later;
  if (!later.empty() && later.back().first == now) later.pop_back();
  later.emplace_back(now, load_of(place, replicas, now));
}

std::int64_t Router::load_of(std::size_t place, const RoutedReplicas& replicas, Time now) const {
  return routing_ == Routing::kLeastTokens ? replicas.tokens(place, now)
                                           : replicas.outstanding(place);
}

std::int64_t Router::view(std::size_t place, const RoutedReplicas& replicas, Time now) {
  if (!wants_changes()) return load_of(place, replicas, now);
  if (place >= seen_.size()) seen_.resize(place + 1);
  Seen& seen = seen_[place];
  while (!seen.later.empty() && later(seen.later.front().first, staleness_) <= now) {
    seen.load = seen.later.front().second;
    seen.later.pop_front();
  }
  return seen.load;
}

std::size_t Router::least(const RoutedReplicas& replicas, Time now) {
  std::optional<std::size_t> best;
  std::int64_t fewest = 0;
  std::size_t at = next_ % replicas.size();
  const std::size_t size = replicas.size();
  for (std::size_t i = 0; i < size; ++i, at = at + 1 == size ? 0 : at + 1) {
    if (!replicas.takes_requests(at)) continue;
    const std::int64_t load = view(at, replicas, now);
    if (best && load >= fewest) continue;
    best = at;
    fewest = load;
  }
  return *best;
}

std::size_t Router::with_prefix(const Request& request, const RoutedReplicas& replicas, Time now) {
  const std::size_t idlest = least(replicas, now);
  const std::int64_t fewest = view(idlest, replicas, now);
  std::size_t best = idlest;
  std::int64_t most = 0;
  for (std::size_t i = 0; i < replicas.size(); ++i) {
    const std::size_t at = (next_ + i) % replicas.size();
    if (!replicas.takes_requests(at)) continue;
    const std::int64_t outstanding = view(at, replicas, now);
    if (outstanding > fewest + kMostAhead &&
        static_cast<double>(outstanding) > kMostTimes * static_cast<double>(fewest)) {
      continue;
    }
    const std::int64_t found = replicas.blocks_found(at, request);
    if (found <= most) continue;
    best = at;
    most = found;
  }
  return best;
}

std::size_t Router::of_session(SessionId session, const RoutedReplicas& replicas) {
  // Highest random weight (Thaler & Ravishankar 1998): a replica that goes or comes moves only its
  // own sessions.
  std::optional<std::size_t> best;
  std::uint64_t highest = 0;
  for (std::size_t at = 0; at < replicas.size(); ++at) {
    if (!replicas.takes_requests(at)) continue;
    const std::uint64_t weight = mixed(session.value, at + 1);
    if (best && weight <= highest) continue;
    best = at;
    highest = weight;
  }
  return *best;
}

}  // namespace tandem
