#include "sim/serving/service.h"

#include <algorithm>
#include <utility>

namespace tandem {

Service::Service(const Surroundings& around, ServiceId id, std::uint64_t seed)
    : around_(around),
      id_(id),
      settings_(around.scenario.services[id.value]),
      source_(settings_.requests(seed)),
      handovers_(id, around.network) {
  const Scenario& scenario = around.scenario;
  Pool::Surroundings pool{.service = settings_,
                          .pool = settings_.pool,
                          .cluster = scenario.cluster,
                          .tenants = scenario.tenants,
                          .recorder = around.recorder,
                          .id = id,
                          .job_prefix = settings_.name + "/",
                          .pools = settings_.prefill ? 2U : 1U,
                          .first_token_limit = settings_.first_token_limit()};
  pools_.emplace_back(pool);
  if (settings_.prefill) {
    Pool::Surroundings prefill{.service = settings_,
                               .pool = *settings_.prefill,
                               .cluster = scenario.cluster,
                               .tenants = scenario.tenants,
                               .recorder = around.recorder,
                               .id = id,
                               .job_prefix = settings_.name + "/prefill",
                               .number = 1,
                               .pools = 2,
                               .first_token_limit = settings_.first_token_limit()};
    pools_.emplace_back(prefill);
  }
  held_.resize(pools_.size());
  engine_wakes_.resize(pools_.size());
  paused_looks_.resize(pools_.size());
  for (std::uint32_t i = 0; i < pools_.size(); ++i) schedule_look(i, kStartOfTime);
  fetch_next(kStartOfTime);
}

bool Service::may_come() {
  if (!has_next_) has_next_ = source_->next(next_);
  // A closed loop: whoever would come while too many are in flight comes when one of them ends.
  const bool is_full = settings_.max_concurrency > 0 && in_flight_ >= settings_.max_concurrency;
  return has_next_ && !is_full;
}

void Service::fetch_next(Time now) {
  if (is_next_due_ || !may_come()) return;
  wakes_.schedule(std::max(next_.request.arrival, now), {Wake::What::kArrival, {}, 0});
  is_next_due_ = true;
}

void Service::advance(PoolWishes& wishes) {
  const Time now = wakes_.next_time();
  while (!wakes_.empty() && wakes_.next_time() == now) {
    const Wake wake = wakes_.pop();
    switch (wake.what) {
      case Wake::What::kArrival: arrive(now); break;
      case Wake::What::kEngine: run_engine(wake.place, wake.number, now, wishes); break;
      case Wake::What::kReady: become_ready(wake.place, wake.number, now); break;
      case Wake::What::kRelease: release(wake.place.pool, now, wishes); break;
      case Wake::What::kScale:
        looks_due_ -= wake.number == 0;
        look(wake.place.pool, wake.number == 0, now, wishes);
        break;
    }
  }
  resume_looks(now);
  close_if_done(now, wishes);
  wishes.transfers |= handovers_.has_begun();
}

void Service::arrive(Time now) {
  is_next_due_ = false;
  // All of one instant come before an engine begins a step.
  while (may_come() && next_.request.arrival <= now) {
    next_.request.arrival = now;
    ServedRequest request{.arrival = std::move(next_)};
    next_ = {};
    has_next_ = false;
    ++arrived_;
    ++in_flight_;
    around_.recorder.arrived(id_, request.arrival.request);
    if (fits(request.arrival)) {
      take_in(std::move(request), now);
    } else {
      turn_away(request, kTooLong, now);
    }
  }
  fetch_next(now);
}

bool Service::fits(const RequestArrival& arrival) const {
  // The last token is never computed, and of those who only prefill nobody but the prompt's.
  const std::int64_t prompt = arrival.request.prompt_tokens;
  return pools_.back().holds(prompt) && pools_.front().holds(prompt + arrival.output_tokens - 1);
}

void Service::take_in(ServedRequest request, Time now) {
  Request& asked = request.arrival.request;
  if (asked.deadline == kForever)
    asked.deadline = later(asked.arrival, settings_.first_token_limit());
  request.answer = request.arrival.output_tokens;
  if (pools_.size() > 1) request.arrival.output_tokens = 1;
  dispatch(entry_pool(), std::move(request), now);
}

void Service::dispatch(std::uint32_t pool_number, ServedRequest request, Time now) {
  if (has_failed_) return turn_away(request, kNoService, now);
  Pool& pool = pools_[pool_number];
  const auto chosen =
      pool.router().choose(request.arrival.request, ReplicaList(pool.replicas()), now);
  if (!chosen) {
    held_[pool_number].push_back(std::move(request));
    return has_to_wait(pool_number, now);
  }
  submit({pool_number, static_cast<std::uint32_t>(*chosen)}, std::move(request), now);
}

void Service::has_to_wait(std::uint32_t pool, Time now) {
  report_held(now);
  expect_replica(pool, now);
}

void Service::submit(ReplicaPlace place, ServedRequest request, Time now) {
  Replica& replica = pools_[place.pool].replica(place.replica);
  const auto idlest = std::ranges::min_element(
      replica.engines, {}, [](const auto& engine) { return engine->outstanding(); });
  (*idlest)->submit(std::move(request), now);
  wake_engine(place, static_cast<std::uint32_t>(idlest - replica.engines.begin()));
  tell_router(place, now);
}

void Service::tell_router(ReplicaPlace place, Time now) {
  Pool& pool = pools_[place.pool];
  if (!pool.router().wants_changes()) return;
  pool.router().changed(place.replica, ReplicaList(pool.replicas()), now);
}

void Service::wake_engine(ReplicaPlace place, std::uint32_t engine) {
  const Replica& replica = pools_[place.pool].replica(place.replica);
  auto& handle = engine_wakes_[place.pool][place.replica][engine];
  if (handle) wakes_.cancel(*handle);
  handle.reset();
  if (replica.is_hung) return;
  const Time next = replica.engines[engine]->next_time();
  if (next != kForever) handle = wakes_.schedule(next, {Wake::What::kEngine, place, engine});
}

void Service::run_engine(ReplicaPlace place, std::uint32_t engine, Time now, PoolWishes& wishes) {
  Pool& pool = pools_[place.pool];
  engine_wakes_[place.pool][place.replica][engine].reset();
  std::vector<ServedRequest> ended = std::exchange(ended_, {});
  pool.replica(place.replica).engines[engine]->advance(now, ended);
  wake_engine(place, engine);
  if (!ended.empty()) {
    tell_router(place, now);
    for (ServedRequest& request : ended) answered(place, std::move(request), now);
    ended.clear();
    pool.settle(place.replica, now, wishes);
    fetch_next(now);
  }
  ended_ = std::move(ended);
}

void Service::answered(ReplicaPlace place, ServedRequest request, Time now) {
  if (request.generated >= request.answer) {
    end(request, RequestState::kCompleted, {}, now);
  } else {
    hand_over(place, std::move(request), now);
  }
}

void Service::hand_over(ReplicaPlace from, ServedRequest request, Time now) {
  request.arrival.output_tokens = request.answer;
  ++pools_[from.pool].replica(from.replica).sending;
  const Bytes state{settings_.kv_per_token.count * request.arrival.request.prompt_tokens};
  handovers_.add(from.replica, {.request = std::move(request), .state = state});
  send(from.replica, now);
}

void Service::send(std::uint32_t sender, Time now) {
  Pool& pool = pools_[0];
  while (Handover* next = handovers_.next(sender)) {
    const Request& asked = next->request.arrival.request;
    const auto chosen = pool.router().choose(asked, ReplicaList(pool.replicas()), now);
    if (!chosen) return has_to_wait(0, now);
    next->to = static_cast<std::uint32_t>(*chosen);
    Replica& to = pool.replica(*chosen);
    to.receiving += next->load();
    if (handovers_.begin(sender, pools_[1].replica(sender), to, now)) {
      return tell_router({0, next->to}, now);
    }
    received(sender, now);
  }
}

void Service::received(std::uint32_t sender, Time now) {
  Handover handover = handovers_.take(sender);
  --pools_[1].replica(sender).sending;
  pools_[0].replica(handover.to).receiving -= handover.load();
  submit({0, handover.to}, std::move(handover.request), now);
}

void Service::handed_over(std::uint32_t sender, Time now, PoolWishes& wishes) {
  received(sender, now);
  send(sender, now);
  pools_[1].settle(sender, now, wishes);
  resume_looks(now);
}

void Service::lose_handovers(ReplicaPlace place, Time now) {
  if (place.pool == 0) {
    // Sent again, with what waits for a replica, once it is known who else is lost.
    handovers_.target_lost(place.replica, now);
  } else if (place.replica < handovers_.senders()) {
    if (const auto sent = handovers_.take_sent(place.replica, now)) {
      --pools_[1].replica(place.replica).sending;
      pools_[0].replica(sent->to).receiving -= sent->load();
      end(sent->request, RequestState::kFailed, kLost, now);
    }
    fail_waiting(place.replica, now);
  }
}

void Service::fail_waiting(std::uint32_t sender, Time now) {
  for (const Handover& handover : handovers_.take_waiting(sender)) {
    --pools_[1].replica(sender).sending;
    end(handover.request, RequestState::kFailed, kLost, now);
  }
}

void Service::end(const ServedRequest& request, RequestState state, std::string_view cause,
                  Time now) {
  const Request& asked = request.arrival.request;
  around_.recorder.ended({.service = id_,
                          .id = asked.id,
                          .tenant = asked.tenant,
                          .priority = asked.priority,
                          .state = state,
                          .arrival = asked.arrival,
                          .first_token = request.first_token.value_or(now),
                          .last_token = request.last_token.ceiling(),
                          .prompt_tokens = asked.prompt_tokens,
                          .output_tokens = request.generated,
                          .cached_tokens = request.cached,
                          .prefix_blocks = static_cast<std::uint32_t>(asked.prefix.size()),
                          .blocks_found = request.blocks_found,
                          .evictions = request.evictions,
                          .cause = std::string(cause)});
  --in_flight_;
}

void Service::turn_away(const ServedRequest& request, std::string_view cause, Time now) {
  end(request, request.first_token ? RequestState::kFailed : RequestState::kRejected, cause, now);
}

std::int64_t Service::held(std::uint32_t pool) const {
  const auto held = std::ssize(held_[pool]);
  // While there is somebody to send to, they wait for their senders.
  if (pool > 0 || std::ranges::any_of(pools_[0].replicas(), &Replica::takes_requests)) return held;
  return held + handovers_.waiting();
}

void Service::report_held(Time now) {
  std::int64_t waiting = 0;
  for (std::uint32_t pool = 0; pool < pools_.size(); ++pool) waiting += held(pool);
  around_.recorder.load(id_, ServiceRecorder::kFront, now, {.waiting = waiting});
}

}  // namespace tandem
