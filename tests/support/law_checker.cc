#include "tests/support/law_checker.h"

#include <fmt/format.h>

#include <utility>

namespace tandem {

void LawChecker::require(bool holds, const std::string& law) {
  if (!holds) broken_.push_back(fmt::format("at {} s: {}", to_seconds(now_), law));
}

std::string LawChecker::broken() const {
  std::string text;
  for (const std::string& line : broken_) text += line + "\n";
  if (seen_.size() != ended_ + waiting_.size() + holding_.size()) text += "jobs got lost\n";
  return text;
}

void LawChecker::begin_run(const RunHeader& header) {
  header_ = header;
  std::uint32_t device = 0;
  for (const Node& node : header.cluster.nodes()) {
    NodeAccount& account = free_.emplace_back();
    account.cpus = node.cpus.count;
    account.memory = node.memory.count;
    account.type = node.type.value;
    for (std::uint32_t i = 0; i < node.device_count; ++i) account.devices.insert(device++);
  }
}

void LawChecker::begin_step(Time now) {
  require(now >= now_, "time goes back");
  now_ = now;
}

void LawChecker::start(const Start& start) {
  ++started_;
  const std::string name = fmt::format("job {}", start.job.value);
  const auto waiting = waiting_.find(start.job);
  require(waiting != waiting_.end(), name + " starts but does not wait");
  if (waiting == waiting_.end()) return;
  Holding holding{waiting->second, start.allocation.devices, {}, now_, false};
  waiting_.erase(waiting);
  const Demand& demand = holding.job.demand;
  require(demand.devices == holding.devices.size(), name + " is not whole");
  std::set<std::uint32_t> types;
  for (const DeviceId device : holding.devices) {
    std::uint32_t node = 0;
    while (node < free_.size() && free_[node].devices.count(device.value) == 0) ++node;
    require(node < free_.size(), fmt::format("{} takes device {}, not free", name, device.value));
    if (node == free_.size()) continue;
    free_[node].devices.erase(device.value);
    ++holding.ranks[node];
    types.insert(free_[node].type);
  }
  if (demand.devices == 0) {
    require(start.allocation.nodes.size() == 1, name + " has no single node");
    holding.ranks[start.allocation.nodes.front().node.value] = 1;
  } else {
    require(types.size() == 1, name + " mixes types");
    require(demand.types >> *types.begin() & 1, name + " does not accept the type");
  }
  require(!demand.one_node || holding.ranks.size() == 1, name + " is split");
  for (const auto& [node, ranks] : holding.ranks) {
    free_[node].cpus -= ranks * demand.cpus_per_rank.count;
    free_[node].memory -= ranks * demand.memory_per_rank.count;
    require(free_[node].up, name + " is on a node that is down");
    require(free_[node].cpus >= 0, name + " exceeds the CPUs");
    require(free_[node].memory >= 0, name + " exceeds the memory");
  }
  const Tenant& tenant = header_.tenants.at(holding.job.tenant);
  std::int64_t& held = held_by_tenant_[tenant.id.value];
  held += demand.devices;
  require(!tenant.quota || held <= std::int64_t{*tenant.quota}, name + " exceeds the quota");
  holding_.emplace(start.job, std::move(holding));
}

void LawChecker::let_go(JobId job) {
  const auto found = holding_.find(job);
  require(found != holding_.end(), fmt::format("job {} has nothing to let go", job.value));
  if (found == holding_.end()) return;
  const Holding& holding = found->second;
  std::uint32_t first = 0;
  for (std::uint32_t node = 0; node < free_.size(); ++node) {
    const std::uint32_t count = header_.cluster.nodes()[node].device_count;
    for (const DeviceId device : holding.devices) {
      if (device.value >= first && device.value < first + count) {
        free_[node].devices.insert(device.value);
      }
    }
    first += count;
  }
  for (const auto& [node, ranks] : holding.ranks) {
    free_[node].cpus += ranks * holding.job.demand.cpus_per_rank.count;
    free_[node].memory += ranks * holding.job.demand.memory_per_rank.count;
  }
  held_by_tenant_[holding.job.tenant.value] -= holding.job.demand.devices;
  waiting_.emplace(job, holding.job);
  holding_.erase(found);
}

void LawChecker::end(JobId job, bool may_wait) {
  if (!may_wait || holding_.count(job) > 0) let_go(job);
  require(waiting_.erase(job) == 1, fmt::format("job {} ends twice", job.value));
  ++ended_;
}

void LawChecker::event(const Event& event) {
  if (const auto* submitted = std::get_if<Submitted>(&event)) {
    require(seen_.insert(submitted->job.id).second, "a job is submitted twice");
    waiting_.emplace(submitted->job.id, submitted->job);
  } else if (const auto* begun = std::get_if<Started>(&event)) {
    const auto found = holding_.find(begun->job);
    require(found != holding_.end() && !std::exchange(found->second.computes, true),
            fmt::format("job {} begins unasked", begun->job.value));
  } else if (const auto* finished = std::get_if<Finished>(&event)) {
    end(finished->job, false);
  } else if (const auto* failed = std::get_if<Failed>(&event)) {
    end(failed->job, false);
  } else if (const auto* stopped = std::get_if<Stopped>(&event)) {
    let_go(stopped->job);
  } else if (const auto* cancelled = std::get_if<Cancelled>(&event)) {
    end(cancelled->job, true);
  } else if (const auto* down = std::get_if<NodeDown>(&event)) {
    for (const auto& [job, holding] : holding_) {
      require(holding.ranks.count(down->node.value) == 0,
              fmt::format("job {} is on a node that goes down", job.value));
    }
    free_[down->node.value].up = false;
  } else if (const auto* up = std::get_if<NodeUp>(&event)) {
    free_[up->node.value].up = true;
  }
}

void LawChecker::action(const Action& action) {
  if (const auto* begin = std::get_if<Start>(&action)) {
    start(*begin);
  } else if (const auto* reject = std::get_if<Reject>(&action)) {
    require(!reject->reason.empty(), "a rejection without a reason");
    end(reject->job, true);
  }
}

}  // namespace tandem
