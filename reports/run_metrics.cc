#include "reports/run_metrics.h"

#include <algorithm>
#include <numeric>
#include <utility>
#include <variant>

namespace tandem {

void RunMetrics::begin_run(const RunHeader& header) {
  policy_ = header.policy;
  seed_ = header.seed;
  tenants_ = header.tenants;
  for (const Node& node : header.cluster.nodes()) {
    nodes_.push_back({node.type, node.device_count, {}});
  }
  for (std::uint32_t type = 0; type < header.cluster.types().size(); ++type) {
    devices_of_type_.push_back(header.cluster.device_count(DeviceTypeId{type}));
  }
  finish_time_.set_devices(header.cluster.device_count());
  pipelines_.set_pipelines(header.pipelines);
  ended_of_.resize(tenants_.size());
  samples_.resize(tenants_.size());
  device_time_.held_of_type.resize(devices_of_type_.size());
  device_time_.busy_of_type.resize(devices_of_type_.size());
  device_time_.held_of_tenant.resize(tenants_.size());
  device_time_.bill_of_tenant.resize(tenants_.size());
  down_of_type_.resize(devices_of_type_.size());
}

void RunMetrics::begin_step(Time now) {
  if (now > now_) {
    // Only a queue that lasts is one: within an instant jobs pass through it on their way.
    longest_queue_ = std::max(longest_queue_, queued_);
    queued_seconds_ += static_cast<double>(queued_) * to_seconds(now - now_);
    now_ = now;
    finish_time_.advance(now);
    pipelines_.advance(now);
  }
  ++steps_;
}

void RunMetrics::event(const Event& event) {
  ++events_;
  std::visit([this](const auto& happened) { on(happened); }, event);
}

void RunMetrics::action(const Action& action) {
  std::visit([this](const auto& decided) { on(decided); }, action);
}

void RunMetrics::on(const Submitted& event) {
  const Job& job = event.job;
  if (!first_submit_) first_submit_ = job.submitted;
  ++ended_.submitted;
  ++ended_of_[job.tenant.value].submitted;
  // A job submitted twice is missing at the end, where jobs are counted.
  if (active_.contains(job.id)) return;
  Active& active = active_.emplace(job.id);
  active.tenant = job.tenant;
  active.device_share = static_cast<double>(job.demand.device_share) / kWholeDevice;
  active.asked = job.demand.devices;
  active.submitted = job.submitted;
  active.contends = job.demand.devices > 0;
  if (active.contends) active.finish_mark = finish_time_.enter();
  pipelines_.submit(event);
  ++queued_;
}

void RunMetrics::on(const Start& action) {
  Active* job = active_.find(action.job);
  if (job == nullptr || job->holds) return;
  --queued_;
  job->devices = static_cast<double>(action.allocation.devices.size()) * job->device_share;
  if (job->devices > 0) job->type = nodes_[action.allocation.nodes.front().node.value].type;
  if (!job->first_start) job->first_start = now_;
  pipelines_.start(action.job);
  job->holds = true;
  job->held_since = now_;
}

void RunMetrics::on(const Started& event) {
  Active* job = active_.find(event.job);
  if (job == nullptr) return;
  job->computes = true;
  job->computes_since = now_;
}

void RunMetrics::on(const Resize& action) {
  Active* job = active_.find(action.job);
  if (job == nullptr || !job->holds) return;
  const auto devices = static_cast<double>(action.allocation.devices.size());
  release(*job, Duration::zero());
  // Until it is done the gang holds what it had and what it gets.
  job->holds = true;
  job->held_since = now_;
  job->after_resize = devices;
  job->devices = std::max(job->devices, devices);
}

void RunMetrics::on(const Progressed& event) {
  if (Active* job = active_.find(event.job)) job->saving += event.overhead;
}

void RunMetrics::on(const Resized& event) {
  Active* job = active_.find(event.job);
  if (job == nullptr || !job->holds) return;
  release(*job, Duration::zero());
  job->holds = job->computes = true;
  job->held_since = job->computes_since = now_;
  job->devices = job->after_resize;
}

void RunMetrics::on(const Share& action) {
  Active* job = active_.find(action.job);
  if (job == nullptr) return;
  if (job->holds) {
    release(*job, Duration::zero());
    job->computes = true;
    job->computes_since = now_;
  } else {
    --queued_;
    job->first_start = now_;
    pipelines_.start(action.job);
  }
  job->holds = true;
  job->held_since = now_;
  job->time_ppm = action.time_ppm;
  job->devices =
      job->asked * std::accumulate(job->time_ppm.begin(), job->time_ppm.end(), 0.0) / 1e6;
}

void RunMetrics::on(const Stopped& event) {
  Active* job = active_.find(event.job);
  if (job == nullptr || !job->holds) return;
  release(*job, event.lost);
  ++queued_;
}

void RunMetrics::end(JobId id, std::uint64_t JobCounts::*state) {
  ++(ended_.*state);
  // What never ran does not lengthen the run.
  if (state != &JobCounts::rejected) last_end_ = now_;
  Active* job = active_.find(id);
  if (job == nullptr) return;
  ++(ended_of_[job->tenant.value].*state);
  if (job->holds) {
    release(*job, Duration::zero());
  } else {
    --queued_;
  }
  if (state == &JobCounts::completed && job->first_start) sample(*job);
  if (bill_listener_) bill_listener_(id, job->bill, figures_);
  if (job->contends) finish_time_.leave();
  pipelines_.end(id, state, job->executed - job->lost, job->useful);
  active_.erase(id);
}

void RunMetrics::sample(const Active& job) {
  const Duration jct = now_ - job.submitted;
  const Duration run = job.executed - job.lost;
  samples_[job.tenant.value].push_back({*job.first_start - job.submitted, jct, run});
  if (job.contends) finish_time_.complete(job.finish_mark, job.submitted, run, job.asked);
  pending_seconds_ += to_seconds(jct - job.executed);
}

RunMetrics::Charge RunMetrics::charge(const Active& job, Duration lost, Duration saving,
                                      DeviceTime& to) const {
  const double held_s = to_seconds(now_ - job.held_since);
  const Duration executed = job.computes ? now_ - job.computes_since : Duration::zero();
  const double busy_s = to_seconds(executed - saving);
  Charge charge{job.devices * to_seconds(executed - lost - saving), {}};
  const auto add = [&](DeviceTypeId type, double devices) {
    to.held_of_type[type.value] += devices * held_s;
    to.busy_of_type[type.value] += devices * busy_s;
    charge.bill += bill_of(figures_, type, devices * held_s, devices * busy_s);
  };
  for (std::uint32_t type = 0; type < job.time_ppm.size(); ++type) {
    add({type}, job.asked * job.time_ppm[type] / 1e6);
  }
  if (job.devices > 0 && job.time_ppm.empty()) add(job.type, job.devices);
  to.held_of_tenant[job.tenant.value] += job.devices * held_s;
  to.bill_of_tenant[job.tenant.value] += charge.bill;
  to.useful += charge.useful;
  return charge;
}

void RunMetrics::release(Active& job, Duration lost) {
  const Duration saving = std::exchange(job.saving, {});
  const Charge charged = charge(job, lost, saving, device_time_);
  job.useful += charged.useful;
  job.bill += charged.bill;
  if (job.computes) job.executed += now_ - job.computes_since;
  job.lost += lost + saving;
  job.holds = false;
  job.computes = false;
}

void RunMetrics::on(const NodeDown& event) {
  NodeState& node = nodes_[event.node.value];
  if (!node.down_since) node.down_since = now_;
}

void RunMetrics::on(const NodeUp& event) {
  NodeState& node = nodes_[event.node.value];
  const auto since = std::exchange(node.down_since, std::nullopt);
  if (!since || !first_submit_) return;
  down_of_type_[node.type.value] +=
      node.devices * to_seconds(now_ - std::max(*since, *first_submit_));
}

double RunMetrics::down_of_type(DeviceTypeId type) const {
  double seconds = down_of_type_[type.value];
  const Time end = window_end();
  for (const NodeState& node : nodes_) {
    if (!node.down_since || node.type != type || !first_submit_) continue;
    const Time since = std::max(*node.down_since, *first_submit_);
    if (since < end) seconds += node.devices * to_seconds(end - since);
  }
  return seconds;
}

}  // namespace tandem
