// Who is most likely to be done soon for the service it gets goes first, learned from what has
// finished.
#pragma once

#include <cstdint>
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
/// What has been learned is looked at once in a period, when first somebody asks: then all waiting
/// jobs are put in order again, O(m log m + n log n) for m samples and n jobs.
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
  void finished(const Claim& claim, Time now) override;
  std::string why(const Claim& claim, Time now) const override;

 private:
  std::int64_t whole_quanta(Rank service) const;
  /// As of the period of `now`; null until enough is known.
  const GittinsIndex* index(Time now) const;
  Time end_of_period(Time now) const;

  bool learns_;
  std::size_t history_;
  std::int64_t quantum_;  ///< In device-microseconds, as all service here.
  Duration period_;
  std::vector<std::int64_t> finished_;  ///< Service of the last ones.
  std::size_t next_ = 0;                ///< In finished_, once it is full.
  mutable std::int64_t looked_at_ = -1;
  mutable std::optional<GittinsIndex> index_;
};

}  // namespace tandem
