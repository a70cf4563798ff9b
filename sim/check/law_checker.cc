#include "sim/check/law_checker.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tandem {
namespace {

std::string called(JobId job) { return fmt::format("job {}", job.value); }

std::vector<DeviceId> without(std::vector<DeviceId> devices, const std::vector<DeviceId>& others) {
  std::erase_if(devices, [&](DeviceId d) { return std::ranges::count(others, d) > 0; });
  return devices;
}

}  // namespace

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
  for (const Node& node : header.cluster.nodes()) {
    NodeAccount& account = free_.emplace_back();
    account.cpus = node.cpus.count;
    account.memory = node.memory.count;
    account.type = node.type.value;
    for (std::uint32_t i = 0; i < node.device_count; ++i) {
      account.devices.insert(static_cast<std::uint32_t>(node_of_.size()));
      node_of_.push_back(static_cast<std::uint32_t>(free_.size() - 1));
    }
  }
}

void LawChecker::begin_step(Time now) {
  require(now >= now_, "time goes back");
  now_ = now;
}

std::uint32_t LawChecker::node_of(DeviceId device) const { return node_of_.at(device.value); }

void LawChecker::take_device(const Job& job, DeviceId device) {
  NodeAccount& node = free_[node_of(device)];
  const std::uint32_t share = job.demand.device_share;
  const auto part = node.parts.find(device.value);
  const std::uint32_t left = part != node.parts.end()              ? part->second
                             : node.devices.contains(device.value) ? 1000
                                                                   : 0;
  const std::string what = fmt::format("{} takes device {}", called(job.id), device.value);
  require(left >= share, what + ", not free");
  node.devices.erase(device.value);
  node.parts[device.value] = left - share;
  take_rank(job, node_of(device));
}

void LawChecker::give_back_device(const Job& job, DeviceId device) {
  NodeAccount& node = free_[node_of(device)];
  std::uint32_t& left = node.parts[device.value];
  left += job.demand.device_share;
  if (left == 1000) {
    node.parts.erase(device.value);
    node.devices.insert(device.value);
  }
  give_back_rank(job, node_of(device));
}

void LawChecker::take_rank(const Job& job, std::uint32_t node) {
  NodeAccount& account = free_[node];
  account.cpus -= job.demand.cpus_per_rank.count;
  account.memory -= job.demand.memory_per_rank.count;
  require(account.up, called(job.id) + " is on a node that is down");
  require(account.cpus >= 0, called(job.id) + " exceeds the CPUs");
  require(account.memory >= 0, called(job.id) + " exceeds the memory");
  for (const auto& [model, ranks] : account.models) {
    const bool apart = (header_.models.at(job.model).excludes >> model & 1) != 0;
    require(!apart || ranks == 0, called(job.id) + " is beside a model that it excludes");
  }
  ++account.models[job.model.value];
}

void LawChecker::give_back_rank(const Job& job, std::uint32_t node) {
  free_[node].cpus += job.demand.cpus_per_rank.count;
  free_[node].memory += job.demand.memory_per_rank.count;
  --free_[node].models[job.model.value];
}

void LawChecker::charge(const Job& job, std::int64_t devices) {
  for (const Tenant& account : header_.tenants.path(job.tenant)) {
    std::int64_t& held = held_by_account_[account.id.value];
    held += devices * job.demand.device_share;
    require(!account.quota || held <= std::int64_t{*account.quota} * 1000,
            fmt::format("{} exceeds the quota of account {}", called(job.id), account.id.value));
  }
}

void LawChecker::check_gang(const Job& job, const std::vector<DeviceId>& devices) {
  const std::uint32_t least = job.elastic ? job.elastic->least : job.demand.devices;
  const std::uint32_t most = job.elastic ? job.elastic->most : job.demand.devices;
  require(devices.size() >= least && devices.size() <= most, called(job.id) + " is not whole");
  const bool is_listed = job.elastic && !job.elastic->sizes.empty();
  require(!is_listed || std::ranges::count(job.elastic->sizes, devices.size()) == 1,
          called(job.id) + " has a size that it may not have");
  std::set<std::uint32_t> types;
  std::set<std::uint32_t> nodes;
  for (const DeviceId device : devices) {
    nodes.insert(node_of(device));
    types.insert(free_[node_of(device)].type);
  }
  require(!job.demand.one_node || nodes.size() <= 1, called(job.id) + " is split");
  if (devices.empty()) return;
  require(types.size() == 1, called(job.id) + " mixes types");
  require(job.demand.types >> *types.begin() & 1, called(job.id) + " does not accept the type");
  require(header_.models.speed_ppm(job.model, {*types.begin()}) > 0,
          called(job.id) + " cannot run on the type");
}

void LawChecker::start(const Start& start) {
  ++started_;
  const auto waiting = waiting_.find(start.job);
  require(waiting != waiting_.end(), called(start.job) + " starts but does not wait");
  if (waiting == waiting_.end()) return;
  Holding holding{waiting->second, start.allocation.devices, {}, now_, false, false, {}};
  waiting_.erase(waiting);
  const Job& job = holding.job;
  check_gang(job, holding.devices);
  for (const DeviceId device : holding.devices) {
    take_device(job, device);
    ++holding.ranks[node_of(device)];
  }
  if (job.demand.devices == 0) {
    require(start.allocation.nodes.size() == 1, called(job.id) + " has no single node");
    holding.ranks[start.allocation.nodes.front().node.value] = 1;
    take_rank(job, start.allocation.nodes.front().node.value);
  }
  charge(job, static_cast<std::int64_t>(holding.devices.size()));
  holding_.emplace(start.job, std::move(holding));
}

void LawChecker::resize(const Resize& resize) {
  const auto found = holding_.find(resize.job);
  const bool runs = found != holding_.end() && found->second.computes && !found->second.next;
  require(runs && !found->second.is_to_stop && found->second.job.elastic,
          called(resize.job) + " cannot be resized");
  if (!runs) return;
  Holding& holding = found->second;
  check_gang(holding.job, resize.allocation.devices);
  const auto gained = without(resize.allocation.devices, holding.devices);
  for (const DeviceId device : gained) {
    take_device(holding.job, device);
    ++holding.ranks[node_of(device)];
  }
  charge(holding.job, static_cast<std::int64_t>(gained.size()));
  holding.next = resize.allocation.devices;
}

void LawChecker::resized(JobId job) {
  const auto found = holding_.find(job);
  require(found != holding_.end() && found->second.next, called(job) + " is resized unasked");
  if (found == holding_.end() || !found->second.next) return;
  Holding& holding = found->second;
  const auto lost = without(holding.devices, *holding.next);
  for (const DeviceId device : lost) {
    give_back_device(holding.job, device);
    if (--holding.ranks[node_of(device)] == 0) holding.ranks.erase(node_of(device));
  }
  charge(holding.job, -static_cast<std::int64_t>(lost.size()));
  holding.devices = *std::exchange(holding.next, std::nullopt);
}

void LawChecker::preempt(JobId job) {
  const auto found = holding_.find(job);
  require(found != holding_.end() && !found->second.is_to_stop && !found->second.next,
          called(job) + " cannot be stopped");
  if (found == holding_.end()) return;
  require(found->second.job.preemptible, called(job) + " must not be stopped");
  found->second.is_to_stop = true;
}

void LawChecker::let_go(JobId job) {
  const auto found = holding_.find(job);
  require(found != holding_.end(), called(job) + " has nothing to let go");
  if (found == holding_.end()) return;
  Holding& holding = found->second;
  std::vector<DeviceId> devices = holding.devices;
  if (holding.next) {
    const auto gained = without(*holding.next, holding.devices);
    devices.insert(devices.end(), gained.begin(), gained.end());
  }
  for (const DeviceId device : devices) give_back_device(holding.job, device);
  if (devices.empty()) give_back_rank(holding.job, holding.ranks.begin()->first);
  charge(holding.job, -static_cast<std::int64_t>(devices.size()));
  waiting_.emplace(job, holding.job);
  holding_.erase(found);
}

void LawChecker::end(JobId job, bool may_wait) {
  if (!may_wait || holding_.contains(job)) let_go(job);
  require(waiting_.erase(job) == 1, called(job) + " ends twice");
  ++ended_;
}

void LawChecker::event(const Event& event) {
  if (const auto* submitted = std::get_if<Submitted>(&event)) {
    require(seen_.insert(submitted->job.id).second, "a job is submitted twice");
    waiting_.emplace(submitted->job.id, submitted->job);
  } else if (const auto* begun = std::get_if<Started>(&event)) {
    const auto found = holding_.find(begun->job);
    require(found != holding_.end() && !std::exchange(found->second.computes, true),
            called(begun->job) + " begins unasked");
  } else if (const auto* progressed = std::get_if<Progressed>(&event)) {
    const auto found = holding_.find(progressed->job);
    require(found != holding_.end() && found->second.computes,
            called(progressed->job) + " makes progress without computing");
  } else if (const auto* finished = std::get_if<Finished>(&event)) {
    end(finished->job, false);
  } else if (const auto* failed = std::get_if<Failed>(&event)) {
    end(failed->job, false);
  } else if (const auto* done = std::get_if<Resized>(&event)) {
    resized(done->job);
  } else if (const auto* stopped = std::get_if<Stopped>(&event)) {
    const auto found = holding_.find(stopped->job);
    require(stopped->cause != StopCause::kPreempted ||
                (found != holding_.end() && found->second.is_to_stop),
            called(stopped->job) + " stops unasked");
    let_go(stopped->job);
  } else if (const auto* cancelled = std::get_if<Cancelled>(&event)) {
    end(cancelled->job, true);
  } else if (const auto* down = std::get_if<NodeDown>(&event)) {
    for (const auto& [job, holding] : holding_) {
      require(!holding.ranks.contains(down->node.value),
              called(job) + " is on a node that goes down");
    }
    free_[down->node.value].up = false;
  } else if (const auto* up = std::get_if<NodeUp>(&event)) {
    free_[up->node.value].up = true;
  }
}

void LawChecker::action(const Action& action) {
  if (const auto* begin = std::get_if<Start>(&action)) {
    start(*begin);
  } else if (const auto* change = std::get_if<Resize>(&action)) {
    resize(*change);
  } else if (const auto* stop = std::get_if<Preempt>(&action)) {
    preempt(stop->job);
  } else if (const auto* reject = std::get_if<Reject>(&action)) {
    require(!reject->reason.empty(), "a rejection without a reason");
    end(reject->job, true);
  }
}

}  // namespace tandem
