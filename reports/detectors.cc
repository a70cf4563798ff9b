#include "reports/detectors.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cctype>
#include <cmath>
#include <utility>

#include "reports/human.h"

namespace tandem {
namespace {

constexpr std::size_t kMostNames = 5;
constexpr std::uint32_t kLoopPreemptions = 5;
/// A window shorter than this many mean run times says nothing about a load.
constexpr double kFewestRuns = 5;
/// A wait beside free devices shorter than this is no trouble, however short the job.
constexpr Duration kShortestWait = std::chrono::seconds(10);
constexpr double kSecondsPerHour = 3600;

std::string span_of(double seconds) { return human(seconds, Unit::kSeconds); }
std::string span_of(Duration time) { return span_of(to_seconds(time)); }

std::string counted(std::uint64_t count, std::string_view one) {
  return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

/// "big of red, 64 devices".
std::string described(const WatchedJob& job, const Tenants& tenants) {
  return fmt::format("{} of {}, {}", job.name, tenants.at(job.tenant).name,
                     counted(job.devices, "device"));
}

/// A reason without its numbers: "needs # devices, there are #".
std::string without_numbers(const std::string& reason) {
  std::string result;
  for (const char c : reason) {
    if (std::isdigit(static_cast<unsigned char>(c)) == 0) {
      result += c;
    } else if (result.empty() || result.back() != '#') {
      result += '#';
    }
  }
  return result;
}

}  // namespace

void Worst::add(Duration by, const WatchedJob& job) {
  if (entries_.size() == kMostNames && by <= entries_.back().by) return;
  const auto place = std::upper_bound(entries_.begin(), entries_.end(), by,
                                      [](Duration d, const Entry& entry) { return d > entry.by; });
  entries_.insert(place, {by, job});
  if (entries_.size() > kMostNames) entries_.pop_back();
}

std::vector<std::string> Worst::names() const {
  std::vector<std::string> names;
  for (const Entry& entry : entries_) names.push_back(entry.job.name);
  return names;
}

void PreemptionLoops::preempted(JobId job, Duration held, Duration useful) {
  Turns& turns = turns_[job];
  ++turns.count;
  turns.held += held;
  turns.useful += useful;
}

void PreemptionLoops::add(const WatchedJob& job) {
  const auto found = turns_.find(job.id);
  if (found == turns_.end()) return;
  const Turns turns = found->second;
  turns_.erase(found);
  const Duration overhead = turns.held - turns.useful;
  if (turns.count < kLoopPreemptions || turns.useful >= overhead) return;
  ++jobs_;
  preemptions_ += turns.count;
  if (worst_.entries().empty() || overhead > worst_.entries().front().by) worst_turns_ = turns;
  worst_.add(overhead, job);
}

std::optional<Finding> PreemptionLoops::finding(const Tenants& tenants) const {
  if (jobs_ == 0) return std::nullopt;
  return Finding{
      "preemption-loop", Severity::kCritical,
      fmt::format("{} preempted {} times for less work than that cost; worst: {}, {} times, {} of "
                  "work in {}",
                  jobs_ == 1 ? "1 job was" : fmt::format("{} jobs were", jobs_), preemptions_,
                  described(worst_.entries().front().job, tenants), worst_turns_.count,
                  span_of(worst_turns_.useful), span_of(worst_turns_.held)),
      jobs_, worst_.names()};
}

void Saturation::begin(const Cluster& cluster) {
  for (std::uint32_t type = 0; type < cluster.types().size(); ++type) {
    if (cluster.device_count(DeviceTypeId{type}) > 0) present_ |= DeviceTypes{1} << type;
  }
  work_.of_type.resize(cluster.types().size());
  last_work_.of_type.resize(cluster.types().size());
}

void Saturation::submitted(Time now) {
  if (first_ && now == last_) return;
  if (!first_) first_ = now;
  last_ = now;
  last_work_.all = 0;
  std::fill(last_work_.of_type.begin(), last_work_.of_type.end(), 0);
}

void Saturation::add(const WatchedJob& job, Duration run) {
  if (job.devices == 0) return;
  const double work = job.devices * to_seconds(run) * job.device_share / kWholeDevice;
  const DeviceTypes types = job.types & present_;
  const auto charge = [&](Work& to) {
    to.all += work;
    if (std::has_single_bit(types)) {
      to.of_type[static_cast<std::size_t>(std::countr_zero(types))] += work;
    }
  };
  charge(work_);
  if (job.submitted == last_) charge(last_work_);
  ++jobs_;
  run_seconds_ += to_seconds(run);
}

std::vector<Finding> Saturation::findings(const Cluster& cluster) const {
  const double window = first_ ? to_seconds(last_ - *first_) : 0;
  if (window == 0 || window * static_cast<double>(jobs_) < kFewestRuns * run_seconds_) return {};
  std::vector<Finding> result;
  const auto look = [&](double work, std::uint32_t devices, const std::string& of) {
    const double load = work / (devices * window);
    if (load > 1) result.push_back(finding(load, devices, of));
  };
  look(work_.all - last_work_.all, cluster.device_count(), "cluster");
  for (std::uint32_t type = 0; type < cluster.types().size(); ++type) {
    const std::uint32_t devices = cluster.device_count(DeviceTypeId{type});
    if (devices == 0 || devices == cluster.device_count()) continue;
    look(work_.of_type[type] - last_work_.of_type[type], devices,
         cluster.type_name(DeviceTypeId{type}) + " devices");
  }
  return result;
}

Finding Saturation::finding(double load, std::uint32_t devices, const std::string& of) const {
  const auto more = static_cast<std::uint64_t>(std::ceil((load - 1) * devices));
  return {"saturation",
          Severity::kCritical,
          fmt::format("offered load {:.3g} of the {}: the queue grows without bound, by {} of work "
                      "so far; at least {} needed",
                      load, of, span_of((load - 1) * to_seconds(last_ - *first_)),
                      more == 1 ? "1 more device is" : fmt::format("{} more devices are", more)),
          more,
          {}};
}

void Rejections::add(const WatchedJob& job, const std::string& reason) {
  ++count_;
  if (names_.size() < kMostNames) names_.push_back(job.name);
  Group& group = groups_[without_numbers(reason)];
  if (group.count++ == 0) group.name = job.name, group.why = reason;
}

std::optional<Finding> Rejections::finding(std::uint64_t submitted) const {
  if (count_ == 0) return std::nullopt;
  std::vector<Group> groups;
  for (const auto& [reason, group] : groups_) groups.push_back(group);
  std::stable_sort(groups.begin(), groups.end(),
                   [](const Group& a, const Group& b) { return a.count > b.count; });
  std::string text = fmt::format("{} of {} can never run here and {} rejected:", count_,
                                 counted(submitted, "job"), count_ == 1 ? "was" : "were");
  for (std::size_t i = 0; i < std::min(groups.size(), kMostNames); ++i) {
    const Group& group = groups[i];
    text += fmt::format("{} {}", i == 0 ? "" : ";", group.name);
    if (group.count > 1) text += fmt::format(" (and {} like it)", group.count - 1);
    text += " " + group.why;
  }
  if (groups.size() > kMostNames) {
    text += fmt::format("; {} other reasons", groups.size() - kMostNames);
  }
  return Finding{"infeasible", Severity::kWarning, std::move(text), count_, names_};
}

std::optional<Finding> LongWaits::finding(const Tenants& tenants, const RunResult& figures) const {
  const std::uint64_t starved =
      figures.starvation ? figures.starvation->over_ten_medians.value_or(0) : 0;
  if ((starved == 0 && never_started_ == 0) || worst_.entries().empty()) return std::nullopt;
  std::string text;
  if (starved > 0) {
    text = fmt::format("{} of {} waited over ten times the median of {}", starved,
                       counted(figures.jobs.submitted, "job"),
                       span_of(figures.starvation->median_wait_s));
  }
  if (never_started_ > 0) {
    text +=
        fmt::format("{}{} not started when the run ended", text.empty() ? "" : ", and ",
                    never_started_ == 1 ? "1 job had" : fmt::format("{} jobs had", never_started_));
  }
  const Worst::Entry& worst = worst_.entries().front();
  text += fmt::format("; longest: {}, {}", described(worst.job, tenants), span_of(worst.by));
  const bool rare = never_started_ == 0 && starved * 100 < figures.jobs.submitted;
  return Finding{"starvation", rare ? Severity::kNote : Severity::kWarning, std::move(text),
                 starved > 0 ? starved : never_started_, worst_.names()};
}

void StrandedGangs::waited(Duration time, Duration stranded) {
  waited_seconds_ += to_seconds(time);
  stranded_seconds_ += to_seconds(stranded);
}

void StrandedGangs::add(const WatchedJob& job, Duration run) {
  if (job.devices == 0) return;
  ++gangs_;
  if (job.stranded <= std::max(run, kShortestWait)) return;
  ++stranded_;
  worst_.add(job.stranded, job);
}

std::optional<Finding> StrandedGangs::finding(const Tenants& tenants) const {
  if (stranded_ == 0 || stranded_ * 100 < gangs_) return std::nullopt;
  const Worst::Entry& worst = worst_.entries().front();
  return Finding{"stranded-gangs", Severity::kWarning,
                 fmt::format("{} of {} waited longer than {} ran, beside enough free devices "
                             "({} gang-hours, {} of all waiting); longest: {}, {}",
                             stranded_, counted(gangs_, "gang"), stranded_ == 1 ? "it" : "they",
                             human(stranded_seconds_ / kSecondsPerHour, Unit::kDeviceHours),
                             human(stranded_seconds_ / waited_seconds_, Unit::kFraction),
                             described(worst.job, tenants), span_of(worst.by)),
                 stranded_, worst_.names()};
}

}  // namespace tandem
