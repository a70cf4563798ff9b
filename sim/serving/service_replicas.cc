// The replicas of a service: how many are wanted, and what becomes of requests as they come and go.
#include <algorithm>
#include <utility>

#include "sim/serving/service.h"

namespace tandem {

void Service::placed(ReplicaPlace place, const Allocation& allocation) {
  Pool& pool = pools_[place.pool];
  pool.place(place.replica, allocation);
  auto& handles = engine_wakes_[place.pool];
  if (handles.size() <= place.replica) handles.resize(place.replica + 1);
  handles[place.replica].resize(pool.replica(place.replica).engines.size());
}

void Service::started(ReplicaPlace place, Time now) {
  const Replica& replica = pools_[place.pool].replica(place.replica);
  wakes_.schedule(later(now, settings_.startup), {Wake::What::kReady, place, replica.starts});
  resume_looks(now);
}

void Service::stopped(ReplicaPlace place, Time now, PoolWishes& wishes) {
  stand_still(place);
  for (ServedRequest& request : pools_[place.pool].lose(place.replica, now, wishes)) {
    // What its user has seen of an answer cannot be taken back, and another replica would go on
    // differently.
    if (request.first_token) {
      end(request, RequestState::kFailed, kLost, now);
    } else {
      held_[place.pool].push_back(std::move(request));
    }
  }
  report_held(now);
  lose_handovers(place, now);
  settle(now, wishes);
  fetch_next(now);
  // Other replicas may stop at this very instant, so it is later that those who are left go on.
  wakes_.schedule(now, {Wake::What::kRelease, {place.pool, 0}, 0});
  resume_looks(now);
}

void Service::rejected(ReplicaPlace place, Time now) {
  pools_[place.pool].replica(place.replica).state = Replica::State::kGone;
  has_failed_ = true;
  for (auto& held : held_) {
    for (const ServedRequest& request : std::exchange(held, {}))
      turn_away(request, kNoService, now);
  }
  for (std::uint32_t sender = 0; sender < handovers_.senders(); ++sender) fail_waiting(sender, now);
  report_held(now);
  fetch_next(now);
  // If that was all, the other pool's replicas have nothing left to do.
  wakes_.schedule(now, {Wake::What::kScale, {place.pool, 0}, 1});
}

void Service::node_failed(NodeId node, Time now) {
  for (std::uint32_t pool = 0; pool < pools_.size(); ++pool) {
    const auto replicas = pools_[pool].replicas();
    for (std::uint32_t i = 0; i < replicas.size(); ++i) {
      const auto& nodes = replicas[i].nodes;
      if (std::ranges::find(nodes, node, &NodeShare::node) == nodes.end()) continue;
      Replica& replica = pools_[pool].replica(i);
      replica.is_hung = true;
      for (const auto& engine : replica.engines) engine->halt(now);
      stand_still({pool, i});
      handovers_.stall({pool, i}, now);
    }
  }
}

void Service::stand_still(ReplicaPlace place) {
  auto& handles = engine_wakes_[place.pool];
  if (place.replica >= handles.size()) return;
  for (auto& handle : handles[place.replica]) {
    if (handle) wakes_.cancel(*handle);
    handle.reset();
  }
}

void Service::become_ready(ReplicaPlace place, std::uint32_t start, Time now) {
  Replica& replica = pools_[place.pool].replica(place.replica);
  if (replica.state != Replica::State::kStarting || replica.starts != start) return;
  if (replica.is_hung) return;
  replica.state = Replica::State::kReady;
  pools_[place.pool].router().appeared(place.replica);
  for (const auto& engine : replica.engines) engine->report_load(now);
  // Others may become ready at this very instant: all get their part.
  wakes_.schedule(now, {Wake::What::kRelease, {place.pool, 0}, 0});
}

void Service::release(std::uint32_t pool, Time now, PoolWishes& wishes) {
  if (held(pool) == 0 && (pool > 0 || handovers_.waiting() == 0)) return;
  if (std::ranges::none_of(pools_[pool].replicas(), &Replica::takes_requests)) {
    return expect_replica(pool, now);
  }
  std::deque<ServedRequest> held = std::exchange(held_[pool], {});
  report_held(now);
  for (ServedRequest& request : held) dispatch(pool, std::move(request), now);
  if (pool > 0) return;
  for (std::uint32_t sender = 0; sender < handovers_.senders(); ++sender) send(sender, now);
  settle(now, wishes);
}

void Service::expect_replica(std::uint32_t pool, Time now) {
  // Nobody is there and nobody comes, unless somebody looks at once.
  if (pools_[pool].live() == 0) wakes_.schedule(now, {Wake::What::kScale, {pool, 0}, 1});
}

void Service::scale(std::uint32_t pool, std::uint32_t replicas, Time now, PoolWishes& wishes) {
  const auto new_job = [&](std::size_t replica) {
    return around_.new_job(id_, {pool, static_cast<std::uint32_t>(replica)});
  };
  pools_[pool].scale(replicas, now, new_job, wishes);
}

void Service::look(std::uint32_t pool_number, bool again, Time now, PoolWishes& wishes) {
  Pool& pool = pools_[pool_number];
  if (is_closed_ || has_failed_) return;
  if (!pool.autoscaler().is_on()) return scale(pool_number, pool.least(), now, wishes);
  const std::int64_t held = this->held(pool_number);
  Autoscaler::Signals signals = pool.signals();
  signals.outstanding += held;
  signals.waiting += held;
  const ServingEngine::FirstTokens first_tokens = pool.take_first_tokens();
  signals.first_tokens = first_tokens.given;
  signals.in_time = first_tokens.in_time;
  const std::uint32_t wanted = pool.autoscaler().wanted(signals, now);
  scale(pool_number, wanted, now, wishes);
  if (!again) return;
  const bool stays = wanted == signals.replicas && first_tokens.given == 0;
  if (stays && pool.autoscaler().is_steady() && wakes_.size() == looks_due_) {
    paused_looks_[pool_number] = now;
  } else {
    schedule_look(pool_number, later(now, pool.autoscaler().interval()));
  }
}

void Service::schedule_look(std::uint32_t pool, Time time) {
  wakes_.schedule(time, {Wake::What::kScale, {pool, 0}, 0});
  ++looks_due_;
}

void Service::resume_looks(Time now) {
  if (wakes_.size() == looks_due_) return;
  for (std::uint32_t i = 0; i < paused_looks_.size(); ++i) {
    const auto paused = std::exchange(paused_looks_[i], std::nullopt);
    if (!paused) continue;
    Autoscaler& autoscaler = pools_[i].autoscaler();
    const Duration interval = autoscaler.interval();
    const Time last = *paused + (now - *paused) / interval * interval;
    autoscaler.stood_still_until(last);
    schedule_look(i, later(last, interval));
  }
}

void Service::settle(Time now, PoolWishes& wishes) {
  for (Pool& pool : pools_) {
    for (std::size_t i = 0; i < pool.replicas().size(); ++i) pool.settle(i, now, wishes);
  }
}

void Service::close_if_done(Time now, PoolWishes& wishes) {
  if (has_next_ || in_flight_ > 0 || is_closed_) return;
  is_closed_ = true;
  for (std::uint32_t i = 0; i < pools_.size(); ++i) scale(i, 0, now, wishes);
  settle(now, wishes);
}

}  // namespace tandem
