#include "policies/core/scheduler.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

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
      holder_(header_.cluster.device_count()),
      held_by_tenant_(header_.tenants.size()) {
  if (recorder_ != nullptr) recorder_->begin_run(header_);
}

const std::vector<Action>& Scheduler::step(Step& step) {
  expect_of_world(step.now >= now_, "time went back from {} to {} ns",
                  now_.time_since_epoch().count(), step.now.time_since_epoch().count());
  now_ = step.now;
  actions_.clear();
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
  events_pending_ = false;
  Plan plan(free_);
  policy_->schedule({now_, header_.cluster, header_.tenants}, plan);
  for (Action& action : plan.actions()) {
    std::visit([this](const auto& a) { commit(a); }, action);
    actions_.push_back(std::move(action));
  }
  wake_ = plan.wake();
  if (wake_ && interval > Duration::zero()) wake_ = next_tick(*wake_, interval);
  if (wake_ && *wake_ <= now_) {
    throw RuleBroken("wake-later", "the policy wants to be woken at this very instant");
  }
}

void Scheduler::handle(Event& event) {
  if (recorder_ != nullptr && !std::holds_alternative<Submitted>(event)) recorder_->event(event);
  std::visit([this](auto& e) { on(e); }, event);
  if (!std::holds_alternative<Submitted>(event)) policy_->observe(event, now_);
}

void Scheduler::on(Submitted& event) {
  event.job.submitted = now_;
  const Job& job = event.job;
  expect_of_world(job.id.value == next_job_, "job {} submitted where {} was due", job.id.value,
                  next_job_);
  expect_of_world(header_.tenants.is_leaf(job.tenant), "job {} of an account that has children",
                  job.id.value);
  expect_of_world(!policy_->needs_oracle() || job.oracle_run_time,
                  "job {} came without its true run time, which this policy needs", job.id.value);
  if (recorder_ != nullptr) recorder_->event(event);
  lowest_priority_ = next_job_ == 0 ? job.priority : std::min(lowest_priority_, job.priority);
  highest_priority_ = next_job_ == 0 ? job.priority : std::max(highest_priority_, job.priority);
  ++next_job_;
  ++counts_.submitted;
  if (std::string why = feasibility_.why_never(job); !why.empty()) {
    ++counts_.rejected;
    actions_.emplace_back(Reject{job.id, std::move(why)});
    return;
  }
  ++counts_.queued;
  jobs_.emplace(job.id, Record{job, Phase::kQueued, {}, {}});
  policy_->observe(event, now_);
}

Scheduler::Record& Scheduler::known(JobId job, const char* event) {
  Record* record = jobs_.find(job);
  expect_of_world(record != nullptr, "{} of job {}, which is not active", event, job.value);
  return *record;
}

void Scheduler::on(const Started& event) {
  Record& record = known(event.job, "start");
  expect_of_world(record.phase == Phase::kStarting || record.phase == Phase::kStopping,
                  "job {} started unasked", event.job.value);
  if (record.phase == Phase::kStarting) record.phase = Phase::kRunning;
  record.started = now_;
}

void Scheduler::on(const Finished& event) {
  release(known(event.job, "end"));
  forget(event.job, counts_.completed);
}

void Scheduler::on(const Failed& event) {
  release(known(event.job, "failure"));
  forget(event.job, counts_.failed);
}

void Scheduler::on(const Stopped& event) {
  Record& record = known(event.job, "stop");
  release(record);
  expect_of_world(event.lost >= Duration::zero() && event.lost <= now_ - record.started,
                  "job {} lost {} ns of work, more than it had done", event.job.value,
                  event.lost.count());
  record.phase = Phase::kQueued;
  ++counts_.queued;
}

void Scheduler::on(const Cancelled& event) {
  Record& record = known(event.job, "cancellation");
  if (record.phase == Phase::kQueued) {
    --counts_.queued;
  } else {
    release(record);
  }
  forget(event.job, counts_.cancelled);
}

void Scheduler::on(const NodeDown& event) {
  expect_of_world(free_.is_up(event.node), "node {} goes down twice", event.node.value);
  const Node& node = header_.cluster.node(event.node);
  for (std::uint32_t i = 0; i < node.device_count; ++i) {
    expect_of_world(!holder_[node.first_device.value + i], "{} is down but still holds a gang",
                    node.name);
  }
  free_.set_up(event.node, false);
  ++nodes_down_;
}

void Scheduler::on(const NodeUp& event) {
  expect_of_world(!free_.is_up(event.node), "node {} comes up twice", event.node.value);
  free_.set_up(event.node, true);
  --nodes_down_;
}

void Scheduler::on(const PriorityChanged& event) {
  known(event.job, "priority change").job.priority = event.priority;
  lowest_priority_ = std::min(lowest_priority_, event.priority);
  highest_priority_ = std::max(highest_priority_, event.priority);
}

void Scheduler::release(Record& record) {
  expect_of_world(record.phase != Phase::kQueued, "job {} holds nothing", record.job.id.value);
  free_.give_back(record.job.demand, record.allocation);
  for (const DeviceId device : record.allocation.devices) {
    CHECK(holder_[device.value] == record.job.id, "device {} is not held by job {}", device.value,
          record.job.id.value);
    holder_[device.value].reset();
  }
  held_by_tenant_[record.job.tenant.value] -= record.job.demand.devices;
  record.allocation = {};
  --counts_.running;
}

void Scheduler::forget(JobId job, std::uint64_t& counter) {
  jobs_.erase(job);
  ++counter;
}

void Scheduler::commit(const Start& start) {
  Record* record = jobs_.find(start.job);
  if (record == nullptr || record->phase != Phase::kQueued) {
    throw RuleBroken("only-waiting-jobs-start", fmt::format("job {}", start.job.value));
  }
  for (const DeviceId device : start.allocation.devices) {
    std::optional<JobId>& holder = holder_[device.value];
    if (holder) {
      throw RuleBroken("device-free",
                       fmt::format("device {} is held by job {}", device.value, holder->value));
    }
    holder = start.job;
  }
  const Tenant& tenant = header_.tenants.at(record->job.tenant);
  std::uint32_t& held = held_by_tenant_[tenant.id.value];
  held += record->job.demand.devices;
  if (tenant.quota && held > *tenant.quota) {
    throw RuleBroken("quota", fmt::format("{} would hold {} devices, its quota is {}", tenant.name,
                                          held, *tenant.quota));
  }
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
  record->phase = Phase::kStopping;
}

void Scheduler::commit(const Reject& reject) {
  const Record* record = jobs_.find(reject.job);
  if (record == nullptr || record->phase != Phase::kQueued) {
    throw RuleBroken("only-waiting-jobs-are-rejected", fmt::format("job {}", reject.job.value));
  }
  --counts_.queued;
  forget(reject.job, counts_.rejected);
}

}  // namespace tandem
