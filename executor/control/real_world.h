// The real world: waits for what happens to processes, people and the clock.
//
// One thread. Everything that is decided is in the journal, on disk, before it is carried out; so a
// controller that was killed knows from the journal what it had begun.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "executor/control/job_store.h"
#include "executor/control/journal_log.h"
#include "executor/control/real_gangs.h"
#include "executor/control/real_jobs.h"
#include "executor/control/replica_jobs.h"
#include "executor/control/run_clock.h"
#include "executor/control/workers.h"
#include "policies/core/world.h"

namespace tandem {

/// Somebody else that wants to be woken when a socket can be read.
class Bystander {
 public:
  virtual ~Bystander() = default;
  virtual void add_to(std::vector<zmq_pollitem_t>& items) const = 0;
  /// Called after every wait.
  virtual void attend() = 0;
};

class RealWorld final : public World {
 public:
  struct Parts {
    const Scenario& scenario;
    RealJobs& jobs;
    Workers& workers;
    JobStore& store;
    JournalLog& journal;
    const RunClock& clock;
    /// The replicas of the scenario's services; null if it has none.
    ReplicaJobs* replicas;
    /// Set by a signal: gangs save themselves and the run is left, to be gone on with later.
    const std::atomic<int>& leave;
  };
  /// `stays`: it is not over when there are no more jobs; others may be handed in.
  RealWorld(const Parts& parts, RealGangs::Settings gangs, bool stays);

  std::optional<Step> next(std::optional<Time> deadline) override;
  void apply(const Action& action) override;

  /// A step of an earlier controller, as the journal has it: nothing is carried out again.
  void recall(const Step& step, const std::vector<Action>& actions);
  /// After the last recall: what was running is taken over, or reported as interrupted.
  void take_over();

  /// Hears of every wait's end. Not owned.
  void add_bystander(Bystander& bystander) { bystanders_.push_back(&bystander); }

  /// The tenant withdraws a job, for good. Throws InputError if no such job waits or runs.
  void cancel(const std::string& name);

  enum class JobState : std::uint8_t { kQueued, kStarting, kRunning, kStopping, kEnded };
  struct JobStatus {
    Job job;
    JobState state = JobState::kQueued;
    std::string how;  ///< Of kEnded: "finished", "failed: …". Of kQueued: what held it up last.
    std::vector<DeviceId> devices;
    Time submitted;
    std::optional<Time> started;  ///< When it was last given devices.
    std::optional<Time> ended;
    std::int64_t steps = 0;
    double tokens_per_step = 0;
    GangFigures figures;
    std::filesystem::path folder;
  };
  /// Jobs that are active and the last ones that have ended, by id.
  const std::map<JobId, JobStatus>& statuses();
  Time now() const { return parts_.clock.now(); }
  /// Whether the run was left before its end.
  bool was_left() const { return was_left_; }

 private:
  void collect(Time now);
  void change_jobs(Time now);
  void wait(Time now, std::optional<Time> deadline);
  bool is_over(std::optional<Time> deadline) const;
  void leave();
  void attend_leaving();
  /// Keeps statuses and jobs in step with what is told and done.
  void note(const Event& event, Time now);
  void note(const Action& action);
  void ended(JobId job, std::string how, Time now);

  Parts parts_;
  RealGangs gangs_;
  const bool stays_;
  std::vector<Bystander*> bystanders_;
  std::vector<Event> events_;
  std::size_t next_change_ = 0;  ///< In Scenario::changes.
  std::vector<JobId> withdrawn_;
  std::map<JobId, RealGangs::Inherited> inherited_;
  std::set<JobId> orphans_;  ///< Replicas of an earlier controller's services.
  std::map<JobId, JobStatus> statuses_;
  std::vector<JobId> ended_;  ///< Oldest first.
  bool was_left_ = false;
};

}  // namespace tandem
