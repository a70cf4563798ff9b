// What can be wrong with a run, one class for each kind: told of jobs one at a time, it says at the
// end whether there is a finding, in one sentence.
//
// A kind that comes later is one more class here and three lines in Findings.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "policies/core/cluster.h"
#include "policies/core/job.h"
#include "policies/core/tenant.h"
#include "policies/core/units.h"
#include "reports/finding.h"
#include "reports/run_result.h"

namespace tandem {

/// What is remembered of a job until it ends. Small, because a queue may be long.
struct WatchedJob {
  std::string name;
  JobId id;
  TenantId tenant;
  std::uint32_t devices = 0;                  ///< It asks for.
  std::uint32_t device_share = kWholeDevice;  ///< Of its device, in thousandths.
  std::uint32_t devices_held = 0;
  DeviceId first_device;   ///< Of those, while it shares one.
  DeviceTypeId held;       ///< The type of its devices, while `holds`.
  bool held_back = false;  ///< By the scheduler: it waits for other things than devices.
  bool holds = false;
  bool computes = false;
  bool started = false;  ///< Once, at least.
  DeviceTypes types = kAnyType;
  Duration estimate{};
  Time submitted;
  Duration first_wait{};
  Time since;               ///< It began to wait, or took the devices it holds.
  Time computes_since;      ///< While `computes`.
  Duration useful{};        ///< Executed and not lost.
  Duration room_at_wait{};  ///< FreeTime when it began to wait.
  Duration stranded{};      ///< Time it waited beside enough free devices of a type it accepts.
};

/// The few jobs with the largest of some time, largest first; of equals the first stay.
class Worst {
 public:
  struct Entry {
    Duration by;
    WatchedJob job;
  };
  void add(Duration by, const WatchedJob& job);
  const std::vector<Entry>& entries() const { return entries_; }
  std::vector<std::string> names() const;

 private:
  std::vector<Entry> entries_;
};

/// A job in a loop was preempted at least five times, and in the turns that ended so it did less
/// useful work than these took besides: starting, being stopped, and doing work that was lost.
class PreemptionLoops {
 public:
  /// `job` was preempted after it had held its devices for a time, of which some was useful.
  void preempted(JobId job, Duration held, Duration useful);
  /// A job ended, or the run did.
  void add(const WatchedJob& job);
  std::optional<Finding> finding(const Tenants& tenants) const;

 private:
  /// All that ended by preemption.
  struct Turns {
    std::uint32_t count = 0;
    Duration held{};
    Duration useful{};
  };
  std::map<JobId, Turns> turns_;  // Of active jobs that were preempted.
  std::uint64_t jobs_ = 0;
  std::uint64_t preemptions_ = 0;
  Worst worst_;
  Turns worst_turns_;  // Of the very worst.
};

/// Offered load: work that came from the first submission until before the last one, over what the
/// devices there are could do in that time. The work of the last moment is left out because it
/// belongs to the time after it. Work is devices * useful time of jobs that ended, and devices *
/// the estimate of jobs that did not, or what they have executed if that is more. It is said of the
/// whole cluster, and in a cluster of several types also of each type, from the jobs that accept no
/// other. Of less than five mean run times nothing is said: a batch is no load.
class Saturation {
 public:
  void begin(const Cluster& cluster);
  void submitted(Time now);
  void add(const WatchedJob& job, Duration run);
  std::vector<Finding> findings(const Cluster& cluster) const;

 private:
  struct Work {
    double all = 0;               // Device-seconds.
    std::vector<double> of_type;  // By DeviceTypeId: of jobs that accept no other.
  };
  Finding finding(double load, std::uint32_t devices, const std::string& of) const;

  DeviceTypes present_ = 0;
  std::optional<Time> first_;
  Time last_;
  Work work_;
  Work last_work_;  // Of the jobs submitted at last_.
  std::uint64_t jobs_ = 0;
  double run_seconds_ = 0;
};

/// Jobs that were turned away, by the reason without its numbers.
class Rejections {
 public:
  void add(const WatchedJob& job, const std::string& reason);
  std::optional<Finding> finding(std::uint64_t submitted) const;

 private:
  struct Group {
    std::uint64_t count = 0;
    std::string name;  // Of its first job,
    std::string why;   // and why that was turned away.
  };
  std::uint64_t count_ = 0;
  std::vector<std::string> names_;
  std::map<std::string, Group> groups_;
};

/// Jobs that waited ten times the median, as Starvation counts them; or, if there are none, those
/// that had not started when the run ended.
class LongWaits {
 public:
  /// A job that completed, or had not started when the run ended.
  void add(const WatchedJob& job, Duration wait) { worst_.add(wait, job); }
  /// Of a job that had not started.
  void never_started() { ++never_started_; }
  std::optional<Finding> finding(const Tenants& tenants, const RunResult& figures) const;

 private:
  std::uint64_t never_started_ = 0;
  Worst worst_;
};

/// A stranded gang waited for longer than it ran (and than ten seconds) while as many devices as it
/// asks for were free, of one type that it accepts: they were scattered over nodes, lacked CPUs or
/// memory, or the policy, a quota or the scheduling interval held it back. The run of a job that
/// did not end is its estimate. There is a finding if one gang in a hundred is stranded.
class StrandedGangs {
 public:
  /// A gang waited for some time, of which it was `stranded` for some.
  void waited(Duration time, Duration stranded);
  void add(const WatchedJob& job, Duration run);
  std::optional<Finding> finding(const Tenants& tenants) const;

 private:
  std::uint64_t gangs_ = 0;
  std::uint64_t stranded_ = 0;
  double waited_seconds_ = 0;    // Of all gangs,
  double stranded_seconds_ = 0;  // and beside enough free devices.
  Worst worst_;
};

}  // namespace tandem
