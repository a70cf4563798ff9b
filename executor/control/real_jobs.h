// The jobs of a real run: those of the scenario as their time comes, and those handed in while it
// runs. Knows what each is to compute; where and when is the scheduler's business.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "executor/control/job_store.h"
#include "executor/control/real_gangs.h"
#include "executor/control/run_folder.h"
#include "policies/core/step.h"
#include "workloads/scenario.h"

namespace tandem {

/// The text a scenario was read from, for reading more of the same.
struct ScenarioText {
  std::string text;
  std::string file;
  std::filesystem::path folder;
  std::vector<Override> overrides;
};

class RealJobs {
 public:
  /// All must outlive it. Throws InputError if some job of the scenario is nothing that can really
  /// be run.
  RealJobs(const Scenario& scenario, ScenarioText text, std::uint64_t seed, const RunFolder& folder,
           JobStore& store);

  /// When the next job of the scenario comes.
  std::optional<Time> next_arrival() const;
  /// Jobs whose time has come, and those handed in; each is active from then on.
  void take_due(Time now, std::vector<Event>& events);
  /// The journal says that this one was submitted: it is taken without being told again. False: it
  /// is the replica of an earlier controller's service, which nobody knows how to serve any more.
  bool recall(const Job& job);

  /// Of a job that neither the scenario nor anybody has handed in.
  JobId new_id() { return {next_submission_++}; }
  /// A replica of a service becomes active.
  void add_replica(const Job& job, const ServingSpec& spec);

  /// Takes in entries as below workload.jobs, for good. Returns their names. Throws InputError that
  /// says what is wrong with `text`; `file` names it.
  std::vector<std::string> accept(const std::string& text, const std::string& file);

  /// An active job of that name.
  std::optional<JobId> find(std::string_view name) const;
  bool is_active(JobId job) const { return active_.contains(job); }
  const Arrival& arrival(JobId job) const { return active_.at(job).arrival; }
  std::filesystem::path folder(JobId job) const;
  /// What its gang computes on so many devices.
  GangTask task(JobId job, std::size_t devices) const;
  /// How often it has been given devices, this time included.
  std::uint32_t next_generation(JobId job) { return ++active_.at(job).generation; }
  void end(JobId job) { active_.erase(job); }

  bool none_left() const { return active_.empty() && !next_ && waiting_.empty(); }
  std::size_t active() const { return active_.size(); }

 private:
  struct RealJob {
    Arrival arrival;
    std::shared_ptr<const Catalog> catalog;  ///< That its model stands in.
    std::uint32_t generation = 0;
    std::shared_ptr<const ServingSpec> serving = {};  ///< It is a replica.
  };
  void check(const Arrival& arrival) const;
  std::vector<RealJob> read(const std::string& text, const std::string& file) const;
  void take(RealJob job);
  void advance();

  const Scenario& scenario_;
  const ScenarioText text_;
  const RunFolder& folder_;
  JobStore& store_;
  std::unique_ptr<ArrivalSource> arrivals_;
  std::optional<Arrival> next_;
  std::uint32_t next_submission_ = 0;  ///< Ids of jobs handed in follow those of the scenario.
  std::map<JobId, RealJob> waiting_;   ///< Handed in, not taken yet.
  std::map<JobId, RealJob> active_;
  std::map<std::string, JobId, std::less<>> names_;  ///< Of all jobs that ever came.
};

}  // namespace tandem
