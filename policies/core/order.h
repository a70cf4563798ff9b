// The queue discipline: who goes first. The one plug-in that serves both levels of scheduling,
// jobs waiting for devices and requests waiting for a batch.
//
// A rank is split in two so that a queue never has to sort again as time passes: claims of one
// lane keep their mutual order while they wait, and only whole lanes move against each other.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "policies/core/elastic.h"
#include "policies/core/ids.h"
#include "policies/core/units.h"

namespace tandem {

/// Wide enough for a priority times a time in nanoseconds. Smaller goes first.
__extension__ typedef __int128 Rank;

/// What an order may know of a thing that waits or is being served.
struct Claim {
  std::uint32_t id = 0;  ///< Of the job or request; the last tie-breaker.
  TenantId tenant;
  std::int64_t priority = 0;
  Time submitted;             ///< The first tie-breaker.
  Time eligible;              ///< Since when nothing but devices was missing.
  Duration size{};            ///< Run time of the claim, estimated or true as the order asked.
  Duration done{};            ///< Of the size, up to the time that the order is asked about.
  std::uint32_t devices = 0;  ///< That it prefers, however many it is served with.
  std::uint64_t device_thousandths = 0;  ///< It asks for or, served, holds.
  MilliCpus cpus;                        ///< Of all ranks.
  Bytes memory;                          ///< Of all ranks.
  bool is_served = false;
  Time since;         ///< Of being served, or of waiting without having been served in between.
  Duration waited{};  ///< Until it was served, if it is.
  Rate rate{0};       ///< At which `done` grows: 0 while it waits, starts or stops.
  Time deadline = kForever;
  std::uint32_t qos_ppm = 0;
  std::uint32_t partition_ppm = 0;
  Duration critical_path{};

  /// What is left of the size.
  Duration left() const { return size > done ? size - done : Duration::zero(); }
  /// Device-nanoseconds served.
  Rank attained() const { return Rank{done.count()} * devices; }
};

/// Where a claim stands: in its lane, ordered by key. The order holds until `until`; then the
/// claim asks again.
struct Standing {
  std::uint32_t lane = 0;
  Rank key = 0;
  Time until = kForever;
};

/// A claim and its rank at the moment.
struct Contender {
  const Claim& claim;
  Rank rank = 0;
};

/// The rank of a claim at a time is the key of its standing plus the offset of its lane. Smaller
/// goes first; ties go by submission, then id.
class Order {
 public:
  virtual ~Order() = default;

  virtual Standing standing(const Claim& claim, Time now) const = 0;
  /// By how much all claims of a lane are moved at `now`.
  virtual Rank offset(std::uint32_t lane, Time now) const {
    static_cast<void>(lane), static_cast<void>(now);
    return 0;
  }
  /// Offsets are the same at two times with the same epoch. It may also change as claims begin and
  /// cease to be served.
  virtual std::int64_t epoch(Time now) const {
    static_cast<void>(now);
    return 0;
  }
  Rank rank(const Claim& claim, Time now) const {
    const Standing standing = this->standing(claim, now);
    return standing.key + offset(standing.lane, now);
  }

  /// When offsets next change other than by events, if that is known and matters to claims that are
  /// being served: a policy that preempts wakes up then.
  virtual std::optional<Time> next_epoch(Time now) const {
    static_cast<void>(now);
    return std::nullopt;
  }
  /// Whether a waiting claim goes before one that is being served, so that this one may be stopped
  /// for it. Strict: never both ways at one time. Where being served changes ranks, the order has
  /// to compare as if the two had changed places.
  virtual bool may_replace(const Contender& waiting, const Contender& served, Time now) const {
    static_cast<void>(now);
    return waiting.rank < served.rank;
  }
  /// Whether stopping gangs by may_replace() alone comes to an end, because no claim that waits
  /// gains on those that are served. If not, preempting needs a minimum run time.
  virtual bool settles() const { return true; }
  /// Whether served() and unserved() move the claim's lane at once, without a new epoch.
  virtual bool moves_when_served() const { return false; }

  /// A claim is about to enter, or to leave, the queue. Neither is told of claims that a quota
  /// holds back.
  virtual void waits(const Claim& claim, Time now) {
    static_cast<void>(claim), static_cast<void>(now);
  }
  virtual void waits_no_more(const Claim& claim, Time now) {
    static_cast<void>(claim), static_cast<void>(now);
  }
  /// A claim has begun, or ceased, to be served with `claim.devices` devices. One that is resized
  /// ceases and, computing, begins again.
  virtual void served(const Claim& claim, Time now) {
    static_cast<void>(claim), static_cast<void>(now);
  }
  virtual void unserved(const Claim& claim, Time now) {
    static_cast<void>(claim), static_cast<void>(now);
  }

  /// A claim has come to its end, having needed `claim.done`.
  virtual void finished(const Claim& claim, Time now) {
    static_cast<void>(claim), static_cast<void>(now);
  }

  /// Whether Claim::size must be the true run time.
  virtual bool needs_oracle() const { return false; }
  /// Why a claim stands where it stands, in a few words: "shortest estimate, 3 h".
  virtual std::string why(const Claim& claim, Time now) const = 0;
  /// See Policy::promise.
  virtual std::string promise(std::int64_t lowest_priority, std::int64_t highest_priority) const {
    static_cast<void>(lowest_priority), static_cast<void>(highest_priority);
    return {};
  }
};

}  // namespace tandem
