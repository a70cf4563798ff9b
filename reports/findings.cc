#include "reports/findings.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace tandem {

void Findings::begin_run(const RunHeader& header) {
  cluster_ = header.cluster;
  tenants_ = header.tenants;
  free_time_ = FreeTime(cluster_);
  detectors_.saturation.begin(cluster_);
}

void Findings::event(const Event& event) {
  std::visit([this](const auto& happened) { on(happened); }, event);
}

void Findings::action(const Action& action) {
  std::visit([this](const auto& decided) { on(decided); }, action);
}

void Findings::on(const Submitted& event) {
  const Job& job = event.job;
  detectors_.saturation.submitted(now_);
  if (active_.contains(job.id)) return;
  WatchedJob& watched = active_.emplace(job.id);
  watched.id = job.id;
  watched.name = job.name;
  watched.tenant = job.tenant;
  watched.devices = job.demand.devices;
  watched.device_share = job.demand.device_share;
  watched.types = job.demand.types;
  watched.estimate = job.estimate;
  watched.submitted = now_;
  wait(watched);
}

void Findings::on(const Start& action) {
  WatchedJob* job = active_.find(action.job);
  if (job == nullptr || job->holds) return;
  stop_waiting(*job, detectors_, free_time_);
  if (!job->started) job->first_wait = now_ - job->submitted;
  job->started = true;
  job->holds = true;
  job->since = now_;
  if (job->devices == 0) return;
  job->held = cluster_.node(action.allocation.nodes.front().node).type;
  job->devices_held = static_cast<std::uint32_t>(action.allocation.devices.size());
  job->first_device = action.allocation.devices.front();
  take(*job, 1);
}

void Findings::take(const WatchedJob& job, int sign) {
  if (job.devices_held == 0) return;
  if (job.device_share == kWholeDevice) {
    free_time_.change(job.held, -sign * std::int64_t{job.devices_held}, now_);
    return;
  }
  std::uint32_t& sharers = sharers_[job.first_device];
  const bool was_free = sharers == 0;
  sharers = sign > 0 ? sharers + 1 : sharers - 1;
  if (was_free || sharers == 0) free_time_.change(job.held, -sign, now_);
  if (sharers == 0) sharers_.erase(job.first_device);
}

void Findings::on(const Resize& action) {
  WatchedJob* job = active_.find(action.job);
  if (job == nullptr || !job->holds) return;
  const auto devices = static_cast<std::uint32_t>(action.allocation.devices.size());
  if (job->computes) job->useful += now_ - job->computes_since;
  job->computes = false;
  take(*job, -1);
  job->devices_held = devices;
  take(*job, 1);
}

void Findings::on(const Resized& event) {
  if (WatchedJob* job = active_.find(event.job)) {
    job->computes = true;
    job->computes_since = now_;
  }
}

void Findings::on(const Share& action) {
  WatchedJob* job = active_.find(action.job);
  if (job == nullptr || job->holds) return;
  stop_waiting(*job, detectors_, free_time_);
  job->first_wait = now_ - job->submitted;
  job->started = job->holds = true;
  job->since = now_;
}

void Findings::on(const Hold& action) {
  if (WatchedJob* job = active_.find(action.job)) job->held_back = true;
}

void Findings::on(const Admit& action) {
  WatchedJob* job = active_.find(action.job);
  if (job == nullptr) return;
  job->held_back = false;
  wait(*job);
}

void Findings::on(const Started& event) {
  WatchedJob* job = active_.find(event.job);
  if (job == nullptr) return;
  job->computes = true;
  job->computes_since = now_;
}

void Findings::on(const Stopped& event) {
  WatchedJob* job = active_.find(event.job);
  if (job == nullptr || !job->holds) return;
  const Duration useful_before = job->useful;
  release(*job, event.lost);
  if (event.cause == StopCause::kPreempted) {
    detectors_.loops.preempted(event.job, now_ - job->since, job->useful - useful_before);
  }
  wait(*job);
}

void Findings::on(const Finished& event) {
  const WatchedJob* job = active_.find(event.job);
  if (job != nullptr && job->started) detectors_.long_waits.add(*job, job->first_wait);
  end(event.job);
}

void Findings::on(const NodeDown& event) {
  const Node& node = cluster_.node(event.node);
  free_time_.change(node.type, -std::int64_t{node.device_count}, now_);
}

void Findings::on(const NodeUp& event) {
  const Node& node = cluster_.node(event.node);
  free_time_.change(node.type, node.device_count, now_);
}

void Findings::on(const Reject& action) {
  const WatchedJob* job = active_.find(action.job);
  if (job == nullptr) return;
  detectors_.rejections.add(*job, action.reason);
  active_.erase(action.job);
}

void Findings::wait(WatchedJob& job) {
  job.since = now_;
  if (job.devices > 0) job.room_at_wait = free_time_.with_room(job.types, job.devices, now_);
}

void Findings::stop_waiting(WatchedJob& job, Detectors& to, FreeTime& free_time) const {
  if (now_ == job.since || job.devices == 0 || job.held_back) return;
  const Duration stranded = free_time.with_room(job.types, job.devices, now_) - job.room_at_wait;
  job.stranded += stranded;
  to.stranded.waited(now_ - job.since, stranded);
}

void Findings::release(WatchedJob& job, Duration lost) {
  if (job.computes) job.useful += now_ - job.computes_since - lost;
  job.holds = false;
  job.computes = false;
  take(job, -1);
  job.devices_held = 0;
}

void Findings::end(JobId id) {
  WatchedJob* job = active_.find(id);
  if (job == nullptr) return;
  if (job->holds) {
    release(*job, Duration::zero());
  } else {
    stop_waiting(*job, detectors_, free_time_);
  }
  detectors_.loops.add(*job);
  detectors_.saturation.add(*job, job->useful);
  detectors_.stranded.add(*job, job->useful);
  active_.erase(id);
}

void Findings::add_active(WatchedJob job, Detectors& to, FreeTime& free_time) const {
  if (!job.holds) stop_waiting(job, to, free_time);
  if (job.computes) job.useful += now_ - job.computes_since;
  if (!job.started) {
    to.long_waits.add(job, now_ - job.submitted);
    to.long_waits.never_started();
  }
  const Duration run = std::max(job.estimate, job.useful);
  to.loops.add(job);
  to.saturation.add(job, run);
  to.stranded.add(job, run);
}

std::vector<Finding> Findings::result(const RunResult& figures) const {
  Detectors detectors = detectors_;
  FreeTime free_time = free_time_;
  active_.for_each([&](const WatchedJob& job) { add_active(job, detectors, free_time); });

  std::vector<Finding> result = detectors.saturation.findings(cluster_);
  const auto add = [&](std::optional<Finding> finding) {
    if (finding) result.push_back(std::move(*finding));
  };
  add(detectors.loops.finding(tenants_));
  add(detectors.rejections.finding(figures.jobs.submitted));
  add(detectors.long_waits.finding(tenants_, figures));
  add(detectors.stranded.finding(tenants_));
  std::stable_sort(result.begin(), result.end(),
                   [](const Finding& a, const Finding& b) { return a.severity > b.severity; });
  return result;
}

}  // namespace tandem
