// What one gang is to compute: read by every rank, written by the controller. No LibTorch here.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>

#include "policies/core/job.h"
#include "workloads/catalog/architecture.h"
#include "workloads/perf/layout.h"
#include "workloads/recipe.h"

namespace tandem {

struct TrainingSpec {
  JobKind kind = JobKind::kTrain;  ///< Or kEvaluate: the loss over the held-out text.
  Architecture model;
  Layout layout;
  std::int64_t steps = 1;  ///< Of training in all; 0 for an evaluation.
  std::int64_t rows = 0;   ///< Of the held-out text, at most, that an evaluation looks at; 0: all.
  Recipe recipe;
  /// Where an evaluation finds its weights: a folder of checkpoints.
  std::filesystem::path checkpoints;
};

nlohmann::json to_json(const TrainingSpec& spec);
/// Throws InputError that names what is missing or wrong.
TrainingSpec training_spec_of(const nlohmann::json& json);

/// Why the trainer cannot compute it (a mixture of experts, fp8, an uneven split …), in words for
/// the user; empty if it can.
std::string why_not_trainable(const TrainingSpec& spec);

}  // namespace tandem
