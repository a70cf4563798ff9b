// The time of an engine's step as a sum of five terms with coefficients that the user knows or that
// are fitted to measured steps: the least that tells prompts from decoding.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "workloads/perf/serving/cost_account.h"
#include "workloads/perf/serving/step_line.h"

namespace tandem {

/// Seconds, none below 0.
struct StepCoefficients {
  double step = 0;            ///< Every step.
  double prefill_tokens = 0;  ///< Each prompt token.
  double prefill_pairs = 0;   ///< Each pair of BatchShape::prefill_pairs.
  double requests = 0;        ///< Each request, whether it computes a prompt or decodes.
  double decode_context = 0;  ///< Each token of BatchShape::decode_context.
};

class FittedCost final : public StepCost {
 public:
  /// Throws InputError unless all are finite, none negative, and one above 0. `source` says where
  /// they come from.
  FittedCost(const StepCoefficients& coefficients, std::string source, CostBand band = {});

  StepLine line(const BatchShape& shape) const override;
  CostAccount account() const;

 private:
  StepCoefficients coefficients_;
  std::string source_;
  CostBand band_;
};

struct StepFit {
  StepCoefficients coefficients;
  std::size_t steps = 0;
  double mean_error = 0;  ///< Of |modelled / measured - 1|.
  CostBand band;          ///< Nine of ten steps.
};

/// Least squares over measured steps, none of the coefficients below 0. A table of
/// prefill_tokens, prefill_pairs, prefill_requests, decode_requests, decode_context, time_us. What
/// no step had gets 0. Throws InputError for what is no such table.
StepFit fit_coefficients(std::string_view csv, const std::string& file);

}  // namespace tandem
