// What gangs really cost on this machine, measured by running some: the time of a step with every
// device busy, and that of starting, saving, stopping and starting again.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "executor/control/real_gangs.h"
#include "executor/control/run_clock.h"

namespace tandem {

/// One kind of gang that learns, measured. Seconds; means over all copies and repetitions.
struct MeasuredGang {
  TrainingSpec spec;
  double step_s = 0;   ///< Of steps behind the first few.
  double start_s = 0;  ///< From being given idle workers to the first step, without a state, and by
                       ///< how much longer than others the first few steps take.
  double load_s = 0;   ///< More, when it reads a checkpoint.
  double save_s = 0;
  double stop_s = 0;  ///< From the request to the end, without half a step and without saving.
  double evaluation_s = 0;  ///< One look at the held-out text, where the recipe asks for such.
};

class Calibration {
 public:
  struct Settings {
    int repetitions = 3;
    Duration measured = std::chrono::seconds(4);  ///< At least so long, for each kind and time,
    std::int64_t steps = 10;                      ///< and so many steps,
    std::int64_t first_steps = 3;                 ///< behind these.
  };
  /// All must outlive it. `folder` is for jobs.
  Calibration(Workers& workers, RealGangs& gangs, const RunClock& clock, std::size_t devices,
              std::filesystem::path folder, Settings settings);

  /// Runs as many copies at one time as there are devices for. Throws std::runtime_error if one
  /// breaks.
  MeasuredGang measure(const TrainingSpec& spec);
  /// Seconds of one look at the held-out text, with as many copies at one time.
  double evaluation_s(const TrainingSpec& spec);

 private:
  /// Begins something of which every copy tells by an event of this kind; seconds until then, in
  /// the mean.
  template <class E>
  double seconds_until(const std::function<void()>& begin);
  void attend();
  void make_copies();
  void forget_copies();
  void start_all(std::uint32_t generation);
  void preempt_all();
  /// What the steps of one copy have taken so far.
  struct Stepped {
    double steps = 0;
    double seconds = 0;
  };
  /// By copy, once all have made `steps` steps more and it is `until`.
  std::vector<Stepped> run(std::int64_t steps, Time until);
  double mean(double GangFigures::*figure) const;

  Workers& workers_;
  RealGangs& gangs_;
  const RunClock& clock_;
  const std::size_t devices_;
  const std::filesystem::path folder_;
  const Settings settings_;
  std::uint32_t next_job_ = 0;
  std::vector<JobId> copies_;
  TrainingSpec spec_;
  std::vector<Event> events_;
};

}  // namespace tandem
