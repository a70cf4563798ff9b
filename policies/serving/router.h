// Which replica a request goes to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "policies/core/request.h"

namespace tandem {

enum class Routing : std::uint8_t {
  kRoundRobin,
  kLeastOutstanding,  ///< Fewest requests.
  kLeastTokens,       ///< Fewest tokens known of them.
  kPrefixAffine,      ///< Whose cache has most of the prompt, unless it is overloaded.
  kSessionSticky,     ///< The same for a session as long as the replicas are the same.
};

/// The replicas that a request may go to, by their places, as a router sees them.
class RoutedReplicas {
 public:
  virtual ~RoutedReplicas() = default;
  virtual std::size_t size() const = 0;
  virtual bool takes_requests(std::size_t place) const = 0;
  virtual std::int64_t outstanding(std::size_t place) const = 0;
  /// Known of all its requests.
  virtual std::int64_t tokens(std::size_t place, Time now) const = 0;
  /// Blocks of the prompt that a cache of it has.
  virtual std::int64_t blocks_found(std::size_t place, const Request& request) const = 0;
};

/// Deterministic: of replicas that are equally good the first after the one chosen last.
class Router {
 public:
  Router(Routing routing, Duration staleness) : routing_(routing), staleness_(staleness) {}

  /// The place of a replica that takes requests; nothing if none does.
  std::optional<std::size_t> choose(const Request& request, const RoutedReplicas& replicas,
                                    Time now);
  /// A replica that serves nobody yet takes requests: what was seen in its place is forgotten.
  void appeared(std::size_t place);
  /// A replica's load has changed; to be told where views are stale.
  void changed(std::size_t place, const RoutedReplicas& replicas, Time now);
  bool wants_changes() const { return staleness_ > Duration::zero(); }

 private:
  struct Seen {
    std::int64_t load = 0;
    std::deque<std::pair<Time, std::int64_t>> later;  ///< Not known yet.
  };
  /// By what replicas are compared: requests, or tokens of them.
  std::int64_t load_of(std::size_t place, const RoutedReplicas& replicas, Time now) const;
  /// The same as it is known here.
  std::int64_t view(std::size_t place, const RoutedReplicas& replicas, Time now);
  std::size_t least(const RoutedReplicas& replicas, Time now);
  std::size_t with_prefix(const Request& request, const RoutedReplicas& replicas, Time now);
  static std::size_t of_session(SessionId session, const RoutedReplicas& replicas);

  Routing routing_;
  Duration staleness_;
  std::vector<Seen> seen_;
  std::size_t next_ = 0;
};

}  // namespace tandem
