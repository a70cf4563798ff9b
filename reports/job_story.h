// The story of one job as a value, for people and as JSON.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "policies/core/job.h"
#include "policies/core/units.h"

namespace tandem {

/// A list of which only the beginning is kept.
template <class Value>
struct Few {
  static constexpr std::size_t kKept = 5;
  std::vector<Value> first;
  std::uint64_t count = 0;

  void add(Value value) {
    if (++count <= kKept) first.push_back(std::move(value));
  }
};

enum class JobState : std::uint8_t {
  kQueued,
  kRunning,
  kCompleted,
  kFailed,
  kCancelled,
  kRejected
};

/// Another job, and how it let go of its devices: "finished", "failed" …
struct Ended {
  std::string job;
  std::string how;
};

/// Who held devices: a tenant with all its jobs, or a job.
struct Holder {
  std::string name;
  std::uint64_t devices = 0;
};

/// The devices of one node, numbered within it: "0-7" or "0,2-3"; empty for a job without any.
struct Place {
  std::string node;
  std::string devices;
};

/// From a start until the gang let go.
struct Stretch {
  Time begin;
  std::string reason;
  std::vector<Place> places;
  Few<Ended> room_made_by;  ///< Whoever let go of devices in the step of the start.
  std::optional<Time> end;
  std::string how_it_ended;    ///< "finished", "was preempted" …
  std::string preempt_reason;  ///< Of the policy, if it asked the gang to stop.
  Duration lost{};
};

/// A job's way through a run. Who waits and who holds devices is as of its submission.
struct JobStory {
  std::string name;
  bool found = false;
  Job job;
  std::string tenant;
  std::string hold_reason;       ///< Why it was held back from the policy; empty if it was not.
  std::optional<Time> admitted;  ///< When that was over, and why.
  std::string admit_reason;
  std::uint64_t waited_ahead = 0;
  std::uint32_t devices_free = 0;
  std::uint32_t devices_total = 0;
  Few<Holder> tenants_holding;  ///< Most devices first.
  Few<Holder> jobs_holding;
  Few<std::string> overtaken_by;  ///< Jobs submitted later that started before its first start.
  std::vector<Stretch> stretches;
  JobState state = JobState::kQueued;
  std::string reject_reason;
  Time last;  ///< Of the run, as far as it was heard.
  std::optional<Time> ended;
  std::optional<double> mean_wait_s;  ///< Of all jobs that started.

  /// Until the first start, or as long as it lasted without one.
  Duration wait() const;
};

/// Short sentences with times, human and exact.
std::string story_text(const JobStory& story);
nlohmann::ordered_json story_json(const JobStory& story);

}  // namespace tandem
