#include "sim/serving/pool.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "policies/batch/batch_registry.h"
#include "workloads/replica_job.h"

namespace tandem {
namespace {

void add(ServingEngine::FirstTokens& sum, const ServingEngine::FirstTokens& more) {
  sum.given += more.given;
  sum.in_time += more.in_time;
}

}  // namespace

Pool::Pool(const Surroundings& around)
    : around_(around),
      router_(around.service.routing, around.service.staleness),
      autoscaler_(around.pool.autoscale, around.pool.least, around.pool.most) {}

Autoscaler::Signals Pool::signals() const {
  Autoscaler::Signals signals;
  for (const Replica& replica : replicas_) {
    if (replica.state >= Replica::State::kDraining) continue;
    ++signals.replicas;
    signals.outstanding += replica.outstanding();
    signals.waiting += replica.waiting();
  }
  signals.capacity = around_.service.engine.max_sequences * around_.pool.engines;
  return signals;
}

ServingEngine::FirstTokens Pool::take_first_tokens() {
  for (const Replica& replica : replicas_) {
    for (const auto& engine : replica.engines) add(first_tokens_, engine->take_first_tokens());
  }
  return std::exchange(first_tokens_, {});
}

bool Pool::holds(std::int64_t tokens) const {
  return std::ranges::all_of(around_.pool.on, [&](const auto& entry) {
    return tokens <= entry.second.kv_blocks * around_.service.engine.block_tokens;
  });
}

void Pool::scale(std::uint32_t count, Time now, const std::function<JobId(std::size_t)>& new_job,
                 PoolWishes& wishes) {
  std::uint32_t live = this->live();
  for (; live < count; ++live) {
    const auto gone = std::ranges::find(replicas_, Replica::State::kGone, &Replica::state);
    Replica& replica = gone == replicas_.end() ? replicas_.emplace_back() : *gone;
    const std::uint32_t starts = replica.starts;
    replica = {};
    replica.starts = starts;
    replica.job = new_job(static_cast<std::size_t>(&replica - replicas_.data()));
    wishes.submitted.push_back(replica_job(around_.service, around_.pool, replica.job,
                                           fmt::format("{}{}", around_.job_prefix, submitted_++),
                                           now));
  }
  for (; live > count; --live) drain_one(now, wishes);
}

void Pool::drain_one(Time now, PoolWishes& wishes) {
  // Whoever loses least: those without devices, then those not ready, then the least loaded; of
  // equal ones the last.
  const auto cost = [](const Replica& replica) {
    return std::pair{replica.state, replica.outstanding()};
  };
  std::optional<std::size_t> chosen;
  for (std::size_t i = 0; i < replicas_.size(); ++i) {
    if (replicas_[i].state >= Replica::State::kDraining) continue;
    if (!chosen || cost(replicas_[i]) <= cost(replicas_[*chosen])) chosen = i;
  }
  Replica& replica = replicas_[*chosen];
  if (replica.state == Replica::State::kWaiting) {
    replica.state = Replica::State::kGone;
    wishes.withdrawn.push_back(replica.job);
    return;
  }
  replica.state = Replica::State::kDraining;
  settle(*chosen, now, wishes);
}

void Pool::settle(std::size_t at, Time now, PoolWishes& wishes) {
  Replica& replica = replicas_[at];
  if (replica.state != Replica::State::kDraining || !replica.is_idle()) return;
  replica.state = Replica::State::kGone;
  abandon(replica, now);
  wishes.finished.push_back(replica.job);
}

void Pool::place(std::size_t at, const Allocation& allocation) {
  Replica& replica = replicas_[at];
  replica.state = Replica::State::kStarting;
  replica.nodes = allocation.nodes;
  ++replica.starts;
  const NodeId first = allocation.nodes.front().node;
  const EngineOnDevice& on = around_.pool.on.at(around_.cluster.node(first).type);
  ServingEngine::Settings settings;
  settings.engine = around_.service.engine;
  settings.engine.kv_blocks = on.kv_blocks;
  settings.swap_ps_per_block = on.swap_ps_per_block;
  settings.service = around_.id;
  settings.first_token_limit = around_.first_token_limit;
  for (std::uint32_t i = 0; i < around_.pool.engines; ++i) {
    const std::uint32_t in_pool = static_cast<std::uint32_t>(at) * around_.pool.engines + i;
    settings.number = in_pool * around_.pools + around_.number;
    replica.engines.push_back(std::make_unique<ServingEngine>(
        settings, make_batch_policy(around_.service.batch_policy, around_.tenants), *on.cost,
        around_.recorder));
  }
}

std::vector<ServedRequest> Pool::abandon(Replica& replica, Time now) {
  std::vector<ServedRequest> left;
  for (const auto& engine : replica.engines) {
    add(first_tokens_, engine->take_first_tokens());
    for (ServedRequest& request : engine->abandon(now)) left.push_back(std::move(request));
  }
  replica.engines.clear();
  replica.nodes.clear();
  return left;
}

std::vector<ServedRequest> Pool::lose(std::size_t at, Time now, PoolWishes& wishes) {
  Replica& replica = replicas_[at];
  std::vector<ServedRequest> lost = abandon(replica, now);
  replica.is_hung = false;
  replica.receiving = {};
  if (replica.state == Replica::State::kDraining) {
    replica.state = Replica::State::kGone;
    wishes.withdrawn.push_back(replica.job);
  } else {
    replica.state = Replica::State::kWaiting;
  }
  return lost;
}

}  // namespace tandem
