// Least squares with no coefficient below 0: five unknowns have 31 sets of which may be above 0, so
// all are solved and the best is taken, exactly.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "policies/core/error.h"
#include "workloads/perf/serving/fitted_cost.h"
#include "workloads/perf/serving/measured_csv.h"

namespace tandem {
namespace {

constexpr std::size_t kTerms = 5;
constexpr std::size_t kFewestSteps = 6;
constexpr std::int64_t kMostCount = 1'000'000'000'000'000;
using Terms = std::array<double, kTerms>;

struct Step {
  Terms terms{};
  double seconds = 0;
};

std::vector<Step> read_steps(std::string_view csv, const std::string& file) {
  CsvReader reader(csv, file);
  const std::size_t tokens = reader.column("prefill_tokens");
  const std::size_t pairs = reader.column("prefill_pairs");
  const std::size_t prefills = reader.column("prefill_requests");
  const std::size_t decodes = reader.column("decode_requests");
  const std::size_t context = reader.column("decode_context");
  const std::size_t time = reader.column("time_us");
  std::vector<Step> steps;
  while (reader.next()) {
    const auto count = [&](std::size_t column) {
      return measured_count(reader.field(column), 0, kMostCount);
    };
    steps.push_back(
        {{1, count(tokens), count(pairs), count(prefills) + count(decodes), count(context)},
         measured_seconds(reader.field(time))});
  }
  if (steps.size() < kFewestSteps) {
    throw InputError({file}, fmt::format("{} measured steps are too few to fit {} coefficients: "
                                         "expected {} or more",
                                         steps.size(), kTerms, kFewestSteps));
  }
  return steps;
}

/// Sums of products of the terms, each in units of its largest; the last column is the time's.
struct NormalEquations {
  std::array<std::array<double, kTerms + 1>, kTerms> sums{};
  Terms unit{};
};

NormalEquations normal_equations(const std::vector<Step>& steps) {
  NormalEquations equations;
  for (const Step& step : steps) {
    for (std::size_t i = 0; i < kTerms; ++i) {
      equations.unit[i] = std::max(equations.unit[i], step.terms[i]);
    }
  }
  for (const Step& step : steps) {
    for (std::size_t i = 0; i < kTerms; ++i) {
      if (equations.unit[i] <= 0) continue;
      const double one = step.terms[i] / equations.unit[i];
      for (std::size_t j = 0; j < kTerms; ++j) {
        if (equations.unit[j] > 0) equations.sums[i][j] += one * step.terms[j] / equations.unit[j];
      }
      equations.sums[i][kTerms] += one * step.seconds;
    }
  }
  return equations;
}

/// Gauss with pivots, of the terms in `chosen`; nothing if they depend on each other.
std::optional<Terms> solve(const NormalEquations& equations, unsigned chosen) {
  auto rows = equations.sums;
  std::vector<std::size_t> terms;
  for (std::size_t i = 0; i < kTerms; ++i) {
    if ((chosen >> i & 1U) != 0) terms.push_back(i);
  }
  for (std::size_t at = 0; at < terms.size(); ++at) {
    const std::size_t column = terms[at];
    const auto pivot = std::max_element(
        terms.begin() + static_cast<std::ptrdiff_t>(at), terms.end(),
        [&](auto a, auto b) { return std::abs(rows[a][column]) < std::abs(rows[b][column]); });
    std::swap(rows[column], rows[*pivot]);
    if (std::abs(rows[column][column]) < 1e-10 * equations.sums[column][column] ||
        rows[column][column] == 0) {
      return std::nullopt;
    }
    for (const std::size_t row : terms) {
      if (row == column) continue;
      const double factor = rows[row][column] / rows[column][column];
      for (std::size_t j = 0; j <= kTerms; ++j) rows[row][j] -= factor * rows[column][j];
    }
  }
  Terms found{};
  for (const std::size_t i : terms) found[i] = rows[i][kTerms] / rows[i][i] / equations.unit[i];
  return found;
}

double modelled(const Terms& coefficients, const Step& step) {
  double seconds = 0;
  for (std::size_t i = 0; i < kTerms; ++i) seconds += coefficients[i] * step.terms[i];
  return seconds;
}

Terms best_terms(const std::vector<Step>& steps) {
  const NormalEquations equations = normal_equations(steps);
  Terms best{};
  double least = std::numeric_limits<double>::infinity();
  for (unsigned chosen = 1; chosen < 1U << kTerms; ++chosen) {
    const auto found = solve(equations, chosen);
    if (!found || std::ranges::any_of(*found, [](double c) { return !(c >= 0); })) continue;
    double squares = 0;
    for (const Step& step : steps) {
      const double error = modelled(*found, step) - step.seconds;
      squares += error * error;
    }
    if (squares < least) {
      least = squares;
      best = *found;
    }
  }
  return best;
}

}  // namespace

StepFit fit_coefficients(std::string_view csv, const std::string& file) {
  const std::vector<Step> steps = read_steps(csv, file);
  const Terms best = best_terms(steps);
  StepFit fit;
  fit.coefficients = {best[0], best[1], best[2], best[3], best[4]};
  fit.steps = steps.size();
  std::vector<double> ratios;
  for (const Step& step : steps) {
    const double ours = modelled(best, step);
    fit.mean_error += std::abs(ours / step.seconds - 1) / static_cast<double>(steps.size());
    // A step that the fit says takes no time has no ratio; the smallest time stands in.
    ratios.push_back(step.seconds / std::max(ours, 1e-12));
  }
  std::ranges::sort(ratios);
  const std::size_t cut = ratios.size() / 20;
  fit.band = {ratios[cut], ratios[ratios.size() - 1 - cut]};
  return fit;
}

}  // namespace tandem
