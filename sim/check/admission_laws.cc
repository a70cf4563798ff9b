#include "sim/check/admission_laws.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace tandem {

void AdmissionLaws::require(bool holds, JobId job, const std::string& law) {
  if (!holds)
    broken_.push_back(fmt::format("at {} s: job {} {}", to_seconds(now_), job.value, law));
}

std::string AdmissionLaws::broken() {
  judge();
  std::string text;
  for (const std::string& line : broken_) text += line + "\n";
  return text;
}

bool AdmissionLaws::applies(const Limit& limit, const Job& job) const {
  const bool below = !limit.tenant || header_.tenants.is_on_path(*limit.tenant, job.tenant);
  return below && limit.kind.value_or(job.kind) == job.kind &&
         limit.model.value_or(job.model) == job.model;
}

bool AdmissionLaws::is_done(const Active& active, const std::set<JobId>& completed) const {
  return std::ranges::all_of(active.after, [&](JobId job) { return completed.contains(job); });
}

void AdmissionLaws::begin_step(Time now) {
  judge();
  now_ = now;
  active_before_ = active_;
  completed_before_ = completed_;
  submitted_.clear();
  admitted_.clear();
}

void AdmissionLaws::event(const Event& event) {
  if (const auto* submitted = std::get_if<Submitted>(&event)) {
    active_.emplace(submitted->job.id, Active{submitted->job, submitted->after, true});
    submitted_.push_back(submitted->job.id);
  } else if (const auto* finished = std::get_if<Finished>(&event)) {
    active_.erase(finished->job);
    completed_.insert(finished->job);
  } else if (const auto* failed = std::get_if<Failed>(&event)) {
    active_.erase(failed->job);
    failed_.insert(failed->job);
  } else if (const auto* cancelled = std::get_if<Cancelled>(&event)) {
    active_.erase(cancelled->job);
    failed_.insert(cancelled->job);
  }
}

void AdmissionLaws::reject(JobId job) {
  const auto found = active_.find(job);
  // Cancelled in the same step: the event has been heard, the action comes behind.
  if (found == active_.end()) return;
  const Active rejected = found->second;
  active_.erase(found);
  failed_.insert(job);
  rejected_.insert(job);
  const bool by_dependency =
      std::ranges::any_of(rejected.after, [&](JobId id) { return failed_.contains(id); });
  bool by_limit = false;
  for (const Limit& limit : header_.limits) {
    if (!limit.submitted || !applies(limit, rejected.job)) continue;
    // At most as many as these were active when it came.
    std::int64_t most = 0;
    for (const auto& [id, active] : active_before_) most += applies(limit, active.job);
    for (const JobId id : submitted_) {
      most += id < job && active_.contains(id) && applies(limit, active_.at(id).job);
    }
    by_limit |= most >= std::int64_t{*limit.submitted};
  }
  by_limit &= std::ranges::count(submitted_, job) > 0;
  if (!by_dependency && !by_limit) rejected_otherwise_.insert(job);
}

void AdmissionLaws::action(const Action& action) {
  if (const auto* hold = std::get_if<Hold>(&action)) {
    ++held_;
    if (active_.contains(hold->job)) active_.at(hold->job).is_admitted = false;
  } else if (const auto* admit = std::get_if<Admit>(&action)) {
    admitted_.push_back(admit->job);
    if (active_.contains(admit->job)) active_.at(admit->job).is_admitted = true;
  } else if (const auto* refused = std::get_if<Reject>(&action)) {
    reject(refused->job);
  } else if (const auto* start = std::get_if<Start>(&action)) {
    const Active& active = active_.at(start->job);
    require(active.is_admitted, start->job, "starts while it is held");
    require(is_done(active, completed_), start->job, "starts before what it depends on");
  }
}

void AdmissionLaws::judge() {
  for (const Limit& limit : header_.limits) {
    std::uint32_t submitted = 0;
    std::uint32_t admitted = 0;
    for (const auto& [id, active] : active_) {
      submitted += applies(limit, active.job);
      admitted += applies(limit, active.job) && active.is_admitted;
      require(!limit.submitted || submitted <= *limit.submitted, id, "is one job too many");
      require(!limit.running || admitted <= *limit.running, id, "is admitted beyond a limit");
    }
  }
  std::map<const Limit*, std::uint32_t> admitted;
  for (const Limit& limit : header_.limits) {
    for (const auto& [id, active] : active_) {
      admitted[&limit] += active.is_admitted && applies(limit, active.job);
    }
  }
  for (const auto& [id, active] : active_) {
    for (const JobId dependency : active.after) {
      require(!failed_.contains(dependency), id, "waits for what will never be done");
    }
    if (active.is_admitted) continue;
    bool is_full = false;
    for (const Limit& limit : header_.limits) {
      is_full |= limit.running && applies(limit, active.job) && admitted[&limit] >= *limit.running;
    }
    require(is_full || !is_done(active, completed_), id, "is held for nothing");
    // Of jobs that are alike to every limit, the one that came first goes first.
    const auto kind = [](const Job& job) { return std::tuple(job.tenant, job.kind, job.model); };
    const bool was_ready = active_before_.contains(id) && is_done(active, completed_before_);
    for (const JobId other : admitted_) {
      const auto ahead = active_before_.find(other);
      if (!was_ready || ahead == active_before_.end() || other < id) continue;
      require(kind(ahead->second.job) != kind(active.job), other,
              fmt::format("is admitted ahead of job {}", id.value));
    }
  }
}

}  // namespace tandem
