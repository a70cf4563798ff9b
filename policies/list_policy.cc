#include "policies/list_policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "policies/core/allocation.h"
#include "policies/core/plan.h"

namespace tandem {

/// One call of schedule(): what the backfill sees of the policy and the plan.
class ListPolicy::Draft final : public Filling {
 public:
  Draft(ListPolicy& policy, Time now, Plan& plan)
      : policy_(policy), parts_(policy.parts_), now_(now), plan_(plan) {}

  Time now() const override { return now_; }
  const Queue& queue() const override { return policy_.queue_; }
  const FreeDevices& free() const override { return plan_.free(); }
  const Placement& placement() const override { return *parts_.placement; }
  const Job& job(JobId job) const override { return policy_.jobs_.at(job).job; }
  Duration estimate(JobId job) const override {
    return policy_.jobs_.longest_run(policy_.jobs_.at(job), now_);
  }
  Allocation start(JobId job, std::string reason) override {
    auto allocation = placement().place(this->job(job).demand, free());
    start_at(job, *allocation, std::move(reason));
    return std::move(*allocation);
  }
  void start_at(JobId job, const Allocation& allocation, std::string reason) override;
  std::string why_first(JobId job) const override;
  void wake_at(Time time) override { policy_.wake_ = std::min(policy_.wake_, time); }

  ListedJob* first_in_order();
  bool fits(const ListedJob& job) const { return place(job.job).has_value(); }
  /// Starts jobs in order while they fit. Returns the first that does not, if any.
  ListedJob* start_in_order();
  /// Whether the head will fit once gangs have let go that were asked to, now or before.
  bool make_room(ListedJob& head);
  void grow();
  void wake_for_changes();

 private:
  std::optional<Allocation> place(const Job& job) const;
  void resize(ListedJob& job, Allocation allocation, std::string reason);
  Preemption::View view() const { return {now_, plan_.free(), policy_.jobs_, *parts_.order}; }

  ListPolicy& policy_;
  Parts& parts_;
  Time now_;
  Plan& plan_;
};

std::optional<Allocation> ListPolicy::Draft::place(const Job& job) const {
  for (std::optional size = job.demand.devices; size; size = job.size_below(*size)) {
    if (auto allocation = placement().place(job.demand_on(*size), free())) return allocation;
  }
  return std::nullopt;
}

ListedJob* ListPolicy::Draft::first_in_order() {
  return queue().empty() ? nullptr : &policy_.first();
}

ListedJob* ListPolicy::Draft::start_in_order() {
  while (ListedJob* head = first_in_order()) {
    const auto allocation = place(head->job);
    if (!allocation) return head;
    start_at(head->job.id, *allocation, why_first(head->job.id));
  }
  return nullptr;
}

std::string ListPolicy::Draft::why_first(JobId id) const {
  const ListedJob& job = policy_.jobs_.at(id);
  if (job.returning) return "lost a node, goes before gangs that never started";
  return parts_.order->why(policy_.jobs_.claim(job, now_), now_);
}

void ListPolicy::Draft::start_at(JobId id, const Allocation& allocation, std::string reason) {
  ListedJob& job = policy_.jobs_.at(id);
  const std::string place = placement().why(held_demand(job.job, allocation), allocation, free());
  if (!place.empty()) reason += fmt::format(" ({})", place);
  plan_.start(job.job, allocation, std::move(reason));
  if (policy_.claimant_ == id) policy_.claimant_.reset();
  policy_.leave_queue(job, now_);
  policy_.jobs_.begin(job, allocation, now_);
  policy_.serve(job, now_);
  policy_.queue_.refresh(now_);
}

void ListPolicy::Draft::resize(ListedJob& job, Allocation allocation, std::string reason) {
  plan_.resize(job.job, job.allocation, allocation, std::move(reason));
  policy_.jobs_.resize(job, std::move(allocation), now_);
}

bool ListPolicy::Draft::make_room(ListedJob& head) {
  const Demand least = head.job.demand_on(head.job.least_devices());
  if (parts_.growth) {
    for (auto& [job, allocation] : parts_.growth->shrink(view(), least)) {
      resize(policy_.jobs_.at(job), std::move(allocation),
             fmt::format("shrinks so that job {} can start", head.job.name));
    }
  }
  if (!parts_.preemption) {
    return parts_.growth && parts_.growth->will_fit(view(), least);
  }
  const Preemption::Decision decision = parts_.preemption->decide(view(), head, least);
  for (const JobId victim : decision.victims) {
    plan_.preempt(victim, parts_.preemption->why(head.job));
    policy_.jobs_.stop(policy_.jobs_.at(victim), now_);
    if (parts_.preemption->keeps_turn()) policy_.claimant_ = head.job.id;
  }
  return decision.head_will_fit;
}

void ListPolicy::Draft::grow() {
  for (auto& [job, allocation] : parts_.growth->grow(view(), *parts_.placement)) {
    ListedJob& gang = policy_.jobs_.at(job);
    const auto from = gang.allocation.devices.size();
    const auto to = allocation.devices.size();
    resize(gang, std::move(allocation),
           fmt::format("grows from {} to {} devices: nobody waits for them", from, to));
  }
}

void ListPolicy::Draft::wake_for_changes() {
  if (!parts_.preemption) return;
  if (const auto change = parts_.preemption->next_change(view())) wake_at(*change);
  if (const auto end = queue().next_ending(); end && *end > now_) wake_at(*end);
}

ListPolicy::ListPolicy(const Surroundings& surroundings, Parts parts)
    : parts_(std::move(parts)),
      jobs_(surroundings, parts_.order->needs_oracle()),
      queue_(*parts_.order, parts_.backfill->looks_for()),
      gates_(surroundings.tenants, *parts_.order, jobs_) {}

ListPolicy::~ListPolicy() = default;

void ListPolicy::observe(const Event& event, Time now) {
  std::visit([&](const auto& e) { on(e, now); }, event);
  // That a gang has begun to compute matters only to those who would stop or resize it.
  const bool matters =
      parts_.preemption || parts_.growth || !std::holds_alternative<Started>(event);
  changed_ = changed_ || matters;
}

void ListPolicy::schedule(const ClusterView& view, Plan& plan) {
  if (std::exchange(changed_, false) || wake_ <= view.now) decide(view.now, plan);
  if (wake_ != kForever) plan.wake_at(wake_);
}

void ListPolicy::decide(Time now, Plan& plan) {
  wake_ = kForever;
  Draft draft(*this, now, plan);
  queue_.refresh(now);
  const bool fills_first = parts_.backfill->decides_first() && !claimant_;
  ListedJob* head = fills_first ? draft.first_in_order() : draft.start_in_order();
  if (head != nullptr) {
    if ((fills_first && draft.fits(*head)) || !draft.make_room(*head)) {
      parts_.backfill->fill(draft, head->job.id);
    }
    // A backfill plans with preferred sizes. An elastic job that only fits below its own must not
    // wait for what will never be free: with nobody to wait for, there is no plan to keep.
    const bool waits_for_nobody = jobs_.holding().empty() && wake_ == kForever;
    if (fills_first && waits_for_nobody) draft.start_in_order();
    draft.wake_for_changes();
  }
  if (queue_.empty() && parts_.growth) draft.grow();
}

ListedJob& ListPolicy::first() {
  ListedJob& first = jobs_.at(queue_.first());
  return claimant_ && !first.returning ? jobs_.at(*claimant_) : first;
}

void ListPolicy::wait(ListedJob& job, Time now) {
  job.where = ListedJob::Where::kQueue;
  parts_.order->waits(jobs_.claim(job, now), now);
  enter_queue(job, now);
}

void ListPolicy::enter_queue(const ListedJob& job, Time now) {
  queue_.insert(jobs_.claim(job, now), jobs_.longest_run(job, now), job.job.demand, job.returning,
                now);
  parts_.backfill->waits(job.job);
}

void ListPolicy::leave_queue(const ListedJob& job, Time now) {
  parts_.order->waits_no_more(jobs_.claim(job, now), now);
  parts_.backfill->waits_no_more(job.job);
  queue_.erase(job.job.id);
}

void ListPolicy::admit(TenantId tenant, Time now) {
  if (!gates_.guards(tenant)) return;
  for (const JobId job : gates_.admit(tenant, now)) wait(jobs_.at(job), now);
}

void ListPolicy::serve(const ListedJob& job, Time now) {
  const Claim claim = jobs_.claim(job, now);
  parts_.order->served(claim, now);
  if (parts_.order->moves_when_served()) {
    queue_.move_lane(parts_.order->standing(claim, now).lane, now);
  }
  if (parts_.preemption) {
    parts_.preemption->held(claim.tenant, static_cast<std::int64_t>(claim.device_thousandths));
  }
  parts_.backfill->running(job.job, job.allocation, jobs_.estimated_end(job, now));
}

void ListPolicy::unserve(const ListedJob& job, Time now) {
  const Claim claim = jobs_.claim(job, now);
  parts_.order->unserved(claim, now);
  if (parts_.order->moves_when_served()) {
    queue_.move_lane(parts_.order->standing(claim, now).lane, now);
  }
  if (parts_.preemption) {
    parts_.preemption->held(claim.tenant, -static_cast<std::int64_t>(claim.device_thousandths));
  }
  parts_.backfill->ended(job.job.id);
}

void ListPolicy::on(const Submitted& event, Time now) {
  parts_.placement->submitted(event.job.demand);
  ListedJob& job = jobs_.add(event.job, now);
  if (!gates_.guards(job.job.tenant)) return wait(job, now);
  gates_.wait(job, now);
  admit(job.job.tenant, now);
}

void ListPolicy::on(const Started& event, Time now) {
  ListedJob& job = jobs_.at(event.job);
  jobs_.run(job, now);
  // Getting started may have taken time: the estimate counts from here.
  parts_.backfill->running(job.job, job.allocation, jobs_.estimated_end(job, now));
}

void ListPolicy::on(const Resized& event, Time now) {
  ListedJob& job = jobs_.at(event.job);
  unserve(job, now);
  jobs_.run(job, now);
  serve(job, now);
}

void ListPolicy::on(const Progressed& event, Time now) {
  jobs_.progressed(jobs_.at(event.job), event.work, now);
}

void ListPolicy::on(const Finished& event, Time now) {
  parts_.order->finished(jobs_.claim(jobs_.at(event.job), now), now);
  leave_for_good(event.job, now);
}

void ListPolicy::on(const Stopped& event, Time now) {
  ListedJob& job = jobs_.at(event.job);
  unserve(job, now);
  jobs_.end(job, event.lost, now);
  job.returning = event.cause != StopCause::kPreempted;
  job.spared = job.spared || (!job.returning && event.lost > Duration::zero());
  wait(job, now);
}

void ListPolicy::on(const Cancelled& event, Time now) {
  const ListedJob& job = jobs_.at(event.job);
  if (!job.waits()) return leave_for_good(event.job, now);
  const Job withdrawn = job.job;
  if (claimant_ == event.job) claimant_.reset();
  if (job.where == ListedJob::Where::kGate) {
    gates_.erase(job);
  } else {
    leave_queue(job, now);
    if (gates_.guards(withdrawn.tenant)) gates_.leave(withdrawn);
  }
  jobs_.erase(event.job);
  admit(withdrawn.tenant, now);
}

void ListPolicy::leave_for_good(JobId id, Time now) {
  ListedJob& job = jobs_.at(id);
  unserve(job, now);
  jobs_.end(job, Duration::zero(), now);
  const TenantId tenant = job.job.tenant;
  if (gates_.guards(tenant)) gates_.leave(job.job);
  jobs_.erase(id);
  admit(tenant, now);
}

void ListPolicy::on(const PriorityChanged& event, Time now) {
  ListedJob& job = jobs_.at(event.job);
  job.job.priority = event.priority;
  if (job.where == ListedJob::Where::kQueue) {
    queue_.erase(event.job);
    enter_queue(job, now);
  } else if (job.where == ListedJob::Where::kGate) {
    gates_.erase(job);
    gates_.wait(job, now);
    admit(job.job.tenant, now);
  }
}

}  // namespace tandem
