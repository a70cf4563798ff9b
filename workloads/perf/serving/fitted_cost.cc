// Evaluates and checks coefficients; fit_coefficients.cc finds them.
#include "workloads/perf/serving/fitted_cost.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <utility>

#include "policies/core/error.h"
#include "workloads/perf/serving/picoseconds.h"

namespace tandem {
namespace {

double real(std::int64_t number) { return static_cast<double>(number); }

std::array<std::pair<const char*, double>, 5> named(const StepCoefficients& c) {
  return {{{"step", c.step},
           {"prefill_tokens", c.prefill_tokens},
           {"prefill_pairs", c.prefill_pairs},
           {"requests", c.requests},
           {"decode_context", c.decode_context}}};
}

}  // namespace

FittedCost::FittedCost(const StepCoefficients& coefficients, std::string source, CostBand band)
    : coefficients_(coefficients), source_(std::move(source)), band_(band) {
  double sum = 0;
  for (const auto& [name, value] : named(coefficients)) {
    if (!std::isfinite(value) || value < 0 || value > kLongestStepSeconds) {
      throw InputError(fmt::format("{}: coefficient {} is {}: expected seconds, 0 to a day",
                                   source_, name, value));
    }
    sum += value;
  }
  if (sum <= 0) throw InputError(source_ + ": all coefficients are 0");
}

StepLine FittedCost::line(const BatchShape& shape) const {
  const StepCoefficients& c = coefficients_;
  const double fixed = c.step + c.prefill_tokens * real(shape.prefill_tokens) +
                       c.prefill_pairs * real(shape.prefill_pairs) +
                       c.requests * real(shape.prefill_requests + shape.decode_requests);
  return {to_picoseconds(fixed), to_picoseconds(c.decode_context),
          std::numeric_limits<std::int64_t>::max()};
}

CostAccount FittedCost::account() const {
  CostAccount account;
  for (const auto& [name, value] : named(coefficients_)) {
    account.numbers.push_back({name, value, "s", source_});
  }
  account.prefill = account.decode = band_;
  account.band_source = source_;
  return account;
}

}  // namespace tandem
