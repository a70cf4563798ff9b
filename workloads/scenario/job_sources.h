// The sources of a workload's jobs, and the names they use up.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "policies/core/tenant.h"
#include "workloads/arrival.h"
#include "workloads/generators/job_generator.h"
#include "workloads/overrun.h"
#include "workloads/scenario/job_graph.h"
#include "workloads/traces/trace.h"

namespace tandem {

/// A trace as a scenario uses it; shared by all runs, never changed.
struct TraceWorkload {
  Trace trace;
  std::string prefix;
  std::vector<TenantId> tenants;   ///< By the trace's tenants.
  std::vector<DeviceTypes> types;  ///< By the trace's type sets.
  std::optional<std::int64_t> priority;
  double stretch = 1;        ///< Of the gaps between submissions.
  double shake = 0;          ///< Each comes up to so many mean gaps sooner or later.
  std::uint64_t source = 0;  ///< Place among the workload's sources; selects the stream.
};

/// Makes one source's stream afresh for a seed.
class JobSource {
 public:
  virtual ~JobSource() = default;
  virtual std::unique_ptr<ArrivalSource> arrivals(std::uint64_t seed) const = 0;
};

std::shared_ptr<const JobSource> generated_jobs(GeneratorSettings settings);
std::shared_ptr<const JobSource> trace_jobs(TraceWorkload workload);
/// Jobs in any order.
std::shared_ptr<const JobSource> listed_jobs(std::vector<Arrival> jobs);

/// What is done to every job on its way out.
struct ArrivalRules {
  Overrun overrun = Overrun::kRaise;
  std::shared_ptr<const Dependencies> dependencies;  ///< May be null.
};

/// All sources merged by (submission, place in the list), with ids 0, 1, 2 … Holds on to what the
/// sources share.
std::unique_ptr<ArrivalSource> merged_arrivals(
    const std::vector<std::shared_ptr<const JobSource>>& sources, const ArrivalRules& rules,
    std::uint64_t seed);

/// Which job names a workload has: listed ones, and patterns PREFIX0, PREFIX1 … of generators.
class JobNames {
 public:
  /// Whether the name was free; it is taken now.
  bool add(const std::string& name) { return names_.insert(name).second; }
  /// Nothing as count: there may be any number.
  void add_pattern(std::string prefix, std::optional<std::uint64_t> count);
  /// Whether some job has this name or, for a generator without a count, may have it.
  bool contains(std::string_view name) const;
  /// The listed names that a generator would use too.
  std::vector<std::string> clashes() const;
  /// What to suggest for a misspelt name; the first few of each source.
  std::vector<std::string> examples() const;

 private:
  struct Pattern {
    std::string prefix;
    std::optional<std::uint64_t> count;
    bool matches(std::string_view name) const;
  };
  std::unordered_set<std::string> names_;
  std::vector<Pattern> patterns_;
};

/// Everything below `workload.jobs`, in order.
struct JobSources {
  std::vector<std::shared_ptr<const JobSource>> list;
  std::shared_ptr<const Dependencies> dependencies;
  std::unordered_set<std::string> prefixes;  ///< Names of generators and traces.
  JobNames names;
};

}  // namespace tandem
