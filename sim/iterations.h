// The iterations of a training gang, gone through one by one (L2, L3).
//
// An iteration begins with all that it sends to other nodes, and goes on with the rest of what the
// step-time model says it takes for the share of its cards that the sending got. What is hidden
// behind computing is so neither counted twice nor lost.
#pragma once

#include <cstdint>
#include <optional>

#include "policies/core/units.h"
#include "sim/contention.h"
#include "sim/network.h"
#include "workloads/scenario.h"

namespace tandem {

class Iterations {
 public:
  /// Each is worth `work` of the job's own pace. `communication` outlives this and sends.
  Iterations(const Communication& communication, Duration work, Fidelity fidelity,
             std::size_t nodes);

  /// The next one. `left`: the work that there still is, done in equal parts.
  void begin(Duration left, Time now);
  Network::Ring ring() const { return ring_; }
  /// What each of its transfers takes alone.
  double transfer_s() const;
  bool is_sending() const { return transfers_left_ > 0; }
  /// One of its transfers has ended. Nothing if another comes; else how long the rest takes.
  std::optional<Duration> sent(Time now);
  /// What it will have done.
  Duration work() const { return work_; }

 private:
  const Communication& communication_;
  Duration usual_work_;
  Network::Ring ring_;
  std::uint32_t transfers_;  ///< Of an iteration: in a ring, what each node has goes to all others,
                             ///< twice, as all-reduces do.
  Duration work_{};
  double part_ = 1;  ///< Of a usual iteration: the last one may be cut short.
  std::uint32_t transfers_left_ = 0;
  Time began_;
};

}  // namespace tandem
