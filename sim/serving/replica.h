// One replica of a service: a gang that, once it has its devices and its weights, runs engines.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "policies/core/step.h"
#include "policies/serving/router.h"
#include "sim/serving/serving_engine.h"
#include "workloads/serving.h"

namespace tandem {

/// A replica among all of a service.
struct ReplicaPlace {
  std::uint32_t pool =
      0;  ///< 0: the one whose replicas give tokens; 1: of those that only prefill.
  std::uint32_t replica = 0;
};

struct Replica {
  enum class State : std::uint8_t {
    kWaiting,   ///< For devices.
    kStarting,  ///< Reads its weights, or gets ready.
    kReady,
    kDraining,  ///< Gets no requests any more; finishes what it has.
    kGone,
  };
  /// Requests, and tokens known of them.
  struct Load {
    std::int64_t outstanding = 0;
    std::int64_t tokens = 0;

    void operator+=(const Load& more) {
      outstanding += more.outstanding;
      tokens += more.tokens;
    }
    void operator-=(const Load& less) {
      outstanding -= less.outstanding;
      tokens -= less.tokens;
    }
  };

  JobId job;
  State state = State::kWaiting;
  std::vector<NodeShare> nodes;  ///< Of its gang, once it has devices.
  bool is_hung = false;          ///< A node of its gang is dead, and nobody has noticed.
  std::uint32_t starts = 0;      ///< Of all replicas that had this place.
  std::vector<std::unique_ptr<ServingEngine>> engines;
  std::int64_t sending = 0;  ///< Requests whose keys and values another does not have yet.
  Load receiving;            ///< Requests whose keys and values are on their way here.

  bool takes_requests() const { return state == State::kReady; }
  bool is_idle() const { return outstanding() == 0 && sending == 0; }
  std::int64_t outstanding() const {
    std::int64_t sum = receiving.outstanding;
    for (const auto& engine : engines) sum += engine->outstanding();
    return sum;
  }
  std::int64_t waiting() const {
    std::int64_t sum = 0;
    for (const auto& engine : engines) sum += engine->engine().waiting();
    return sum;
  }
  /// Tokens known of all its requests.
  std::int64_t tokens(Time now) const {
    std::int64_t sum = receiving.tokens;
    for (const auto& engine : engines) sum += engine->tokens(now);
    return sum;
  }
};

/// How a router sees replicas that are simulated: their caches too.
class ReplicaList final : public RoutedReplicas {
 public:
  explicit ReplicaList(std::span<const Replica> replicas) : replicas_(replicas) {}
  std::size_t size() const override { return replicas_.size(); }
  bool takes_requests(std::size_t place) const override {
    return replicas_[place].takes_requests();
  }
  std::int64_t outstanding(std::size_t place) const override {
    return replicas_[place].outstanding();
  }
  std::int64_t tokens(std::size_t place, Time now) const override {
    return replicas_[place].tokens(now);
  }
  std::int64_t blocks_found(std::size_t place, const Request& request) const override {
    std::int64_t most = 0;
    for (const auto& engine : replicas_[place].engines) {
      const KvCache& cache = engine->engine().cache();
      most = std::max(most, cache.match(request.prefix, cache.blocks()).blocks);
    }
    return most;
  }

 private:
  std::span<const Replica> replicas_;
};

}  // namespace tandem
