#include "reports/chrome/chrome_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>
#include <variant>

namespace tandem {
namespace {

constexpr std::uint32_t kClusterProcess = 1;
constexpr std::uint32_t kFirstNodeProcess = 2;
constexpr std::size_t kHandOnBytes = 1 << 18;

std::uint32_t process_of(NodeId node) { return kFirstNodeProcess + node.value; }

std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// Microseconds, exact: nanoseconds are their decimals.
std::string microseconds(Time time) {
  const auto ns = time.time_since_epoch().count();
  return ns % 1000 == 0 ? fmt::format("{}", ns / 1000)
                        : fmt::format("{}.{:03}", ns / 1000, ns % 1000);
}

std::string named(std::string_view what, std::uint32_t process, std::uint32_t thread,
                  const std::string& name) {
  return fmt::format(R"({{"ph":"M","name":"{}","pid":{},"tid":{},"args":{{"name":{}}}}})", what,
                     process, thread, quoted(name));
}

}  // namespace

void ChromeTrace::begin_run(const RunHeader& header) {
  cluster_ = header.cluster;
  tenants_ = header.tenants;
  text_ = fmt::format(
      "{{\"displayTimeUnit\":\"ms\",\"otherData\":{{\"scenario\":{},\"policy\":{},\"seed\":{},"
      "\"tandem\":{}}},\"traceEvents\":[",
      quoted(header.scenario), quoted(header.policy), header.seed, quoted(header.build));
  put(named("process_name", kClusterProcess, 0, "cluster under " + header.policy));
  for (const Node& node : cluster_.nodes()) {
    const std::uint32_t process = process_of(node.id);
    put(named("process_name", process, 0, node.name));
    put(fmt::format(
        R"({{"ph":"M","name":"process_sort_index","pid":{},"tid":0,"args":{{"sort_index":{}}}}})",
        process, process));
    first_place_.push_back(static_cast<std::uint32_t>(places_.size()));
    places_.resize(places_.size() + node.device_count + 1);
  }
  named_lanes_.resize(places_.size());
}

void ChromeTrace::begin_step(Time now) {
  tell_counters();
  now_ = now;
}

void ChromeTrace::event(const Event& event) {
  std::visit([this](const auto& happened) { on(happened); }, event);
}

void ChromeTrace::action(const Action& action) {
  std::visit([this](const auto& decided) { on(decided); }, action);
}

void ChromeTrace::on(const Submitted& event) {
  if (active_.contains(event.job.id)) return;
  Active& job = active_.emplace(event.job.id);
  job.name = quoted(event.job.name);
  job.tenant = quoted(tenants_.at(event.job.tenant).name);
  job.device_share = event.job.demand.device_share;
  job.submitted = event.job.submitted;
  ++queued_;
}

void ChromeTrace::on(const Start& action) {
  Active* job = active_.find(action.job);
  if (job == nullptr || job->holds) return;
  --queued_;
  begin_slices(*job, action.allocation, action.reason);
}

void ChromeTrace::on(const Resize& action) {
  Active* job = active_.find(action.job);
  if (job == nullptr || !job->holds) return;
  end_slices(*job, "resized", action.reason);
  begin_slices(*job, action.allocation, action.reason);
}

/// A share of time is on no device that could be named.
void ChromeTrace::on(const Share& action) {
  Active* job = active_.find(action.job);
  if (job == nullptr || job->holds) return;
  --queued_;
  job->holds = true;
}

void ChromeTrace::on(const Preempt& action) {
  if (Active* job = active_.find(action.job)) job->preempt_reason = action.reason;
}

void ChromeTrace::on(const Stopped& event) {
  Active* job = active_.find(event.job);
  if (job == nullptr || !job->holds) return;
  end_slices(*job,
             event.cause == StopCause::kPreempted  ? "preempted"
             : event.cause == StopCause::kNodeDown ? "lost its node"
                                                   : "interrupted",
             std::exchange(job->preempt_reason, {}));
  ++queued_;
}

void ChromeTrace::on(const NodeDown& event) {
  put(fmt::format(R"({{"ph":"i","s":"p","name":"node down","pid":{},"tid":0,"ts":{}}})",
                  process_of(event.node), microseconds(now_)));
}

void ChromeTrace::on(const NodeUp& event) {
  put(fmt::format(R"({{"ph":"i","s":"p","name":"node up","pid":{},"tid":0,"ts":{}}})",
                  process_of(event.node), microseconds(now_)));
}

ChromeTrace::Track ChromeTrace::take_track(NodeId node, std::uint32_t slot) {
  const std::uint32_t devices = cluster_.node(node).device_count;
  Track track{process_of(node), 0, first_place_[node.value] + slot, 0};
  std::vector<bool>& lanes = places_[track.place];
  const auto free = std::find(lanes.begin(), lanes.end(), false);
  track.lane = static_cast<std::uint32_t>(free - lanes.begin());
  free == lanes.end() ? lanes.push_back(true) : void(*free = true);
  track.thread = 1 + slot + track.lane * (devices + 1);
  if (track.lane >= named_lanes_[track.place]) {
    named_lanes_[track.place] = track.lane + 1;
    const std::string name = slot == devices ? "without a device" : fmt::format("device {}", slot);
    const std::string lane = track.lane == 0 ? "" : fmt::format(", shared {}", track.lane + 1);
    put(named("thread_name", track.process, track.thread, name + lane));
  }
  return track;
}

void ChromeTrace::begin_slices(Active& job, const Allocation& allocation,
                               const std::string& reason) {
  job.holds = true;
  job.devices = static_cast<std::uint32_t>(allocation.devices.size());
  held_thousandths_ += std::uint64_t{job.devices} * job.device_share;
  for (const DeviceId device : allocation.devices) {
    const NodeId node = cluster_.node_of(device);
    job.tracks.push_back(take_track(node, device.value - cluster_.node(node).first_device.value));
  }
  if (allocation.devices.empty()) {
    for (const NodeShare& share : allocation.nodes) {
      job.tracks.push_back(take_track(share.node, cluster_.node(share.node).device_count));
    }
  }
  const std::string why = quoted(reason);
  for (std::size_t rank = 0; rank < job.tracks.size(); ++rank) {
    put(fmt::format(R"({{"ph":"B","cat":"gang","name":{},"pid":{},"tid":{},"ts":{},)"
                    R"("args":{{"tenant":{},"devices":{},"rank":{},"waited_s":{},"reason":{}}}}})",
                    job.name, job.tracks[rank].process, job.tracks[rank].thread, microseconds(now_),
                    job.tenant, job.devices, rank, to_seconds(now_ - job.submitted), why));
    ++slices_;
  }
}

void ChromeTrace::end_slices(Active& job, std::string_view how, const std::string& reason) {
  if (!how.empty() && !job.tracks.empty()) {
    put(fmt::format(R"({{"ph":"i","s":"t","cat":"gang","name":"{}","pid":{},"tid":{},"ts":{},)"
                    R"("args":{{"job":{},"reason":{}}}}})",
                    how, job.tracks[0].process, job.tracks[0].thread, microseconds(now_), job.name,
                    quoted(reason)));
  }
  for (const Track& track : job.tracks) {
    put(fmt::format(R"({{"ph":"E","pid":{},"tid":{},"ts":{}}})", track.process, track.thread,
                    microseconds(now_)));
    places_[track.place][track.lane] = false;
  }
  job.tracks.clear();
  held_thousandths_ -= std::uint64_t{job.devices} * job.device_share;
  job.devices = 0;
  job.holds = false;
}

void ChromeTrace::end(JobId id, std::string_view how) {
  Active* job = active_.find(id);
  if (job == nullptr) return;
  job->holds ? end_slices(*job, how) : void(--queued_);
  active_.erase(id);
}

void ChromeTrace::tell_counters() {
  if (queued_ != told_queued_) {
    put(fmt::format(
        R"({{"ph":"C","name":"jobs that wait","pid":{},"tid":0,"ts":{},"args":{{"jobs":{}}}}})",
        kClusterProcess, microseconds(now_), queued_));
    told_queued_ = queued_;
  }
  if (held_thousandths_ != told_held_) {
    const double held = static_cast<double>(held_thousandths_) / kWholeDevice;
    const double all = std::max(1u, cluster_.device_count());
    put(fmt::format(
        R"({{"ph":"C","name":"devices held","pid":{0},"tid":0,"ts":{1},"args":{{"devices":{2}}}}})",
        kClusterProcess, microseconds(now_), held));
    put(fmt::format(
        R"({{"ph":"C","name":"utilization","pid":{0},"tid":0,"ts":{1},"args":{{"percent":{2}}}}})",
        kClusterProcess, microseconds(now_), 100 * held / all));
    told_held_ = held_thousandths_;
  }
}

void ChromeTrace::put(std::string_view event) {
  text_ += has_events_ ? ",\n" : "\n";
  text_ += event;
  has_events_ = true;
  if (text_.size() > kHandOnBytes) hand_on();
}

void ChromeTrace::hand_on() {
  sink_(text_);
  text_.clear();
}

void ChromeTrace::finish() {
  active_.for_each([this](const Active& job) {
    for (const Track& track : job.tracks) {
      put(fmt::format(R"({{"ph":"E","pid":{},"tid":{},"ts":{}}})", track.process, track.thread,
                      microseconds(now_)));
    }
  });
  tell_counters();
  text_ += "\n]}\n";
  hand_on();
}

}  // namespace tandem
