#include "reports/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <tuple>
#include <variant>

#include "policies/core/error.h"
#include "policies/core/nearest.h"

namespace tandem {
namespace {

/// Names are compared in batches of this size, so that a long run keeps few of them.
constexpr std::size_t kNamesKept = 256;

Few<Holder> most_first(std::vector<Holder> holders) {
  std::sort(holders.begin(), holders.end(), [](const Holder& a, const Holder& b) {
    return std::tie(b.devices, a.name) < std::tie(a.devices, b.name);
  });
  Few<Holder> result;
  for (Holder& holder : holders) result.add(std::move(holder));
  return result;
}

/// The devices of an allocation on one node, as ranges of numbers within the node.
std::string device_ranges(const Node& node, std::vector<DeviceId> devices) {
  std::sort(devices.begin(), devices.end());
  std::string text;
  for (std::size_t i = 0; i < devices.size();) {
    std::size_t end = i + 1;
    while (end < devices.size() && devices[end].value == devices[end - 1].value + 1) ++end;
    const std::uint32_t first = devices[i].value - node.first_device.value;
    const std::uint32_t last = devices[end - 1].value - node.first_device.value;
    text += fmt::format("{}{}", text.empty() ? "" : ",", first);
    if (last > first) text += fmt::format("-{}", last);
    i = end;
  }
  return text;
}

std::vector<Place> places_of(const Cluster& cluster, const Allocation& allocation) {
  std::vector<Place> places;
  for (const NodeShare& share : allocation.nodes) {
    std::vector<DeviceId> here;
    for (const DeviceId device : allocation.devices) {
      if (cluster.node_of(device) == share.node) here.push_back(device);
    }
    const Node& node = cluster.node(share.node);
    places.push_back({node.name, device_ranges(node, std::move(here))});
  }
  return places;
}

std::string_view how(JobState state) {
  switch (state) {
    case JobState::kCompleted: return "finished";
    case JobState::kFailed: return "failed";
    default: return "was cancelled";
  }
}

}  // namespace

void Explainer::begin_run(const RunHeader& header) {
  cluster_ = header.cluster;
  tenants_ = header.tenants;
}

void Explainer::begin_step(Time now) {
  now_ = now;
  story_.last = now;
  ended_now_ = {};
}

void Explainer::event(const Event& event) {
  std::visit([this](const auto& happened) { on(happened); }, event);
}

void Explainer::action(const Action& action) {
  std::visit([this](const auto& decided) { on(decided); }, action);
}

void Explainer::on(const Submitted& event) {
  const Job& job = event.job;
  if (active_.contains(job.id)) return;
  const bool came_later = story_.found;
  if (!story_.found && job.name == story_.name) begin_story(job);
  if (!story_.found) remember_name(job.name);
  Active& active = active_.emplace(job.id);
  active.id = job.id;
  active.name = job.name;
  active.tenant = job.tenant;
  active.device_share = job.demand.device_share;
  active.came_later = came_later;
  active.submitted = job.submitted;
  ++queued_;
}

void Explainer::begin_story(const Job& job) {
  story_.found = true;
  story_.job = job;
  story_.tenant = tenants_.at(job.tenant).name;
  story_.waited_ahead = queued_;
  story_.devices_total = cluster_.device_count();
  story_.devices_free =
      story_.devices_total -
      static_cast<std::uint32_t>((held_thousandths_ + kWholeDevice - 1) / kWholeDevice);
  std::vector<Holder> jobs;
  std::vector<Holder> tenants;
  for (const Tenant& tenant : tenants_.all()) tenants.push_back({tenant.name, 0});
  active_.for_each([&](const Active& other) {
    if (other.devices == 0) return;
    jobs.push_back({other.name, other.devices});
    tenants[other.tenant.value].devices += other.devices;
  });
  std::erase_if(tenants, [](const Holder& tenant) { return tenant.devices == 0; });
  story_.jobs_holding = most_first(std::move(jobs));
  story_.tenants_holding = most_first(std::move(tenants));
}

void Explainer::on(const Start& action) {
  Active* job = active_.find(action.job);
  if (job == nullptr || job->holds) return;
  --queued_;
  job->holds = true;
  job->devices = static_cast<std::uint32_t>(action.allocation.devices.size());
  held_thousandths_ += std::uint64_t{job->devices} * job->device_share;
  if (!job->has_started) {
    job->has_started = true;
    ++started_jobs_;
    waited_seconds_ += to_seconds(now_ - job->submitted);
    story_.mean_wait_s = waited_seconds_ / static_cast<double>(started_jobs_);
    const bool overtakes = job->came_later && story_.stretches.empty() && !story_.ended;
    if (overtakes) story_.overtaken_by.add(job->name);
  }
  if (is_told(action.job)) begin_stretch(action);
}

void Explainer::begin_stretch(const Start& start) {
  Stretch& stretch = story_.stretches.emplace_back();
  stretch.begin = now_;
  stretch.reason = start.reason;
  stretch.places = places_of(cluster_, start.allocation);
  stretch.room_made_by = ended_now_;
  story_.state = JobState::kRunning;
}

void Explainer::on(const Resize& action) {
  Active* job = active_.find(action.job);
  if (job == nullptr || !job->holds) return;
  let_go(*job, "was resized");
  job->holds = true;
  job->devices = static_cast<std::uint32_t>(action.allocation.devices.size());
  held_thousandths_ += std::uint64_t{job->devices} * job->device_share;
  if (is_told(action.job)) begin_stretch({action.job, action.allocation, action.reason});
}

void Explainer::on(const Share& action) {
  Active* job = active_.find(action.job);
  if (job == nullptr) return;
  if (job->holds) {
    let_go(*job, "was given another share");
  } else {
    --queued_;
  }
  job->holds = job->has_started = true;
  if (is_told(action.job)) begin_stretch({action.job, {}, action.reason});
}

void Explainer::on(const Hold& action) {
  if (is_told(action.job)) story_.hold_reason = action.reason;
}

void Explainer::on(const Admit& action) {
  if (!is_told(action.job)) return;
  story_.admitted = now_;
  story_.admit_reason = action.reason;
}

void Explainer::on(const Preempt& action) {
  if (is_told(action.job) && !story_.stretches.empty()) {
    story_.stretches.back().preempt_reason = action.reason;
  }
}

void Explainer::on(const Stopped& event) {
  Active* job = active_.find(event.job);
  if (job == nullptr || !job->holds) return;
  let_go(*job, event.cause == StopCause::kPreempted  ? "was preempted"
               : event.cause == StopCause::kNodeDown ? "lost its node"
                                                     : "was interrupted");
  ++queued_;
  if (is_told(event.job)) {
    story_.stretches.back().lost = event.lost;
    story_.state = JobState::kQueued;
  }
}

void Explainer::let_go(Active& job, const std::string& how) {
  ended_now_.add({job.name, how});
  held_thousandths_ -= std::uint64_t{job.devices} * job.device_share;
  job.devices = 0;
  job.holds = false;
  if (is_told(job.id)) {
    story_.stretches.back().end = now_;
    story_.stretches.back().how_it_ended = how;
  }
}

void Explainer::end(JobId id, JobState state) {
  Active* job = active_.find(id);
  if (job == nullptr) return;
  if (job->holds) {
    let_go(*job, std::string(how(state)));
  } else {
    --queued_;
  }
  active_.erase(id);
  if (is_told(id)) {
    story_.state = state;
    story_.ended = now_;
  }
}

void Explainer::on(const Reject& action) {
  if (is_told(action.job)) story_.reject_reason = action.reason;
  end(action.job, JobState::kRejected);
}

void Explainer::remember_name(const std::string& name) {
  near_names_.push_back(name);
  if (near_names_.size() < kNamesKept) return;
  std::string best = nearest(story_.name, near_names_);
  near_names_.clear();
  if (!best.empty()) near_names_.push_back(std::move(best));
}

const JobStory& Explainer::story() const {
  if (story_.found) return story_;
  const std::string near = nearest(story_.name, near_names_);
  throw InputError(fmt::format("there is no job '{}' in this run{}", story_.name,
                               near.empty() ? "" : " (did you mean '" + near + "'?)"));
}

}  // namespace tandem
