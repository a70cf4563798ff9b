#include "reports/html/run_columns.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "reports/html/packed.h"

namespace tandem {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kFewGangs = 20'000;
constexpr std::size_t kManyGangs = 90'000;
constexpr double kResolvedSteps = 1 << 26;

/// "Ends before job x-7 at 12.5 s" and "ends before job x-8 at 3 s" alike: without their numbers.
std::string without_numbers(const std::string& text) {
  std::string result;
  for (std::size_t i = 0; i < text.size();) {
    const auto is_digit = [&](std::size_t at) {
      return at < text.size() && text[at] >= '0' && text[at] <= '9';
    };
    if (!is_digit(i)) {
      result += text[i++];
      continue;
    }
    while (is_digit(i) || (i < text.size() && text[i] == '.' && is_digit(i + 1))) ++i;
    result += "…";
  }
  return result;
}

/// The texts of a run, all of them or, if that is too much, without numbers.
class Texts {
 public:
  Texts(const std::vector<std::string>& texts, std::size_t most_bytes) {
    std::size_t bytes = 0;
    for (const std::string& text : texts) bytes += text.size();
    shortened_ = bytes > most_bytes;
    for (const std::string& text : texts) {
      const std::string kept = shortened_ ? without_numbers(text) : text;
      const auto [found, is_new] = ids_.emplace(kept, listed_.size());
      if (is_new) listed_.push_back(kept);
      id_of_.push_back(static_cast<std::int64_t>(found->second));
    }
  }
  std::int64_t id(TextId text) const { return id_of_[text]; }
  bool shortened() const { return shortened_; }
  const Json& listed() const { return listed_; }

 private:
  bool shortened_ = false;
  std::map<std::string, std::size_t> ids_;
  std::vector<std::int64_t> id_of_;
  Json listed_ = Json::array();
};

std::uint64_t devices_of(const RunHistory& history, const GangTurn& turn) {
  std::uint64_t devices = 0;
  for (std::uint32_t i = 0; i < turn.range_count; ++i) {
    devices += history.ranges[turn.first_range + i].count;
  }
  return devices;
}

/// Places of the turns that are shown, in their order.
std::vector<std::uint32_t> largest_turns(const RunHistory& history, std::size_t most) {
  std::vector<std::uint32_t> places(history.turns.size());
  std::iota(places.begin(), places.end(), 0);
  if (places.size() <= most) return places;
  std::vector<double> sizes;
  for (const GangTurn& turn : history.turns) {
    sizes.push_back(static_cast<double>(devices_of(history, turn)) *
                    to_seconds(turn.end - turn.begin));
  }
  std::ranges::nth_element(places, places.begin() + static_cast<std::ptrdiff_t>(most),
                           [&](std::uint32_t a, std::uint32_t b) {
                             return std::pair{-sizes[a], a} < std::pair{-sizes[b], b};
                           });
  places.resize(most);
  std::ranges::sort(places);
  return places;
}

class Columns {
 public:
  Columns(const RunHistory& history, double unit_s, const PageLimits& limits)
      : history_(history),
        unit_s_(unit_s),
        turns_(largest_turns(history, limits.gangs_of_run)),
        texts_(history.texts, limits.reason_bytes) {
    choose_jobs();
  }

  RunColumns result() {
    Json run = {{"omitted", history_.turns.size() - turns_.size()},
                {"omitted_jobs", history_.jobs.size() - jobs_.size()},
                {"texts", texts_.listed()},
                {"texts_shortened", texts_.shortened()}};
    run["job"] = jobs();
    run["turn"] = turns();
    run["outages"] = outages();
    return {workload(), std::move(run)};
  }

 private:
  std::int64_t units(Time time) const { return std::llround(to_seconds(time) / unit_s_); }

  /// All of them, or of a run with too many those that are shown.
  void choose_jobs() {
    const bool all = turns_.size() == history_.turns.size();
    std::vector<bool> shown(history_.jobs.size(), all);
    for (const std::uint32_t turn : turns_) shown[history_.turns[turn].job] = true;
    place_of_.resize(history_.jobs.size());
    for (std::uint32_t job = 0; job < shown.size(); ++job) {
      if (!shown[job]) continue;
      place_of_[job] = static_cast<std::int64_t>(jobs_.size());
      jobs_.push_back(job);
    }
  }

  Json workload() const {
    PackedNames names;
    PackedNumbers tenant, devices, submit;
    for (const std::uint32_t place : jobs_) {
      const JobPast& job = history_.jobs[place];
      names.add(job.name);
      tenant.add(job.tenant.value);
      devices.add(job.devices);
      submit.add_step(units(job.submitted));
    }
    Json tenants = Json::array();
    for (const Tenant& one : history_.header.tenants.all()) tenants.push_back(one.name);
    return {{"jobs", names.json()},
            {"tenants", std::move(tenants)},
            {"tenant", tenant.text()},
            {"devices", devices.text()},
            {"submit", submit.text()}};
  }

  Json jobs() const {
    PackedNumbers ahead, free;
    PackedStretches overtaken, state, ended, hold, admitted, reject;
    bool someone_was_held = false;
    for (const std::uint32_t place : jobs_) {
      const JobPast& job = history_.jobs[place];
      ahead.add(job.waited_ahead);
      free.add(job.devices_free);
      overtaken.add(job.overtaken_by);
      state.add(static_cast<std::int64_t>(job.state));
      // The end of who started is that of its last turn.
      ended.add(job.ended && !job.first_start ? units(*job.ended) - units(job.submitted) : 0);
      hold.add(texts_.id(job.hold_reason));
      admitted.add(job.admitted ? units(*job.admitted) - units(job.submitted) : 0);
      reject.add(texts_.id(job.reject_reason));
      someone_was_held |= job.hold_reason != 0 || job.reject_reason != 0;
    }
    Json json = {{"waited_ahead", ahead.text()},
                 {"devices_free", free.text()},
                 {"overtaken_by", overtaken.text()},
                 {"state", state.text()},
                 {"ended", ended.text()}};
    if (someone_was_held) {
      json["hold"] = hold.text();
      json["admitted"] = admitted.text();
      json["reject"] = reject.text();
    }
    return json;
  }

  Json turns() const {
    PackedNumbers job, begin, length, reason, first, count;
    PackedStretches how, range_count;
    PackedNumbers preempted, preempt_reason, lost;
    std::int64_t last_first = 0;
    for (std::size_t i = 0; i < turns_.size(); ++i) {
      const GangTurn& turn = history_.turns[turns_[i]];
      job.add_step(place_of_[turn.job]);
      begin.add_step(units(turn.begin));
      length.add(units(turn.end) - units(turn.begin));
      how.add(static_cast<std::int64_t>(turn.how));
      reason.add(texts_.id(turn.reason));
      range_count.add(turn.range_count);
      for (std::uint32_t j = 0; j < turn.range_count; ++j) {
        const DeviceRange& range = history_.ranges[turn.first_range + j];
        first.add(j == 0 ? range.first : range.first - last_first);
        count.add(range.count);
        last_first = range.first + range.count;
      }
      const bool was_stopped = turn.preempt_reason != 0 || turn.lost > Duration::zero();
      if (!was_stopped) continue;
      preempted.add_step(static_cast<std::int64_t>(i));
      preempt_reason.add(texts_.id(turn.preempt_reason));
      lost.add(std::llround(to_seconds(turn.lost) / unit_s_));
    }
    return {{"job", job.text()},           {"begin", begin.text()},
            {"length", length.text()},     {"how", how.text()},
            {"reason", reason.text()},     {"range_count", range_count.text()},
            {"range_first", first.text()}, {"range_devices", count.text()},
            {"stopped", preempted.text()}, {"stopped_reason", preempt_reason.text()},
            {"stopped_lost", lost.text()}};
  }

  Json outages() const {
    PackedNumbers node, begin, length;
    for (const NodeOutage& outage : history_.outages) {
      node.add(outage.node.value);
      begin.add(units(outage.begin));
      length.add(units(outage.end) - units(outage.begin));
    }
    return {{"node", node.text()}, {"begin", begin.text()}, {"length", length.text()}};
  }

  const RunHistory& history_;
  const double unit_s_;
  const std::vector<std::uint32_t> turns_;
  const Texts texts_;
  std::vector<std::uint32_t> jobs_;
  std::vector<std::int64_t> place_of_;
};

}  // namespace

double time_unit_s(std::span<const ReportedRun> runs) {
  std::size_t gangs = 0;
  double longest_s = 0;
  for (const ReportedRun& run : runs) {
    gangs += run.history.turns.size();
    longest_s = std::max(longest_s, to_seconds(run.history.end));
  }
  if (gangs <= kFewGangs) return 1e-6;
  double unit_s = 1e-3;
  while (gangs > kManyGangs && longest_s / unit_s > kResolvedSteps) unit_s *= 10;
  return unit_s;
}

Json cluster_columns(const Cluster& cluster) {
  PackedNames names;
  PackedNumbers devices, type;
  for (const Node& node : cluster.nodes()) {
    names.add(node.name);
    devices.add(node.device_count);
    type.add(node.type.value);
  }
  Json types = Json::array();
  for (const std::string& name : cluster.types()) types.push_back(name);
  return {{"nodes", names.json()},
          {"node_devices", devices.text()},
          {"node_type", type.text()},
          {"types", std::move(types)}};
}

RunColumns run_columns(const RunHistory& history, double unit_s, const PageLimits& limits) {
  return Columns(history, unit_s, limits).result();
}

}  // namespace tandem
