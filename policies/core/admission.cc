#include "policies/core/admission.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tandem {

Admission::Admission(const Tenants& tenants, std::vector<Limit> limits) : tenants_(tenants) {
  for (Limit& limit : limits) limits_.push_back({std::move(limit), 0, 0, {}});
}

void Admission::note_unsuccessful(JobId job) {
  if (job.value >= unsuccessful_.size()) unsuccessful_.resize(job.value + 1);
  unsuccessful_[job.value] = true;
}

bool Admission::applies(const Limit& limit, const Job& job) const {
  if (limit.kind && *limit.kind != job.kind) return false;
  if (limit.model && *limit.model != job.model) return false;
  return !limit.tenant || tenants_.is_on_path(*limit.tenant, job.tenant);
}

Admission::State* Admission::full_limit(const Job& job) {
  for (State& state : limits_) {
    const auto most = state.limit.running;
    if (most && state.admitted >= *most && applies(state.limit, job)) return &state;
  }
  return nullptr;
}

void Admission::admit(const Job& job) {
  for (State& state : limits_) state.admitted += applies(state.limit, job);
}

Admission::Answer Admission::submit(const Job& job, std::span<const JobId> after,
                                    const std::function<bool(JobId)>& is_active) {
  for (const State& state : limits_) {
    const auto most = state.limit.submitted;
    if (most && state.submitted >= *most && applies(state.limit, job)) {
      note_unsuccessful(job.id);
      return {Verdict::kReject, fmt::format("{} has {} jobs already, its limit is {}",
                                            state.limit.name, state.submitted, *most)};
    }
  }
  for (State& state : limits_) state.submitted += applies(state.limit, job);
  std::size_t pending = 0;
  for (const JobId dependency : after) {
    if (is_active(dependency)) {
      ++pending;
    } else if (dependency.value < unsuccessful_.size() && unsuccessful_[dependency.value]) {
      note_unsuccessful(job.id);
      for (State& state : limits_) state.submitted -= applies(state.limit, job);
      return {Verdict::kReject, "a job that it depends on was not completed"};
    }
  }
  if (pending > 0) {
    for (const JobId dependency : after) {
      if (is_active(dependency)) dependents_[dependency].push_back(job.id);
    }
    held_.emplace(job.id, Held{job, pending, nullptr});
    return {Verdict::kHold,
            fmt::format("depends on {} unfinished job{}", pending, pending == 1 ? "" : "s")};
  }
  if (State* full = full_limit(job)) {
    full->held.insert(job.id);
    held_.emplace(job.id, Held{job, 0, full});
    return {Verdict::kHold,
            fmt::format("{} is at its limit of {}", full->limit.name, *full->limit.running)};
  }
  admit(job);
  return {};
}

void Admission::release(JobId held) {
  const auto found = held_.find(held);
  if (found == held_.end() || --found->second.dependencies > 0) return;
  // Behind older jobs that wait for a limit, even if this limit has room by now.
  for (State& state : limits_) {
    if (!state.limit.running || !applies(state.limit, found->second.job)) continue;
    return block(held, state);
  }
  released_.push_back(held);
}

void Admission::block(JobId job, State& state) {
  held_.at(job).blocked_by = &state;
  state.held.insert(job);
}

std::optional<JobId> Admission::next_held() {
  State* earliest = nullptr;
  for (State& state : limits_) {
    const bool has_room = !state.held.empty() && state.admitted < *state.limit.running;
    if (has_room && (earliest == nullptr || *state.held.begin() < *earliest->held.begin())) {
      earliest = &state;
    }
  }
  if (earliest == nullptr) return std::nullopt;
  const JobId job = *earliest->held.begin();
  earliest->held.erase(job);
  return job;
}

void Admission::admit_held(const Job& ended, std::vector<Consequence>& consequences) {
  for (const JobId job : std::exchange(released_, {})) {
    admit(held_.at(job).job);
    held_.erase(job);
    consequences.push_back({job, Verdict::kAdmit, fmt::format("{} is done", ended.name)});
  }
  while (const auto job = next_held()) {
    const Held& held = held_.at(*job);
    if (State* full = full_limit(held.job)) {
      block(*job, *full);
      continue;
    }
    consequences.push_back(
        {*job, Verdict::kAdmit, fmt::format("{} has room", held.blocked_by->limit.name)});
    admit(held.job);
    held_.erase(*job);
  }
}

std::vector<Admission::Consequence> Admission::ended(const Job& job, bool completed) {
  std::vector<Consequence> consequences;
  if (!completed) note_unsuccessful(job.id);
  const auto held = held_.find(job.id);
  const bool was_admitted = held == held_.end();
  if (!was_admitted) {
    if (held->second.blocked_by != nullptr) held->second.blocked_by->held.erase(job.id);
    held_.erase(held);
  }
  for (State& state : limits_) {
    if (!applies(state.limit, job)) continue;
    --state.submitted;
    if (was_admitted) --state.admitted;
  }
  if (const auto waiting = dependents_.find(job.id); waiting != dependents_.end()) {
    for (const JobId dependent : std::exchange(waiting->second, {})) {
      if (completed) {
        release(dependent);
      } else if (const auto lost = held_.find(dependent);
                 lost != held_.end() && !std::exchange(lost->second.is_lost, true)) {
        consequences.push_back({dependent, Verdict::kReject,
                                fmt::format("depends on {}, which was not completed", job.name)});
      }
    }
    dependents_.erase(job.id);
  }
  admit_held(job, consequences);
  return consequences;
}

}  // namespace tandem
