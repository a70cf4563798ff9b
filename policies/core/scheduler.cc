#include "policies/core/scheduler.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "policies/core/allocation.h"
#include "policies/core/check.h"
#include "policies/core/error.h"

namespace tandem {
namespace {

/// Kind, then id: the order in which events of one instant are handled. Equal only for changes of
/// one job's priority: those are handled as the world reports them.
std::pair<std::size_t, std::uint32_t> handling_order(const Event& event) {
  const std::uint32_t id = std::visit(
      [](const auto& e) -> std::uint32_t {
        if constexpr (requires { e.node; }) {
          return e.node.value;
        } else if constexpr (requires { e.job.id; }) {
          return e.job.id.value;
        } else {
          return e.job.value;
        }
      },
      event);
  return {event.index(), id};
}

/// Worlds are not trusted either: a replayed journal may be damaged.
template <class... Args>
void expect_of_world(bool holds, fmt::format_string<Args...> message, Args&&... args) {
  if (!holds) throw WorldError(fmt::format(message, std::forward<Args>(args)...));
}

/// A gang that is not of a size that its job can have is not whole.
void check_size(const Job& job, const Allocation& allocation) {
  const std::size_t devices = allocation.devices.size();
  if (job.may_have(devices)) return;
  const bool is_listed = job.elastic && !job.elastic->sizes.empty();
  throw RuleBroken(
      "gang-whole",
      fmt::format("{} devices for job {}, which runs on {}", devices, job.id.value,
                  is_listed ? fmt::format("{}", fmt::join(job.elastic->sizes, ", "))
                            : fmt::format("{} to {}", job.least_devices(), job.most_devices())));
}

/// The first multiple of `interval` at or after `time`.
Time next_tick(Time time, Duration interval) {
  const Duration beyond = time.time_since_epoch() % interval;
  return beyond == Duration::zero() ? time : later(time, interval - beyond);
}

}  // namespace

Scheduler::Scheduler(RunHeader header, std::unique_ptr<Policy> policy, Recorder* recorder)
    : header_(std::move(header)),
      policy_(std::move(policy)),
      recorder_(recorder),
      free_(header_.cluster),
      feasibility_(header_.cluster, header_.tenants),
      admission_(header_.tenants, header_.limits),
      holder_(header_.cluster.device_count()),
      held_(header_.tenants),
      shared_out_ppm_(header_.cluster.types().size()) {
  if (recorder_ != nullptr) recorder_->begin_run(header_);
}

const std::vector<Action>& Scheduler::step(Step& step) {
  expect_of_world(step.now >= now_, "time went back from {} to {} ns",
                  now_.time_since_epoch().count(), step.now.time_since_epoch().count());
  now_ = step.now;
  actions_.clear();
  gone_.clear();
  if (recorder_ != nullptr) recorder_->begin_step(now_);
  std::stable_sort(step.events.begin(), step.events.end(), [](const Event& a, const Event& b) {
    return handling_order(a) < handling_order(b);
  });
  for (Event& event : step.events) handle(event);
  events_pending_ = events_pending_ || !step.events.empty();
  ask_policy();
  if (recorder_ != nullptr) {
    for (const Action& action : actions_) recorder_->action(action);
  }
  CHECK(counts_.conserved(), "jobs are lost: {} submitted, {} queued, {} running",
        counts_.submitted, counts_.queued, counts_.running);
  return actions_;
}

void Scheduler::ask_policy() {
  const Duration interval = header_.scheduling_interval;
  if (interval > Duration::zero()) {
    const Time tick = next_tick(now_, interval);
    const bool due = events_pending_ || (wake_ && *wake_ <= now_);
    if (!due || tick != now_) {
      if (due) wake_ = tick;
      return;
    }
  }
  do {
    events_pending_ = false;  // Until a rejection lets a job in that was held.
    Plan plan(free_);
    policy_->schedule({now_, header_.cluster, header_.tenants, header_.models}, plan);
    for (Action& action : plan.actions()) {
      std::visit([this](const auto& a) { commit(a); }, action);
      actions_.push_back(std::move(action));
    }
    check_fluid();
    wake_ = plan.wake();
    settle();
  } while (events_pending_);
  if (wake_ && interval > Duration::zero()) wake_ = next_tick(*wake_, interval);
  if (wake_ && *wake_ <= now_) {
    throw RuleBroken("wake-later", "the policy wants to be woken at this very instant");
  }
}

bool Scheduler::comes_too_late(const Event& event) const {
  const auto* changed = std::get_if<PriorityChanged>(&event);
  const auto* cancelled = std::get_if<Cancelled>(&event);
  if (changed == nullptr && cancelled == nullptr) return false;
  const JobId job = changed != nullptr ? changed->job : cancelled->job;
  return !jobs_.contains(job) && std::ranges::count(gone_, job) > 0;
}

void Scheduler::handle(Event& event) {
  if (comes_too_late(event)) return;
  if (recorder_ != nullptr && !std::holds_alternative<Submitted>(event)) recorder_->event(event);
  const bool known_to_policy = std::visit([this](auto& e) { return on(e); }, event);
  if (known_to_policy) policy_->observe(event, now_);
  settle();
}

bool Scheduler::on(Submitted& event) {
  event.job.submitted = event.job.eligible = now_;
  const Job& job = event.job;
  expect_of_world(submitted_.add(job.id.value), "job {} submitted twice", job.id.value);
  expect_of_world(header_.tenants.is_leaf(job.tenant), "job {} of an account that has children",
                  job.id.value);
  expect_of_world(!policy_->needs_oracle() || job.oracle_run_time,
                  "job {} came without its true run time, which this policy needs", job.id.value);
  for (const JobId dependency : event.after) {
    expect_of_world(dependency < job.id, "job {} depends on job {}, which comes later",
                    job.id.value, dependency.value);
  }
  if (recorder_ != nullptr) recorder_->event(event);
  lowest_priority_ =
      counts_.submitted == 0 ? job.priority : std::min(lowest_priority_, job.priority);
  highest_priority_ =
      counts_.submitted == 0 ? job.priority : std::max(highest_priority_, job.priority);
  ++counts_.submitted;
  if (std::string why = feasibility_.why_never(job); !why.empty()) {
    admission_.turned_away(job.id);
    turn_away(job.id, std::move(why));
    return false;
  }
  Admission::Answer answer =
      admission_.submit(job, event.after, [this](JobId id) { return jobs_.contains(id); });
  if (answer.verdict == Admission::Verdict::kReject) {
    turn_away(job.id, std::move(answer.reason));
    return false;
  }
  ++counts_.queued;
  const bool held = answer.verdict == Admission::Verdict::kHold;
  jobs_.emplace(job.id).job = job;
  jobs_.at(job.id).phase = held ? Phase::kHeld : Phase::kQueued;
  if (held) actions_.emplace_back(Hold{job.id, std::move(answer.reason)});
  return !held;
}

void Scheduler::turn_away(JobId job, std::string reason) {
  ++counts_.rejected;
  gone_.push_back(job);
  actions_.emplace_back(Reject{job, std::move(reason)});
}

void Scheduler::settle() {
  while (!consequences_.empty()) {
    const std::vector<Admission::Consequence> batch = std::exchange(consequences_, {});
    for (const auto& [job, verdict, reason] : batch) {
      if (verdict == Admission::Verdict::kAdmit) {
        Record& record = jobs_.at(job);
        record.phase = Phase::kQueued;
        record.job.eligible = now_;
        actions_.emplace_back(Admit{job, reason});
        policy_->observe(Submitted{record.job}, now_);
        events_pending_ = true;
      } else {
        actions_.emplace_back(Reject{job, reason});
        --counts_.queued;
        forget(job, &JobCounts::rejected);
      }
    }
  }
}

Scheduler::Record& Scheduler::known(JobId job, const char* event) {
  Record* record = jobs_.find(job);
  expect_of_world(record != nullptr, "{} of job {}, which is not active", event, job.value);
  return *record;
}

bool Scheduler::on(const Started& event) {
  Record& record = known(event.job, "start");
  expect_of_world(record.phase == Phase::kStarting || record.phase == Phase::kStopping,
                  "job {} started unasked", event.job.value);
  if (record.phase == Phase::kStarting) record.phase = Phase::kRunning;
  record.started = now_;
  return true;
}

bool Scheduler::on(const Progressed& event) {
  const Record& record = known(event.job, "progress");
  const bool computes = record.phase == Phase::kRunning || record.phase == Phase::kResizing ||
                        record.phase == Phase::kStopping;
  expect_of_world(computes, "job {} made progress, but does not run", event.job.value);
  expect_of_world(event.work >= Duration::zero() && event.overhead >= Duration::zero() &&
                      event.overhead <= now_ - record.started,
                  "job {} made progress that cannot be: {} ns of work, {} ns of saving",
                  event.job.value, event.work.count(), event.overhead.count());
  return true;
}

bool Scheduler::on(const Finished& event) {
  release(known(event.job, "end"));
  forget(event.job, &JobCounts::completed);
  return true;
}

bool Scheduler::on(const Failed& event) {
  release(known(event.job, "failure"));
  forget(event.job, &JobCounts::failed);
  return true;
}

bool Scheduler::on(const Resized& event) {
  Record& record = known(event.job, "resize");
  expect_of_world(record.phase == Phase::kResizing, "job {} was resized unasked", event.job.value);
  const Allocation lost = difference(record.allocation, record.next, header_.cluster);
  if (!lost.devices.empty()) let_go(record.job, lost);
  record.allocation = std::move(record.next);
  record.next = {};
  record.phase = Phase::kRunning;
  return true;
}

bool Scheduler::on(const Stopped& event) {
  Record& record = known(event.job, "stop");
  release(record);
  expect_of_world(event.lost >= Duration::zero() && event.lost <= now_ - record.started,
                  "job {} lost {} ns of work, more than it had done", event.job.value,
                  event.lost.count());
  record.phase = Phase::kQueued;
  ++counts_.queued;
  return true;
}

bool Scheduler::on(const Cancelled& event) {
  Record& record = known(event.job, "cancellation");
  const bool held = record.phase == Phase::kHeld;
  if (held || record.phase == Phase::kQueued) {
    --counts_.queued;
  } else {
    release(record);
  }
  forget(event.job, &JobCounts::cancelled);
  return !held;
}

bool Scheduler::on(const NodeDown& event) {
  expect_of_world(free_.is_up(event.node), "node {} goes down twice", event.node.value);
  const Node& node = header_.cluster.node(event.node);
  for (std::uint32_t i = 0; i < node.device_count; ++i) {
    expect_of_world(holder_[node.first_device.value + i].thousandths == 0,
                    "{} is down but still holds a gang", node.name);
  }
  free_.set_up(event.node, false);
  ++nodes_down_;
  return true;
}

bool Scheduler::on(const NodeUp& event) {
  expect_of_world(!free_.is_up(event.node), "node {} comes up twice", event.node.value);
  free_.set_up(event.node, true);
  --nodes_down_;
  return true;
}

bool Scheduler::on(const PriorityChanged& event) {
  Record& record = known(event.job, "priority change");
  record.job.priority = event.priority;
  lowest_priority_ = std::min(lowest_priority_, event.priority);
  highest_priority_ = std::max(highest_priority_, event.priority);
  return record.phase != Phase::kHeld;
}

void Scheduler::hold(const Job& job, const Allocation& gained) {
  for (const DeviceId device : gained.devices) {
    Holder& holder = holder_[device.value];
    holder.thousandths += job.demand.device_share;
    if (holder.thousandths > kWholeDevice) {
      throw RuleBroken("device-free",
                       fmt::format("device {} is held by job {}", device.value, holder.last.value));
    }
    holder.last = job.id;
  }
  const std::uint64_t thousandths = gained.devices.size() * job.demand.device_share;
  if (const Tenant* account = held_.full_account(job.tenant, thousandths)) {
    const double would = static_cast<double>(held_.held(account->id) + thousandths) / kWholeDevice;
    throw RuleBroken("quota", fmt::format("{} would hold {} devices, its quota is {}",
                                          account->name, would, *account->quota));
  }
  held_.take(job.tenant, thousandths);
}

void Scheduler::let_go(const Job& job, const Allocation& lost) {
  free_.give_back(held_demand(job, lost), lost);
  for (const DeviceId device : lost.devices) {
    Holder& holder = holder_[device.value];
    CHECK(holder.thousandths >= job.demand.device_share, "device {} is not held by job {}",
          device.value, job.id.value);
    holder.thousandths -= job.demand.device_share;
  }
  held_.give_back(job.tenant, lost.devices.size() * job.demand.device_share);
}

void Scheduler::release(Record& record) {
  expect_of_world(record.phase != Phase::kQueued && record.phase != Phase::kHeld,
                  "job {} holds nothing", record.job.id.value);
  --counts_.running;
  if (!record.share_ppm.empty()) {
    for (std::size_t type = 0; type < record.share_ppm.size(); ++type) {
      shared_out_ppm_[type] -= std::uint64_t{record.job.demand.devices} * record.share_ppm[type];
    }
    record.share_ppm.clear();
    return;
  }
  if (record.phase == Phase::kResizing) {
    record.allocation = together(record.allocation, record.next, header_.cluster);
    record.next = {};
  }
  let_go(record.job, record.allocation);
  record.allocation = {};
}

void Scheduler::forget(JobId job, std::uint64_t JobCounts::*counter) {
  auto consequences = admission_.ended(jobs_.at(job).job, counter == &JobCounts::completed);
  consequences_.insert(consequences_.end(), std::make_move_iterator(consequences.begin()),
                       std::make_move_iterator(consequences.end()));
  jobs_.erase(job);
  gone_.push_back(job);
  ++(counts_.*counter);
}

void Scheduler::commit(const Start& start) {
  Record* record = jobs_.find(start.job);
  if (record == nullptr || record->phase != Phase::kQueued) {
    throw RuleBroken("only-waiting-jobs-start", fmt::format("job {}", start.job.value));
  }
  check_size(record->job, start.allocation);
  hold(record->job, start.allocation);
  record->phase = Phase::kStarting;
  record->started = now_;
  record->allocation = start.allocation;
  --counts_.queued;
  ++counts_.running;
}

void Scheduler::commit(const Preempt& preempt) {
  Record* record = jobs_.find(preempt.job);
  const bool runs =
      record != nullptr && (record->phase == Phase::kStarting || record->phase == Phase::kRunning);
  if (!runs) throw RuleBroken("only-running-jobs-stop", fmt::format("job {}", preempt.job.value));
  if (!record->job.preemptible) {
    throw RuleBroken("only-preemptible-jobs-stop", fmt::format("job {}", preempt.job.value));
  }
  record->phase = Phase::kStopping;
}

void Scheduler::commit(const Resize& resize) {
  Record* record = jobs_.find(resize.job);
  if (record == nullptr || record->phase != Phase::kRunning || !record->job.elastic) {
    throw RuleBroken("only-running-elastic-jobs-resize", fmt::format("job {}", resize.job.value));
  }
  check_size(record->job, resize.allocation);
  free_.check_whole(held_demand(record->job, resize.allocation), resize.allocation);
  hold(record->job, difference(resize.allocation, record->allocation, header_.cluster));
  record->next = resize.allocation;
  record->phase = Phase::kResizing;
}

void Scheduler::commit(const Share& share) {
  Record* record = jobs_.find(share.job);
  const bool waits = record != nullptr && record->phase == Phase::kQueued;
  const bool flows = record != nullptr && !record->share_ppm.empty();
  if (!waits && !flows)
    throw RuleBroken("only-waiting-jobs-start", fmt::format("job {}", share.job.value));
  if (share.time_ppm.size() != shared_out_ppm_.size()) {
    throw RuleBroken("gang-whole", "a share names every device type");
  }
  if (waits) {
    --counts_.queued;
    ++counts_.running;
    record->phase = Phase::kStarting;
    record->started = now_;
    record->share_ppm.resize(share.time_ppm.size());
  }
  constexpr std::uint64_t kAll = 1'000'000;
  std::uint64_t sum = 0;
  for (std::uint32_t type = 0; type < share.time_ppm.size(); ++type) {
    sum += share.time_ppm[type];
    const std::uint64_t devices = record->job.demand.devices;
    shared_out_ppm_[type] += devices * share.time_ppm[type];
    shared_out_ppm_[type] -= devices * record->share_ppm[type];
    if (sum > kAll) throw RuleBroken("gang-whole", "a share of more than all the time");
  }
  record->share_ppm = share.time_ppm;
}

void Scheduler::check_fluid() const {
  for (std::uint32_t type = 0; type < shared_out_ppm_.size(); ++type) {
    const std::uint64_t all = header_.cluster.device_count(DeviceTypeId{type});
    if (shared_out_ppm_[type] > all * 1'000'000) {
      throw RuleBroken("device-free", fmt::format("more than all of {} is shared out",
                                                  header_.cluster.type_name(DeviceTypeId{type})));
    }
  }
}

void Scheduler::commit(const Reject& reject) {
  const Record* record = jobs_.find(reject.job);
  if (record == nullptr || record->phase != Phase::kQueued) {
    throw RuleBroken("only-waiting-jobs-are-rejected", fmt::format("job {}", reject.job.value));
  }
  --counts_.queued;
  forget(reject.job, &JobCounts::rejected);
}

}  // namespace tandem
