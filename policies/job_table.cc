#include "policies/job_table.h"

#include <optional>
#include <utility>

#include "policies/core/allocation.h"

namespace tandem {

ListedJob& JobTable::add(const Job& job, Time now) {
  ListedJob& listed = jobs_.emplace(job.id);
  listed.job = job;
  listed.since = now;
  return listed;
}

void JobTable::settle_rate(ListedJob& job) const {
  const DeviceTypeId type = surroundings_.cluster.node(job.allocation.nodes.front().node).type;
  job.rate = surroundings_.models.rate(job.job.model, job.job.elastic.get(), job.job.demand.devices,
                                       type, held_demand(job.job, job.allocation).devices);
}

void JobTable::begin(ListedJob& job, Allocation allocation, Time now) {
  job.where = ListedJob::Where::kStarting;
  job.returning = false;
  job.waited = now - job.since;
  job.since = now;
  job.allocation = std::move(allocation);
  job.place = holding_.size();
  holding_.push_back(job.job.id);
  settle_rate(job);
}

void JobTable::run(ListedJob& job, Time now) {
  if (job.where == ListedJob::Where::kStopping) return;  // It was asked to while it started.
  if (job.where == ListedJob::Where::kResizing) {
    job.allocation = std::exchange(job.next, {});
    settle_rate(job);
  }
  job.where = ListedJob::Where::kRunning;
  job.since = job.counted = now;
}

void JobTable::progressed(ListedJob& job, Duration work, Time now) {
  job.progress = work;
  job.counted = now;
  job.computed = {};
}

void JobTable::stop(ListedJob& job, Time now) {
  if (job.where == ListedJob::Where::kRunning) job.computed = now - job.counted;
  job.where = ListedJob::Where::kStopping;
  job.since = now;
}

void JobTable::resize(ListedJob& job, Allocation next, Time now) {
  job.progress = job.done(now);
  job.where = ListedJob::Where::kResizing;
  job.next = std::move(next);
  job.since = now;
}

void JobTable::end(ListedJob& job, Duration lost, Time now) {
  if (job.where == ListedJob::Where::kRunning) job.computed = now - job.counted;
  job.progress += job.rate.work_in(std::max(job.computed - lost, Duration::zero()));
  job.computed = {};
  job.since = now;
  job.allocation = {};
  job.next = {};
  holding_[job.place] = holding_.back();
  jobs_.at(holding_[job.place]).place = job.place;
  holding_.pop_back();
}

Claim JobTable::claim(const ListedJob& listed, Time now) const {
  const Job& job = listed.job;
  Claim claim;
  claim.id = job.id.value;
  claim.tenant = job.tenant;
  claim.priority = job.priority;
  claim.submitted = job.submitted;
  claim.eligible = job.eligible;
  claim.size = oracle_ ? *job.oracle_run_time : job.estimate;
  claim.done = listed.done(now);
  claim.is_served = !listed.waits();
  claim.since = listed.since;
  if (claim.is_served) claim.waited = listed.waited;
  if (listed.where == ListedJob::Where::kRunning) claim.rate = listed.rate;
  const Demand demand = claim.is_served ? held_demand(job, listed.allocation) : job.demand;
  claim.devices = job.demand.devices;
  claim.device_thousandths = demand.device_thousandths();
  claim.cpus = demand.cpus_per_rank * demand.ranks();
  claim.memory = demand.memory_per_rank * demand.ranks();
  claim.deadline = job.deadline;
  claim.qos_ppm = job.qos_ppm;
  claim.partition_ppm = job.partition_ppm;
  claim.critical_path = job.critical_path;
  return claim;
}

Duration JobTable::longest_run(const ListedJob& job, Time now) const {
  const Demand& demand = job.job.demand;
  std::optional<Rate> slowest;
  for (std::uint32_t type = 0; demand.devices > 0 && type < surroundings_.cluster.types().size();
       ++type) {
    if (!demand.accepts({type})) continue;
    const Rate rate{surroundings_.models.speed_ppm(job.job.model, {type})};
    if (!slowest || rate.ppm < slowest->ppm) slowest = rate;
  }
  return slowest.value_or(Rate{}).time_for(job.left(now));
}

Time JobTable::estimated_end(const ListedJob& job, Time now) const {
  return later(now, job.rate.time_for(job.left(now)));
}

}  // namespace tandem
