#include "policies/list_policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "policies/core/plan.h"

namespace tandem {

/// One call of schedule(): what the backfill sees of the policy and the plan.
class ListPolicy::Draft final : public Filling {
 public:
  Draft(ListPolicy& policy, Time now, Plan& plan) : policy_(policy), now_(now), plan_(plan) {}

  Time now() const override { return now_; }
  const Queue& queue() const override { return policy_.queue_; }
  const FreeDevices& free() const override { return plan_.free(); }
  const Placement& placement() const override { return *policy_.placement_; }
  const Job& job(JobId job) const override { return policy_.jobs_.at(job).job; }
  Duration estimate(JobId job) const override { return policy_.remaining(policy_.jobs_.at(job)); }
  Allocation start(JobId job, std::string reason) override {
    auto allocation = placement().place(this->job(job).demand, free());
    start_at(job, *allocation, std::move(reason));
    return std::move(*allocation);
  }
  std::string why_first(JobId job) const override {
    const Record& record = policy_.jobs_.at(job);
    if (record.returning) return "lost a node, goes before gangs that never started";
    return policy_.order_->why(policy_.claim_of(record.job), now_);
  }
  void wake_at(Time time) override { policy_.wake_ = std::min(policy_.wake_, time); }
  void start_at(JobId job, const Allocation& allocation, std::string reason) override {
    Record& record = policy_.jobs_.at(job);
    plan_.start(record.job, allocation, std::move(reason));
    policy_.queue_.erase(job);
    policy_.order_->served(policy_.claim_of(record.job), now_);
    record.where = Where::kDevices;
    record.returning = false;
    record.allocation = allocation;
    policy_.backfill_->running(record.job, allocation, later(now_, policy_.remaining(record)));
  }

 private:
  ListPolicy& policy_;
  Time now_;
  Plan& plan_;
};

ListPolicy::ListPolicy(const Tenants& tenants, std::unique_ptr<Order> order,
                       std::unique_ptr<Backfill> backfill, std::unique_ptr<Placement> placement)
    : tenants_(tenants),
      order_(std::move(order)),
      backfill_(std::move(backfill)),
      placement_(std::move(placement)),
      queue_(*order_, backfill_->by_shape()) {
  for (const Tenant& tenant : tenants.all()) {
    if (tenant.quota) gates_.emplace(tenant.id, Gate{Queue(*order_, false), 0});
  }
}

ListPolicy::~ListPolicy() = default;

void ListPolicy::observe(const Event& event, Time now) {
  std::visit([&](const auto& e) { on(e, now); }, event);
}

void ListPolicy::schedule(const ClusterView& view, Plan& plan) {
  if (std::exchange(changed_, false) || wake_ <= view.now) decide(view.now, plan);
  if (wake_ != kForever) plan.wake_at(wake_);
}

void ListPolicy::decide(Time now, Plan& plan) {
  wake_ = kForever;
  Draft draft(*this, now, plan);
  queue_.refresh(now);
  if (!backfill_->decides_first()) start_leading(draft);
  if (!queue_.empty()) backfill_->fill(draft, queue_.first());
}

void ListPolicy::start_leading(Draft& draft) {
  while (!queue_.empty()) {
    const JobId head = queue_.first();
    const auto allocation = placement_->place(jobs_.at(head).job.demand, draft.free());
    if (!allocation) return;
    draft.start_at(head, *allocation, draft.why_first(head));
  }
}

Claim ListPolicy::claim_of(const Job& job) const {
  const Duration size = order_->needs_oracle() ? *job.oracle_run_time : job.estimate;
  return {job.id.value, job.tenant, job.priority, job.submitted, size, job.demand.devices};
}

Duration ListPolicy::remaining(const Record& record) const {
  return std::max(record.job.estimate - record.progress, Duration::zero());
}

void ListPolicy::wait_in(Queue& queue, const Record& record, Time now) {
  queue.insert(claim_of(record.job), remaining(record), record.job.demand, record.returning, now);
}

ListPolicy::Gate* ListPolicy::gate_of(TenantId tenant) {
  if (gates_.empty()) return nullptr;
  const auto gate = gates_.find(tenant);
  return gate == gates_.end() ? nullptr : &gate->second;
}

void ListPolicy::admit(TenantId tenant, Time now) {
  Gate& gate = *gate_of(tenant);
  gate.waiting.refresh(now);
  while (!gate.waiting.empty()) {
    Record& next = jobs_.at(gate.waiting.first());
    if (gate.admitted + next.job.demand.devices > *tenants_.at(tenant).quota) return;
    gate.admitted += next.job.demand.devices;
    gate.waiting.erase(next.job.id);
    next.where = Where::kQueue;
    wait_in(queue_, next, now);
    changed_ = true;
  }
}

void ListPolicy::on(const Submitted& event, Time now) {
  Record& record = jobs_.emplace(event.job.id);
  record.job = event.job;
  record.where = Where::kQueue;
  if (Gate* gate = gate_of(event.job.tenant)) {
    record.where = Where::kGate;
    wait_in(gate->waiting, record, now);
    admit(event.job.tenant, now);
    return;
  }
  wait_in(queue_, record, now);
  changed_ = true;
}

void ListPolicy::on(const Started& event, Time now) {
  Record& record = jobs_.at(event.job);
  // Getting started may have taken time: the estimate counts from here.
  record.running_since = now;
  backfill_->running(record.job, record.allocation, later(now, remaining(record)));
}

void ListPolicy::let_go(Record& record, Time now) {
  order_->unserved(claim_of(record.job), now);
  backfill_->ended(record.job.id);
  record.allocation = {};
  changed_ = true;
}

void ListPolicy::on(const Stopped& event, Time now) {
  Record& record = jobs_.at(event.job);
  let_go(record, now);
  if (record.running_since) record.progress += now - *record.running_since - event.lost;
  record.running_since.reset();
  record.where = Where::kQueue;
  record.returning = event.cause == StopCause::kNodeDown;
  wait_in(queue_, record, now);
}

void ListPolicy::on(const Cancelled& event, Time now) {
  const Record& record = jobs_.at(event.job);
  if (record.where == Where::kDevices) {
    leave_for_good(event.job, now);
    return;
  }
  const TenantId tenant = record.job.tenant;
  Gate* gate = gate_of(tenant);
  if (record.where == Where::kGate) {
    gate->waiting.erase(event.job);
  } else {
    queue_.erase(event.job);
    if (gate != nullptr) gate->admitted -= record.job.demand.devices;
  }
  jobs_.erase(event.job);
  if (gate != nullptr) admit(tenant, now);
  changed_ = true;
}

void ListPolicy::leave_for_good(JobId job, Time now) {
  Record& record = jobs_.at(job);
  let_go(record, now);
  const TenantId tenant = record.job.tenant;
  const std::uint32_t devices = record.job.demand.devices;
  jobs_.erase(job);
  if (Gate* gate = gate_of(tenant)) {
    gate->admitted -= devices;
    admit(tenant, now);
  }
}

void ListPolicy::on(const PriorityChanged& event, Time now) {
  Record& record = jobs_.at(event.job);
  record.job.priority = event.priority;
  if (record.where == Where::kDevices) return;
  Queue& queue = record.where == Where::kQueue ? queue_ : gate_of(record.job.tenant)->waiting;
  queue.erase(event.job);
  wait_in(queue, record, now);
  if (record.where == Where::kGate) admit(record.job.tenant, now);
  changed_ = true;
}

}  // namespace tandem
