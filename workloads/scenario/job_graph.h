// Jobs that are written out in a scenario, and the graph of which of them wait for which.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "workloads/arrival.h"
#include "workloads/format/problems.h"

namespace tandem {

/// A job that stands in the scenario, alone or as a stage of a pipeline.
struct WrittenJob {
  /// A name in its `depends_on`, and where it stands there.
  struct Awaited {
    std::string name;
    Position where;
  };
  Arrival arrival;
  std::size_t entry = 0;  ///< Which entry of the workload's jobs it comes from.
  std::string group;      ///< A name that also stands for it: of a stage, for all its slices.
  std::string scope;      ///< Looked in first for awaited names: "p/" in the pipeline p.
  std::vector<Awaited> depends_on;
  bool is_in_graph = false;  ///< Waits for some job, or some job for it.
};

/// By name, what the jobs of a graph wait for; ids come with the stream of arrivals.
struct Dependencies {
  std::unordered_map<std::string, std::vector<std::string>> after;
  std::unordered_set<std::string> awaited;
};

/// Connects the jobs: marks those in the graph, sets their critical paths and moves them behind the
/// others, in order of submission and each behind what it waits for. Returns null if there are
/// none. Adds a problem for unknown names, circles, and jobs that are submitted before what they
/// wait for.
std::shared_ptr<const Dependencies> connect_jobs(std::vector<WrittenJob>& jobs, Problems& problems);

}  // namespace tandem
