// How many replicas a pool should have.
#pragma once

#include <cstdint>
#include <deque>
#include <utility>

#include "policies/core/units.h"

namespace tandem {

/// When replicas are added and drained.
struct AutoscaleSettings {
  enum class Signal : std::uint8_t {
    kNone,         ///< As many as at least.
    kUtilisation,  ///< Outstanding requests over those that fit into the batches: the target.
    kQueue,        ///< Requests that wait, for each replica: the target.
    kObjective,    ///< The share of a window's first tokens that came in time: the target.
  };
  Signal signal = Signal::kNone;
  double target = 0;
  Duration interval{};  ///< Between two looks.
  Duration patience{};  ///< For so long fewer must have been enough before one is drained.
};

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

  /// Wants from `least` to `most` replicas.
  Autoscaler(const AutoscaleSettings& settings, std::uint32_t least, std::uint32_t most)
      : settings_(settings), least_(least), most_(most) {}

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
