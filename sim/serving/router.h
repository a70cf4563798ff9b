// Which replica a request goes to.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "sim/serving/replica.h"

namespace tandem {

/// Deterministic: of replicas that are equally good the first after the one chosen last.
class Router {
 public:
  Router(Routing routing, Duration staleness) : routing_(routing), staleness_(staleness) {}

  /// The place of a replica that takes requests; nothing if none does.
  std::optional<std::size_t> choose(const Request& request, std::span<const Replica> replicas,
                                    Time now);
  /// A replica that serves nobody yet takes requests: what was seen in its place is forgotten.
  void appeared(std::size_t replica);
  /// A replica's load has changed; to be told where views are stale.
  void changed(std::size_t place, const Replica& replica, Time now);
  bool wants_changes() const { return staleness_ > Duration::zero(); }

 private:
  struct Seen {
    std::int64_t load = 0;
    std::deque<std::pair<Time, std::int64_t>> later;  ///< Not known yet.
  };
  /// By what replicas are compared: requests, or tokens of them.
  std::int64_t load_of(const Replica& replica, Time now) const;
  /// The same as it is known here.
  std::int64_t view(std::size_t place, const Replica& replica, Time now);
  std::size_t least(std::span<const Replica> replicas, Time now);
  std::size_t with_prefix(const Request& request, std::span<const Replica> replicas, Time now);
  static std::size_t of_session(SessionId session, std::span<const Replica> replicas);

  Routing routing_;
  Duration staleness_;
  std::vector<Seen> seen_;
  std::size_t next_ = 0;
};

}  // namespace tandem
