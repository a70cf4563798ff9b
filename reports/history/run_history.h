// A whole run as tables: what reports draw and tell jobs' stories from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policies/core/cluster.h"
#include "policies/core/recorder.h"
#include "reports/history/level_series.h"
#include "reports/job_story.h"

namespace tandem {

/// Consecutive devices.
struct DeviceRange {
  std::uint32_t first = 0;
  std::uint32_t count = 0;
  friend bool operator==(const DeviceRange&, const DeviceRange&) = default;
};

/// Texts that come again and again, each kept once; 0 is the empty one.
using TextId = std::uint32_t;

enum class GangEnd : std::uint8_t {
  kStillRunning,
  kFinished,
  kFailed,
  kCancelled,
  kPreempted,
  kNodeDown,
  kInterrupted,
  kResized
};

/// From when a gang took its devices until it let go. A job has one for each time it started.
struct GangTurn {
  std::uint32_t job = 0;  ///< Its place among RunHistory::jobs.
  Time begin;
  Time end;  ///< Of the run, if it is still running.
  GangEnd how = GangEnd::kStillRunning;
  std::uint32_t first_range = 0;  ///< Its devices: `range_count` of RunHistory::ranges from here.
  std::uint32_t range_count = 0;
  TextId reason = 0;
  TextId preempt_reason = 0;  ///< Of the policy, if it asked the gang to stop.
  Duration lost{};            ///< Work to be done again.
};

/// A job as it came and went. What it met when it came is as in JobStory.
struct JobPast {
  std::string name;
  TenantId tenant;
  std::uint32_t devices = 0;
  Time submitted;
  std::uint32_t waited_ahead = 0;
  std::uint32_t devices_free = 0;
  std::uint32_t overtaken_by = 0;  ///< Jobs submitted later that started before its first start.
  std::optional<Time> first_start;
  std::optional<Time> ended;
  JobState state = JobState::kQueued;
  TextId hold_reason = 0;
  std::optional<Time> admitted;
  TextId reject_reason = 0;
};

struct NodeOutage {
  NodeId node;
  Time begin;
  Time end;
};

struct RunHistory {
  RunHeader header;
  bool is_complete = false;     ///< The journal says that the run came to its end.
  std::vector<JobPast> jobs;    ///< In the order of their submission.
  std::vector<GangTurn> turns;  ///< In the order of their begin.
  std::vector<DeviceRange> ranges;
  std::vector<std::string> texts{""};
  std::vector<NodeOutage> outages;
  LevelSeries queue;  ///< Jobs that wait.
  LevelSeries held;   ///< Devices that gangs hold.
  Time end;           ///< The last step.
  std::uint64_t starts = 0;
  std::uint64_t overtaking_starts = 0;  ///< First starts while an earlier job had not started yet.
  std::uint64_t preemptions = 0;

  /// From submission to the first start of the completed jobs, in seconds.
  std::vector<double> waits_s() const;
};

}  // namespace tandem
