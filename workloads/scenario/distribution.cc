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

/// A line of a file of amounts, one a line; 0 if it is none.
using LineReading = double (*)(const std::string& line);

double duration_in_line(const std::string& line) {
  const auto bare = split_unit(line);
  const auto duration = parse_duration(line);
  const double value = duration ? to_seconds(*duration) : bare ? bare->number : 0;
  const bool is_known = duration || (bare && bare->unit.empty());
  return is_known && value <= to_seconds(kLongestDuration) ? value : 0;
}

double count_in_line(const std::string& line) {
  const auto bare = split_unit(line);
  return bare && bare->unit.empty() && bare->number >= 1 && bare->number <= 1e8 ? bare->number : 0;
}

std::vector<double> read_amounts(const std::filesystem::path& path, LineReading read,
                                 const char* expected) {
  std::ifstream file(path);
  std::vector<double> amounts;
  std::string line;
  for (std::size_t number = 1; std::getline(file, line); ++number) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    if (line.empty() || line.front() == '#') continue;
    const double amount = read(line);
    if (amount <= 0) {
      throw InputError({path.string(), number, 1},
                       fmt::format("expected {}, one a line", expected));
    }
    amounts.push_back(amount);
  }
  if (amounts.empty()) {
    throw InputError({path.string(), 0, 0}, fmt::format("expected {}, but it is empty", expected));
  }
  return amounts;
}

Distribution::Shape empirical(const Value& value, Parameter parameter, LineReading read,
                              const char* expected, ScenarioBuild& build) {
  if (const Value* points = value.find("quantiles")) return quantiles_of(*points, parameter, build);
  std::vector<double> amounts;
  if (const Value* values = value.find("values")) {
    for (const Value& item : values->items) amounts.push_back(parameter(item));
  }
  if (const Value* file = value.find("file")) {
    if (const auto path = build.file_named(*file)) {
      build.attempt([&] { amounts = read_amounts(*path, read, expected); });
    }
  }
  if (amounts.empty()) amounts.push_back(1);  // A problem has been reported.
  return Empirical{std::make_shared<const std::vector<double>>(std::move(amounts))};
}

/// So that, rounded, every whole number between the bounds is equally likely.
Distribution::Shape uniform_counts(const Value& value, ScenarioBuild& build) {
  const double min = number_of(*value.find("min"));
  const double max = number_of(*value.find("max"));
  if (max < min) build.fail(value, "uniform: max is below min");
  return Uniform{min - 0.5, max + 0.4999999};
}

}  // namespace

Quantiles quantiles_of(const Value& value, double (*amount)(const Value&), ScenarioBuild& build) {
  std::vector<Quantiles::Point> points;
  for (const Value& item : value.items) {
    Value key;
    key.text = item.key;
    const Quantiles::Point point{number_of(key), amount(item)};
    const bool rises = points.empty() ? point.probability == 0
                                      : point.probability > points.back().probability &&
                                            point.value >= points.back().value;
    if (!rises) {
      build.problems.add(build.document.key_position(item),
                         fmt::format("quantiles: {} is out of order: they begin at 0, and both "
                                     "probabilities and amounts rise",
                                     item.key));
      break;
    }
    points.push_back(point);
  }
  if (!points.empty() && points.back().probability != 1 && build.problems.empty()) {
    build.fail(value, "quantiles: the last one must be of probability 1");
  }
  return {std::make_shared<const std::vector<Quantiles::Point>>(std::move(points))};
}

Distribution drawn_durations(const Value& value, Duration max, ScenarioBuild& build) {
  Distribution::Shape shape;
  if (const Value* l = value.find("lognormal")) shape = lognormal(*l, seconds_of, build);
  if (const Value* e = value.find("exponential")) shape = Exponential{seconds_of(*e)};
  if (const Value* d = value.find("deterministic")) shape = Deterministic{seconds_of(*d)};
  if (const Value* e = value.find("empirical")) {
    shape =
        empirical(*e, seconds_of, duration_in_line, "a duration above 0 and up to 50 years", build);
  }
  return Distribution(std::move(shape), to_seconds(max));
}

Distribution drawn_counts(const Value& value, ScenarioBuild& build) {
  if (value.kind == Value::Kind::kScalar) return Distribution(Deterministic{number_of(value)});
  Distribution::Shape shape;
  if (const Value* l = value.find("lognormal")) shape = lognormal(*l, number_of, build);
  if (const Value* e = value.find("exponential")) shape = Exponential{number_of(*e)};
  if (const Value* d = value.find("deterministic")) shape = Deterministic{number_of(*d)};
  if (const Value* u = value.find("uniform")) shape = uniform_counts(*u, build);
  if (const Value* e = value.find("empirical")) {
    shape = empirical(*e, number_of, count_in_line, "a number from 1 to 100000000", build);
  }
  return Distribution(std::move(shape));
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
