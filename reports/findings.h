// What the reader of a run must know before its figures, found while the run happens.
#pragma once

#include <map>
#include <vector>

#include "policies/core/paged_map.h"
#include "policies/core/recorder.h"
#include "reports/detectors.h"
#include "reports/free_time.h"

namespace tandem {

/// Kinds, each defined at its class in reports/detectors.h:
/// - preemption-loop: jobs preempted again and again for less work than that cost.
/// - saturation: more work comes than the devices can do. count: the devices that are missing.
/// - infeasible: jobs that can never run, with the reasons.
/// - starvation: jobs that waited far longer than others, or still wait when the run ends.
/// - stranded-gangs: gangs that waited beside enough free devices.
///
/// An event costs O(1), taking or freeing devices O(log devices); memory goes with active jobs.
class Findings final : public Recorder {
 public:
  void begin_run(const RunHeader& header) override;
  void begin_step(Time now) override { now_ = now; }
  void event(const Event& event) override;
  void action(const Action& action) override;

  /// Worst first. `figures` are those of the same run.
  std::vector<Finding> result(const RunResult& figures) const;

 private:
  /// What is known of jobs that ended.
  struct Detectors {
    PreemptionLoops loops;
    Saturation saturation;
    Rejections rejections;
    LongWaits long_waits;
    StrandedGangs stranded;
  };

  void on(const Submitted& event);
  void on(const Started& event);
  void on(const Progressed&) {}
  void on(const Resized& event);
  void on(const Stopped& event);
  void on(const Finished& event);
  void on(const Failed& event) { end(event.job); }
  void on(const Cancelled& event) { end(event.job); }
  void on(const NodeDown& event);
  void on(const NodeUp& event);
  void on(const PriorityChanged&) {}
  void on(const Start& action);
  void on(const Preempt&) {}
  void on(const Resize& action);
  void on(const Share& action);
  void on(const Hold& action);
  void on(const Admit& action);
  void on(const Reject& action);

  void wait(WatchedJob& job);
  void stop_waiting(WatchedJob& job, Detectors& to, FreeTime& free_time) const;
  /// The job takes, or with a negative sign gives back, the devices it holds.
  void take(const WatchedJob& job, int sign);
  void release(WatchedJob& job, Duration lost);
  void end(JobId id);
  void add_active(WatchedJob job, Detectors& to, FreeTime& free_time) const;

  Cluster cluster_;
  Tenants tenants_;
  Time now_;
  FreeTime free_time_;
  std::map<DeviceId, std::uint32_t> sharers_;  ///< Jobs on devices that are shared.
  PagedMap<JobId, WatchedJob> active_;
  Detectors detectors_;
};

}  // namespace tandem
