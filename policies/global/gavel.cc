#include "policies/global/gavel.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <tuple>

#include "policies/core/plan.h"

namespace tandem {
namespace {

constexpr double kMillionths = 1e6;

}  // namespace

Gavel::Gavel(const Surroundings& surroundings, const Settings& settings)
    : surroundings_(surroundings),
      settings_(settings),
      lp_(settings.goal),
      jobs_(surroundings, false),
      whole_(surroundings.cluster),
      held_(surroundings.tenants) {}

void Gavel::observe(const Event& event, Time now) {
  changed_ = true;
  if (const auto* submitted = std::get_if<Submitted>(&event)) {
    add(submitted->job, now);
  } else if (const auto* started = std::get_if<Started>(&event)) {
    if (settings_.mechanism == Mechanism::kRounds) jobs_.run(jobs_.at(started->job), now);
  } else if (const auto* progressed = std::get_if<Progressed>(&event)) {
    jobs_.progressed(jobs_.at(progressed->job), progressed->work, now);
  } else if (const auto* finished = std::get_if<Finished>(&event)) {
    leave(finished->job, now);
  } else if (const auto* failed = std::get_if<Failed>(&event)) {
    leave(failed->job, now);
  } else if (const auto* cancelled = std::get_if<Cancelled>(&event)) {
    leave(cancelled->job, now);
  } else if (const auto* stop = std::get_if<Stopped>(&event)) {
    stopped(*stop, now);
  } else if (const auto* changed = std::get_if<PriorityChanged>(&event)) {
    jobs_.at(changed->job).job.priority = changed->priority;
  }
}

void Gavel::add(const Job& job, Time now) {
  jobs_.add(job, now).where = ListedJob::Where::kQueue;
  const std::size_t types = surroundings_.cluster.types().size();
  Account& account = accounts_.emplace(job.id);
  account.demand = job.demand;
  for (std::optional size = job.demand.devices; size; size = job.size_below(*size)) {
    account.demand.devices = *size;
    if (whole_.fits(account.demand)) break;
  }
  for (std::uint32_t type = 0; type < types; ++type) {
    const bool runs = job.demand.accepts({type}) && whole_.fits(account.demand, DeviceTypeId{type});
    if (job.demand.devices > 0 && runs) account.types |= DeviceTypes{1} << type;
  }
  account.fraction.resize(types);
  account.owed.resize(types);
  account.had.resize(types);
  account.settled = now;
  active_.insert(job.id);
  allocation_is_old_ = true;
}

void Gavel::leave(JobId job, Time now) {
  ListedJob& listed = jobs_.at(job);
  if (!listed.waits() && !listed.allocation.nodes.empty()) {
    held_.give_back(listed.job.tenant, thousandths_of(listed));
    jobs_.end(listed, Duration::zero(), now);
  }
  jobs_.erase(job);
  accounts_.erase(job);
  active_.erase(job);
  allocation_is_old_ = true;
}

void Gavel::stopped(const Stopped& event, Time now) {
  ListedJob& job = jobs_.at(event.job);
  settle(event.job, now);
  held_.give_back(job.job.tenant, thousandths_of(job));
  jobs_.end(job, event.lost, now);
  const bool was_asked = event.cause == StopCause::kPreempted;
  job.spared = job.spared || (was_asked && event.lost > Duration::zero());
  job.where = ListedJob::Where::kQueue;
}

void Gavel::settle(JobId id, Time now) {
  Account& account = accounts_.at(id);
  const double passed = to_seconds(now - account.settled);
  account.settled = now;
  for (std::size_t type = 0; type < account.owed.size(); ++type) {
    account.owed[type] += account.fraction[type] * passed;
  }
  const ListedJob& job = jobs_.at(id);
  if (job.waits() || job.allocation.nodes.empty()) return;
  const Node& node = surroundings_.cluster.node(job.allocation.nodes.front().node);
  account.had[node.type.value] += passed;
}

AllocationJob Gavel::lp_job(const ListedJob& listed, Time now) const {
  const Job& job = listed.job;
  const Demand& demand = accounts_.at(job.id).demand;
  AllocationJob row;
  row.id = job.id.value;
  row.devices = std::max(1.0, static_cast<double>(demand.device_thousandths()) / kWholeDevice);
  // Shares of 0 mean last, not never.
  row.weight = std::max(surroundings_.tenants.at(job.tenant).shares, 1e-3);
  for (std::uint32_t type = 0; type < surroundings_.cluster.types().size(); ++type) {
    const bool runs = (accounts_.at(job.id).types >> type & 1) != 0;
    row.throughput.push_back(
        runs ? surroundings_.models.speed_ppm(job.model, DeviceTypeId{type}) / kMillionths : 0);
  }
  // A job that has outrun its estimate may end at any moment.
  row.work = std::max(to_seconds(listed.left(now)), 1.0);
  row.elapsed = to_seconds(now - job.submitted);
  if (job.deadline != kForever) row.time_left = to_seconds(job.deadline - now);
  return row;
}

void Gavel::allocate(Time now) {
  allocation_is_old_ = false;
  std::vector<AllocationJob> rows;
  for (const JobId job : active_) {
    settle(job, now);
    rows.push_back(lp_job(jobs_.at(job), now));
  }
  std::vector<DeviceSupply> supplies;
  for (std::uint32_t type = 0; type < surroundings_.cluster.types().size(); ++type) {
    supplies.push_back({static_cast<double>(surroundings_.cluster.device_count(DeviceTypeId{type})),
                        surroundings_.cluster.price_per_hour(DeviceTypeId{type}).value_or(1)});
  }
  const Apportionment answer = lp_.solve(rows, supplies);
  std::size_t row = 0;
  for (const JobId job : active_) {
    Account& account = accounts_.at(job);
    for (std::size_t type = 0; type < supplies.size(); ++type) {
      account.fraction[type] = answer.at(row, type);
    }
    account.is_new = false;
    ++row;
  }
}

std::vector<Gavel::Bid> Gavel::bids() const {
  std::vector<Bid> bids;
  for (const JobId job : active_) {
    const Account& account = accounts_.at(job);
    if (account.demand.devices == 0) {
      // Takes no device from anybody: first, wherever there are processors.
      bids.push_back({std::numeric_limits<double>::infinity(), 1, job, {}});
      continue;
    }
    for (std::uint32_t type = 0; type < account.fraction.size(); ++type) {
      const bool may_try = account.is_new && settings_.goal != AllocationGoal::kCost &&
                           (account.types >> type & 1) != 0;
      if (account.fraction[type] <= 0 && !may_try) continue;
      const double behind = account.had[type] > 0 ? account.owed[type] / account.had[type]
                                                  : std::numeric_limits<double>::infinity();
      bids.push_back({behind, account.fraction[type], job, {type}});
    }
  }
  std::sort(bids.begin(), bids.end(), [](const Bid& a, const Bid& b) {
    return std::tuple(-a.behind, -a.fraction, a.job, a.type) <
           std::tuple(-b.behind, -b.fraction, b.job, b.type);
  });
  return bids;
}

bool Gavel::is_bound(const ListedJob& job, Time now) const {
  if (job.where == ListedJob::Where::kStarting) return true;
  if (job.where != ListedJob::Where::kRunning) return false;
  return !job.job.preemptible || job.spared || now - job.since < settings_.round;
}

void Gavel::choose(Time now, FreeDevices& empty) {
  QuotaLedger held(surroundings_.tenants);
  const auto take = [&](const ListedJob& job, Allocation allocation) {
    empty.take(demand_of(job), allocation);
    held.take(job.job.tenant, thousandths_of(job));
    accounts_.at(job.job.id).chosen = std::move(allocation);
  };
  for (const JobId id : active_) {
    accounts_.at(id).chosen.reset();
    const ListedJob& job = jobs_.at(id);
    if (is_bound(job, now)) take(job, job.allocation);
  }
  for (const Bid& bid : bids()) {
    const ListedJob& job = jobs_.at(bid.job);
    const bool admitted = held.admits(job.job.tenant, thousandths_of(job));
    if (accounts_.at(bid.job).chosen || !admitted) continue;
    const Node* node = job.where == ListedJob::Where::kRunning
                           ? &surroundings_.cluster.node(job.allocation.nodes.front().node)
                           : nullptr;
    const bool is_there =
        node != nullptr && (node->type == bid.type || job.allocation.devices.empty());
    const bool stays = is_there && empty.can_take(demand_of(job), job.allocation);
    if (stays) {
      take(job, job.allocation);
      continue;
    }
    Demand here = demand_of(job);
    if (here.devices > 0) here.types &= DeviceTypes{1} << bid.type.value;
    if (auto allocation = placement_.place(here, empty)) take(job, *std::move(allocation));
  }
}

void Gavel::begin_round(const ClusterView& view, Plan& plan) {
  FreeDevices empty(view.cluster);
  for (const Node& node : view.cluster.nodes()) {
    if (!plan.free().is_up(node.id)) empty.set_up(node.id, false);
  }
  choose(view.now, empty);
  for (const JobId id : active_) {
    ListedJob& job = jobs_.at(id);
    const auto& chosen = accounts_.at(id).chosen;
    if (job.where != ListedJob::Where::kRunning || (chosen && *chosen == job.allocation)) continue;
    plan.preempt(id, chosen ? "goes on elsewhere in this round" : "others are further behind");
    jobs_.stop(job, view.now);
  }
}

void Gavel::start(ListedJob& job, const Allocation& allocation, const std::string& why, Time now,
                  Plan& plan) {
  settle(job.job.id, now);
  plan.start(job.job, allocation, why);
  jobs_.begin(job, allocation, now);
  held_.take(job.job.tenant, thousandths_of(job));
}

void Gavel::start_chosen(const ClusterView& view, Plan& plan) {
  for (const JobId id : active_) {
    ListedJob& job = jobs_.at(id);
    const auto& chosen = accounts_.at(id).chosen;
    const bool ready = chosen && job.where == ListedJob::Where::kQueue &&
                       plan.free().can_take(demand_of(job), *chosen) &&
                       held_.admits(job.job.tenant, thousandths_of(job));
    if (ready) start(job, Allocation(*chosen), "its share of this round", view.now, plan);
  }
}

void Gavel::fill(const ClusterView& view, Plan& plan) {
  const auto is_due = [&](JobId id) {
    return accounts_.at(id).chosen && jobs_.at(id).where == ListedJob::Where::kQueue;
  };
  // What is free may be kept for somebody who waits for the rest of it.
  if (std::any_of(active_.begin(), active_.end(), is_due)) return;
  for (const Bid& bid : bids()) {
    ListedJob& job = jobs_.at(bid.job);
    if (job.where != ListedJob::Where::kQueue || !held_.admits(job.job.tenant, thousandths_of(job)))
      continue;
    Demand here = demand_of(job);
    if (here.devices > 0) here.types &= DeviceTypes{1} << bid.type.value;
    if (const auto allocation = placement_.place(here, plan.free())) {
      start(job, *allocation, "nobody chosen for this round needs them", view.now, plan);
    }
  }
}

void Gavel::pour(Plan& plan) {
  for (const JobId id : active_) {
    Account& account = accounts_.at(id);
    std::vector<std::uint32_t> share_ppm;
    for (const double fraction : account.fraction) {
      share_ppm.push_back(static_cast<std::uint32_t>(fraction * kMillionths));
    }
    if (share_ppm == account.share_ppm) continue;
    ListedJob& job = jobs_.at(id);
    const bool flows = job.where == ListedJob::Where::kRunning;
    const bool gets = std::any_of(share_ppm.begin(), share_ppm.end(), [](auto s) { return s > 0; });
    if (!flows && !gets) continue;
    job.where = ListedJob::Where::kRunning;
    account.share_ppm = share_ppm;
    plan.share(id, std::move(share_ppm), "its share of the allocation");
  }
}

void Gavel::schedule(const ClusterView& view, Plan& plan) {
  if (settings_.mechanism == Mechanism::kIdeal) {
    if (!allocation_is_old_) return;
    allocate(view.now);
    return pour(plan);
  }
  if (active_.empty()) return;
  if (view.now >= next_round_) {
    if (allocation_is_old_) allocate(view.now);
    for (const JobId job : active_) settle(job, view.now);
    begin_round(view, plan);
    next_round_ = later(view.now, settings_.round);
    changed_ = true;
  }
  if (changed_) {
    changed_ = false;
    start_chosen(view, plan);
    fill(view, plan);
  }
  plan.wake_at(next_round_);
}

}  // namespace tandem
