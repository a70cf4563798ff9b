// How far a gang has come with its work, and how much of that it has saved.
//
// Work is counted at the job's own pace, time by the clock. A gang computes at a rate that may
// change, saves itself now and then, and loses what it has not saved when it is interrupted.
#pragma once

#include <optional>

#include "policies/core/elastic.h"
#include "policies/core/units.h"

namespace tandem {

class GangProgress {
 public:
  GangProgress() = default;
  explicit GangProgress(Duration work) : left_(work) {}

  /// Computes from now on. `interval`: saves itself at no cost whenever it has computed for so long
  /// since it was last saved.
  void run(Time now, Rate rate, std::optional<Duration> interval = {});
  void change_rate(Time now, Rate rate);
  /// Of what computes at rate 0: has done so much by now, all at once.
  void did(Duration work, Time now);
  /// Computes no more, but keeps what it has done.
  void pause(Time now);
  /// What it has done, paused, is saved.
  void saved();
  /// Loses what is not saved; returns the time in which that was computed.
  Duration interrupt(Time now);

  bool computes() const { return computes_; }
  Duration left() const { return left_ - unsaved_; }
  /// Done and saved.
  Duration kept() const { return kept_; }
  /// Of a gang that computes: when all is done if nothing changes.
  Time end() const;
  /// Of a gang that computes: when it has computed for `interval` since it was last saved.
  Time next_save(Duration interval) const;

 private:
  /// Counts up to now.
  void settle(Time now);

  Duration left_{};  ///< Work that is not saved, done or not.
  Duration kept_{};
  Duration unsaved_{};   ///< Work done since it was last saved, until `counted_`.
  Duration computed_{};  ///< Time that took.
  Time counted_;
  Rate rate_;
  std::optional<Duration> interval_;
  bool computes_ = false;
};

}  // namespace tandem
