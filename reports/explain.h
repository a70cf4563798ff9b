// Why one job waited, where it ran and what became of it: `tandem explain`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "policies/core/paged_map.h"
#include "policies/core/recorder.h"
#include "reports/job_story.h"

namespace tandem {

/// Hears a run and gathers the story of one job. Memory holds active jobs only.
class Explainer final : public Recorder {
 public:
  explicit Explainer(std::string job_name) { story_.name = std::move(job_name); }

  void begin_run(const RunHeader& header) override;
  void begin_step(Time now) override;
  void event(const Event& event) override;
  void action(const Action& action) override;

  /// What is known so far. Throws InputError if there is no such job, with the nearest name.
  const JobStory& story() const;
  std::string text() const { return story_text(story()); }
  nlohmann::ordered_json json() const { return story_json(story()); }

 private:
  struct Active {
    JobId id;
    std::string name;
    TenantId tenant;
    std::uint32_t devices = 0;  ///< Held; 0 while it waits.
    std::uint32_t device_share = kWholeDevice;
    bool holds = false;
    bool has_started = false;
    bool came_later = false;  ///< Than the job of the story.
    Time submitted;
  };

  void on(const Submitted& event);
  void on(const Started&) {}
  void on(const Finished& event) { end(event.job, JobState::kCompleted); }
  void on(const Failed& event) { end(event.job, JobState::kFailed); }
  void on(const Cancelled& event) { end(event.job, JobState::kCancelled); }
  void on(const Stopped& event);
  void on(const NodeDown&) {}
  void on(const NodeUp&) {}
  void on(const PriorityChanged&) {}
  void on(const Start& action);
  void on(const Progressed&) {}
  void on(const Resized&) {}
  void on(const Preempt& action);
  void on(const Reject& action);
  void on(const Resize& action);
  void on(const Share& action);
  void on(const Hold& action);
  void on(const Admit& action);

  bool is_told(JobId job) const { return story_.found && story_.job.id == job; }
  void begin_story(const Job& job);
  void begin_stretch(const Start& start);
  void let_go(Active& job, const std::string& how);
  void end(JobId id, JobState state);
  void remember_name(const std::string& name);

  JobStory story_;
  Cluster cluster_;
  Tenants tenants_;
  PagedMap<JobId, Active> active_;
  Time now_;
  std::uint64_t held_thousandths_ = 0;
  std::uint64_t queued_ = 0;
  double waited_seconds_ = 0;
  std::uint64_t started_jobs_ = 0;
  Few<Ended> ended_now_;                 // In this step.
  std::vector<std::string> near_names_;  // The nearest so far, then names not yet looked at.
};

}  // namespace tandem
