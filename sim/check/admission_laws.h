// What must hold of dependencies and limits in every run, recomputed from what a recorder hears.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "policies/core/recorder.h"

namespace tandem {

/// Looks at the state after each step by counting all jobs again. Limits and dependencies say who
/// may start, who must be held and who must be rejected.
class AdmissionLaws final : public Recorder {
 public:
  void begin_run(const RunHeader& header) override { header_ = header; }
  void begin_step(Time now) override;
  void event(const Event& event) override;
  void action(const Action& action) override;

  /// Every broken law with its time, a line each; empty if all hold. To be asked at the end.
  std::string broken();
  /// Jobs that neither a limit nor a dependency explains the rejection of.
  const std::set<JobId>& rejected_otherwise() const { return rejected_otherwise_; }
  /// All that were rejected.
  const std::set<JobId>& rejected() const { return rejected_; }
  int held() const { return held_; }

 private:
  struct Active {
    Job job;
    std::vector<JobId> after;
    bool is_admitted = true;
  };
  void require(bool holds, JobId job, const std::string& law);
  bool applies(const Limit& limit, const Job& job) const;
  bool is_done(const Active& active, const std::set<JobId>& completed) const;
  void reject(JobId job);
  void judge();

  RunHeader header_;
  Time now_;
  std::map<JobId, Active> active_;
  std::set<JobId> completed_;
  std::set<JobId> failed_;  ///< Ended without being completed.
  std::set<JobId> rejected_;
  std::set<JobId> rejected_otherwise_;
  int held_ = 0;
  // Of the step.
  std::map<JobId, Active> active_before_;
  std::set<JobId> completed_before_;
  std::vector<JobId> submitted_;
  std::vector<JobId> admitted_;
  std::vector<std::string> broken_;
};

}  // namespace tandem
