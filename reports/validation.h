// How well simulations predict real runs: metric by metric, of jobs and of services, policy by
// policy, and whether they put the policies in the same order.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "reports/metric.h"
#include "reports/run_result.h"

namespace tandem {

/// A real run, and the simulation of its jobs and services under its policy.
struct Twin {
  RunResult real;
  RunResult simulated;
  bool has_jobs = true;  ///< Besides replicas of services.
};

/// A metric under one policy, over all its real runs.
struct Prediction {
  std::string metric;  ///< "jct_s_mean", or of a service "chat.ttft_s_mean".
  std::string label;   ///< For people.
  Unit unit = Unit::kSeconds;
  double real = 0;               ///< Mean of the real runs.
  double simulated = 0;          ///< Mean of their simulations.
  std::optional<double> spread;  ///< Half the range of the real runs over their mean; of one: none.
  double error() const { return real == 0 ? 0 : simulated / real - 1; }
};

struct PolicyValidation {
  std::string policy;
  std::size_t runs = 0;
  std::vector<Prediction> predictions;
};

struct Validation {
  std::vector<PolicyValidation> policies;  ///< In the order of the runs.
  /// Pairs of policies whose real mean JCTs do not overlap over their runs, and of them those that
  /// the simulation puts in the same order.
  std::size_t separated = 0;
  std::size_t alike = 0;
};

Validation validate(std::span<const Twin> twins);

/// The answer, then a table for each policy.
std::string validation_text(const Validation& validation);
/// Schema tandem.validation/1.
nlohmann::ordered_json to_json(const Validation& validation);

}  // namespace tandem
