// Jobs on their way to a scheduler, in the order in which they come.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "policies/core/job.h"
#include "policies/core/pipeline.h"
#include "policies/core/units.h"
#include "workloads/recipe.h"

namespace tandem {

struct Evaluation;
struct Recipe;
class Training;

/// A job with what only the world may know of it.
struct Arrival {
  Job job;
  Duration run_time{};  ///< How long the gang computes, undisturbed.
  Bytes input;          ///< Read from storage before it computes, each time it starts.
  Bytes state;          ///< Written when it is preempted, read when it starts again.
  bool killed = false;  ///< It is ended after `run_time`, which is its walltime, before it is done.
  /// What its steps take, on the devices and the network that it gets; null: the run time is all
  /// that is known. Then run_time is that of all steps on the fastest type it accepts, undisturbed.
  std::shared_ptr<const Training> training = {};
  /// How it really learns, or what text it is evaluated on; null: nothing is stated. Of no use to a
  /// simulation.
  std::shared_ptr<const Recipe> recipe = {};
  std::shared_ptr<const Evaluation> evaluation = {};  ///< Null: it is none.
  std::vector<JobId> after = {};          ///< Jobs that must be done before; they came earlier.
  std::optional<PipelinePart> part = {};  ///< Nothing: it belongs to no pipeline.
};

/// A stream of arrivals, ordered by submission time, with job ids 0, 1, 2 … Made afresh for every
/// run; holds what it needs for the next arrival, not what has passed.
class ArrivalSource {
 public:
  virtual ~ArrivalSource() = default;
  /// The next job, or nothing when no more will come.
  virtual std::optional<Arrival> next() = 0;
  /// How many there will be in all.
  virtual std::uint64_t count() const = 0;
};

}  // namespace tandem
