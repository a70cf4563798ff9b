// Who is most likely to be done soon for the service it gets goes first, learned from what has
// finished.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "policies/core/order.h"
#include "policies/orders/gittins_index.h"

namespace tandem {

/// By the Gittins index of the attained service, devices times executed time in whole quanta,
/// highest first; ties by submission. (Gittins 1979; Gu et al., "Tiresias", NSDI'19, 2D-Gittins;
/// reference.md, section 1.) The distribution is given, or is that of the last `history` jobs that
/// finished; until `kFew` are known it is FIFO.
///
/// What has been learned is looked at once in a period, when first somebody asks. Jobs that wait
/// with as many quanta behind them share a lane, and a new period moves lanes, not jobs:
/// O(m log m + l log l) for m samples and l such levels.
///
/// It settles: in a period the index of a waiting job stays, and a gang's falls only as it fills a
/// quantum; beyond the largest sample it is 0 for good.
class Gittins final : public Order {
 public:
  struct Settings {
    std::vector<Duration> services;  ///< Of device-time, each more than 0; empty: learned.
    std::size_t history = 0;
    Duration quantum{};  ///< Of device-time, a microsecond or more.
    Duration period{};   ///< More than 0.
  };
  static constexpr std::size_t kFew = 10;

  explicit Gittins(const Settings& settings);

  Standing standing(const Claim& claim, Time now) const override;
  Rank offset(std::uint32_t lane, Time now) const override;
  std::int64_t epoch(Time now) const override { return learns_ ? period_of(now) : 0; }
  std::optional<Time> next_epoch(Time now) const override;
  void waits(const Claim& claim, Time now) override;
  void waits_no_more(const Claim& claim, Time now) override;
  void finished(const Claim& claim, Time now) override;
  std::string why(const Claim& claim, Time now) const override;

 private:
  /// Jobs that wait with the same whole quanta of service.
  struct Level {
    std::int64_t attained = 0;
    std::uint64_t waiting = 0;
  };
  /// The lane of claims that no level is kept for: their keys say all.
  static constexpr std::uint32_t kApart = 0;

  std::int64_t period_of(Time now) const { return now.time_since_epoch() / period_; }
  std::int64_t whole_quanta(Rank service) const;
  /// As of the period of `now`; null until enough is known.
  const GittinsIndex* index(Time now) const;

  bool learns_;
  std::size_t history_;
  std::int64_t quantum_;  ///< In device-microseconds, as all service here.
  Duration period_;
  std::vector<std::int64_t> finished_;           ///< Service of the last ones.
  std::size_t next_ = 0;                         ///< In finished_, once it is full.
  std::vector<Level> levels_{Level{}};           ///< By lane; that of kApart has nothing to say.
  std::map<std::int64_t, std::uint32_t> lanes_;  ///< Of levels at which somebody waits.
  std::vector<std::uint32_t> unused_;            ///< Lanes.
  mutable std::int64_t looked_at_ = -1;
  mutable std::optional<GittinsIndex> index_;
};

}  // namespace tandem
