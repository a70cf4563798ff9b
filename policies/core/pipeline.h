// Pipelines as a run knows them: work in stages that wait for each other, some of them cut into
// slices over shards of a data set.
//
// A scheduler sees jobs and what they wait for, and needs no more. Whoever reports on a run wants
// to say how long the whole took and what a stage paid for being cut, without guessing from names.
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "policies/core/ids.h"
#include "policies/core/units.h"

namespace tandem {

/// A stage, the same in every run of its pipeline.
struct PipelineStage {
  std::string name;          ///< No white space.
  std::uint32_t slices = 0;  ///< The jobs it is cut into; 0: it is one job, uncut.
  Duration run_time{};       ///< Of each of its jobs, undisturbed, on what it asks for.
  Duration overhead{};       ///< The part of run_time that is a fixed cost, however it is cut.

  std::uint32_t jobs() const { return std::max(slices, 1U); }
  friend bool operator==(const PipelineStage&, const PipelineStage&) = default;
};

struct Pipeline {
  std::string name;        ///< No white space.
  std::uint32_t runs = 0;  ///< How many times it is submitted; 0: once, without a number.
  std::vector<PipelineStage> stages;

  std::uint32_t most_runs() const { return std::max(runs, 1U); }
  /// Of one run.
  std::uint64_t jobs() const {
    std::uint64_t count = 0;
    for (const PipelineStage& stage : stages) count += stage.jobs();
    return count;
  }
  /// "nightly", or "nightly-3" if it is submitted several times.
  std::string run_name(std::uint32_t run) const {
    return runs == 0 ? name : name + "-" + std::to_string(run);
  }
  friend bool operator==(const Pipeline&, const Pipeline&) = default;
};

/// Which job of which run of a pipeline a job is.
struct PipelinePart {
  PipelineId pipeline;
  std::uint32_t run = 0;
  std::uint32_t stage = 0;  ///< Its place in Pipeline::stages.
  std::uint32_t slice = 0;
  friend auto operator<=>(const PipelinePart&, const PipelinePart&) = default;
};

}  // namespace tandem
