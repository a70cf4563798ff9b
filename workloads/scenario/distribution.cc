// From a scenario's words to the distributions that run times and estimates are drawn from.
#include <fmt/format.h>

#include <fstream>
#include <utility>

#include "policies/core/quantity_text.h"
#include "workloads/scenario/build.h"
#include "workloads/scenario/scenario_spec.h"

namespace tandem {
namespace {

/// A distribution's parameter: durations count in seconds, factors are plain numbers.
using Parameter = double (*)(const Value&);
double seconds_of(const Value& value) { return to_seconds(duration_of(value)); }

Distribution::Shape lognormal(const Value& value, Parameter parameter, ScenarioBuild& build) {
  if (const Value* median = value.find("median")) {
    const Value& p99 = *value.find("p99");
    if (parameter(p99) < parameter(*median)) {
      build.fail(p99, fmt::format("the 99th percentile {} is below the median {}", shown(p99),
                                  shown(*median)));
    }
    return LogNormal::by_median_p99(parameter(*median), parameter(p99));
  }
  return LogNormal::by_mean_cv(parameter(*value.find("mean")), number_of(*value.find("cv")));
}

std::vector<double> read_durations(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::vector<double> seconds;
  std::string line;
  for (std::size_t number = 1; std::getline(file, line); ++number) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    if (line.empty() || line.front() == '#') continue;
    const auto bare = split_unit(line);
    const auto duration = parse_duration(line);
    const double value = duration ? to_seconds(*duration) : bare ? bare->number : 0;
    const bool is_known = duration || (bare && bare->unit.empty());
    if (!is_known || value <= 0 || value > to_seconds(kLongestDuration)) {
      throw InputError({path.string(), number, 1},
                       "expected a duration above 0 and up to 50 years, one a line");
    }
    seconds.push_back(value);
  }
  if (seconds.empty()) throw InputError({path.string(), 0, 0}, "there is no duration in this file");
  return seconds;
}

Distribution::Shape empirical(const Value& value, ScenarioBuild& build) {
  std::vector<double> seconds;
  if (const Value* values = value.find("values")) {
    for (const Value& item : values->items) seconds.push_back(seconds_of(item));
  }
  if (const Value* file = value.find("file")) {
    if (const auto path = build.file_named(*file)) {
      build.attempt([&] { seconds = read_durations(*path); });
    }
  }
  if (seconds.empty()) seconds.push_back(1);  // A problem has been reported.
  return Empirical{std::make_shared<const std::vector<double>>(std::move(seconds))};
}

}  // namespace

Distribution run_time_of(const Value& generate, ScenarioBuild& build) {
  const Value& value = *generate.find("duration");
  Distribution::Shape shape;
  if (const Value* l = value.find("lognormal")) shape = lognormal(*l, seconds_of, build);
  if (const Value* e = value.find("exponential")) shape = Exponential{seconds_of(*e)};
  if (const Value* d = value.find("deterministic")) shape = Deterministic{seconds_of(*d)};
  if (const Value* e = value.find("empirical")) shape = empirical(*e, build);
  const Value* max = generate.find("max");
  return Distribution(std::move(shape),
                      to_seconds(max != nullptr ? duration_of(*max) : kLongestDuration));
}

EstimateRule estimate_rule_of(const Value& value, ScenarioBuild& build) {
  if (value.kind == Value::Kind::kScalar) {
    if (value.text == "round") return RoundEstimate{};
    return ExactEstimate{};
  }
  const Value& factor = *value.find("factor");
  if (factor.kind == Value::Kind::kScalar) {
    return FactorEstimate{Distribution(Deterministic{number_of(factor)})};
  } else if (const Value* shape = factor.find("lognormal")) {
    return FactorEstimate{Distribution(lognormal(*shape, number_of, build))};
  } else {
    const Value& uniform = *factor.find("uniform");
    const Uniform range{number_of(*uniform.find("min")), number_of(*uniform.find("max"))};
    if (range.max < range.min) build.fail(uniform, "uniform: max is below min");
    return FactorEstimate{Distribution(range)};
  }
}

}  // namespace tandem
