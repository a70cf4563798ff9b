// How many replicas a pool should have.
#pragma once

#include <cstdint>
#include <deque>
#include <utility>

#include "workloads/serving.h"

namespace tandem {

class Autoscaler {
 public:
  /// What it looks at.
  struct Signals {
    std::uint32_t replicas = 0;     ///< That serve or are on their way.
    std::int64_t outstanding = 0;   ///< Requests, wherever they wait or run.
    std::int64_t waiting = 0;       ///< Of these, those that no batch has taken up.
    std::int64_t capacity = 1;      ///< Requests in the batches of one replica.
    std::int64_t first_tokens = 0;  ///< Since the last look,
    std::int64_t in_time = 0;       ///< and how many of them met the objective.
  };

  explicit Autoscaler(const PoolSettings& settings)
      : settings_(settings.autoscale), least_(settings.least), most_(settings.most) {}

  bool is_on() const { return settings_.signal != AutoscaleSettings::Signal::kNone; }
  Duration interval() const { return settings_.interval; }
  /// The most that was wanted within the patience, so that a lull does not drain what the next wave
  /// needs (the stabilisation window of Kubernetes' horizontal autoscaler).
  std::uint32_t wanted(const Signals& signals, Time now);
  /// Whether the same signals bring the same answer for ever, once as many are there.
  bool is_steady() const { return lately_.size() == 1; }
  /// It would have been asked last at `time`, and the signals were the same since.
  void stood_still_until(Time time) { lately_.back().first = time; }

 private:
  std::uint32_t wanted_now(const Signals& signals) const;

  AutoscaleSettings settings_;
  std::uint32_t least_;
  std::uint32_t most_;
  std::deque<std::pair<Time, std::uint32_t>> lately_;  ///< Falling.
};

}  // namespace tandem
