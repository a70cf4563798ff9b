// Which jobs a policy gets to see: those whose dependencies are done and whose limits have room.
//
// Part of the scheduler, not of policies: whatever the policy, nothing starts before what it
// depends on, and no limit is exceeded.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "policies/core/limit.h"
#include "policies/core/tenant.h"

namespace tandem {

class Admission {
 public:
  /// `tenants` must outlive this.
  Admission(const Tenants& tenants, std::vector<Limit> limits);

  enum class Verdict { kAdmit, kHold, kReject };
  struct Answer {
    Verdict verdict = Verdict::kAdmit;
    std::string reason;  ///< Empty when admitted at once.
  };
  /// `after`: what the job depends on, of which `is_active` says whether it has not ended yet.
  Answer submit(const Job& job, std::span<const JobId> after,
                const std::function<bool(JobId)>& is_active);

  /// What follows for jobs that were held.
  struct Consequence {
    JobId job;
    Verdict verdict;  ///< kAdmit or kReject.
    std::string reason;
  };
  /// A job was never submitted to this, because it can never run.
  void turned_away(JobId job) { note_unsuccessful(job); }
  /// A job that was admitted or held has ended. `completed`: what depends on it may start;
  /// otherwise that is rejected, and ended() must be told of it too.
  std::vector<Consequence> ended(const Job& job, bool completed);

 private:
  struct State {
    Limit limit;
    std::uint32_t admitted = 0;
    std::uint32_t submitted = 0;
    std::set<JobId> held;  ///< Jobs for which this is the first limit without room.
  };
  struct Held {
    Job job;
    std::size_t dependencies = 0;  ///< Left to be done.
    State* blocked_by = nullptr;
    bool is_lost = false;  ///< Its rejection has been told; other jobs that it needs may end, too.
  };
  void note_unsuccessful(JobId job);
  bool applies(const Limit& limit, const Job& job) const;
  /// The first limit that has no room for `job`; null if all have.
  State* full_limit(const Job& job);
  void admit(const Job& job);
  /// One dependency less.
  void release(JobId held);
  /// A held job waits for room in a limit.
  void block(JobId job, State& state);
  /// Takes out the first job that waits for a limit which has room.
  std::optional<JobId> next_held();
  /// Admits whom nothing holds back now that a job has ended, in order of submission where limits
  /// held them.
  void admit_held(const Job& ended, std::vector<Consequence>& consequences);

  const Tenants& tenants_;
  std::vector<State> limits_;
  std::map<JobId, Held> held_;
  std::map<JobId, std::vector<JobId>> dependents_;
  std::vector<JobId> released_;     ///< No limit is for them; admitted before the call returns.
  std::vector<bool> unsuccessful_;  ///< By JobId: ended without being completed.
};

}  // namespace tandem
