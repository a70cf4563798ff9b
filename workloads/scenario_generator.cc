// From a `generate` entry to the settings of a generator.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <limits>

#include "policies/core/quantity_text.h"
#include "workloads/scenario_build.h"
#include "workloads/scenario_spec.h"

namespace tandem {
namespace {

/// A distribution's parameter: durations count in seconds, factors are plain numbers.
using Parameter = double (*)(const Value&);
double seconds_of(const Value& value) { return to_seconds(duration_of(value)); }

class GeneratorBuilder {
 public:
  GeneratorBuilder(const Value& value, std::size_t index, ScenarioBuild& build)
      : value_(value), build_(build) {
    settings_.source = index;
  }

  void add() {
    read_extent();
    settings_.demand = demand_of(value_, build_);
    settings_.kind = kind_of(value_);
    if (const Value* input = value_.find("input")) settings_.input = bytes_of(*input);
    read_run_time();
    if (const Value* devices = value_.find("devices")) read_devices(*devices);
    if (const Value* estimate = value_.find("estimate")) read_estimate(*estimate);
    if (const Value* priority = value_.find("priority")) read_priority(*priority);
    read_tenants();
    read_arrival(*value_.find("arrival"));
    if (!build_.problems.empty()) return;
    build_.scenario.random |= settings_.is_random();
    build_.sources.list.push_back(generated_jobs(std::move(settings_)));
  }

 private:
  void read_extent() {
    const Value* name = value_.find("name");
    const std::string base = name != nullptr ? name->text : fmt::format("g{}", settings_.source);
    settings_.prefix = base + "-";
    if (const Value* count = value_.find("count")) {
      settings_.count = static_cast<std::uint64_t>(integer_of(*count));
    }
    if (const Value* start = value_.find("start")) settings_.start = Time{duration_of(*start)};
    if (const Value* until = value_.find("until")) settings_.until = Time{duration_of(*until)};
    if (!settings_.count && !settings_.until) {
      build_.fail(value_, "generate needs 'count' or 'until': how many jobs there are");
    }
    if (!build_.sources.prefixes.insert(base).second) {
      build_.fail(name != nullptr ? *name : value_,
                  fmt::format("there are two sources of jobs named '{}'", base));
    }
    build_.sources.names.add_pattern(settings_.prefix, settings_.count);
  }

  Distribution::Shape lognormal(const Value& value, Parameter parameter) {
    if (const Value* median = value.find("median")) {
      const Value& p99 = *value.find("p99");
      if (parameter(p99) < parameter(*median)) {
        build_.fail(p99, fmt::format("the 99th percentile {} is below the median {}", shown(p99),
                                     shown(*median)));
      }
      return LogNormal::by_median_p99(parameter(*median), parameter(p99));
    }
    return LogNormal::by_mean_cv(parameter(*value.find("mean")), number_of(*value.find("cv")));
  }

  void read_run_time() {
    const Value& value = *value_.find("duration");
    Distribution::Shape shape;
    if (const Value* l = value.find("lognormal")) shape = lognormal(*l, seconds_of);
    if (const Value* e = value.find("exponential")) shape = Exponential{seconds_of(*e)};
    if (const Value* d = value.find("deterministic")) shape = Deterministic{seconds_of(*d)};
    if (const Value* e = value.find("empirical")) shape = empirical(*e);
    const Value* max = value_.find("max");
    settings_.run_time_s = Distribution(
        std::move(shape), to_seconds(max != nullptr ? duration_of(*max) : kLongestDuration));
  }

  Distribution::Shape empirical(const Value& value) {
    std::vector<double> seconds;
    if (const Value* values = value.find("values")) {
      for (const Value& item : values->items) seconds.push_back(seconds_of(item));
    }
    if (const Value* file = value.find("file")) {
      if (const auto path = build_.file_named(*file)) {
        build_.attempt([&] { seconds = read_durations(*path); });
      }
    }
    if (seconds.empty()) seconds.push_back(1);  // A problem has been reported.
    return Empirical{std::make_shared<const std::vector<double>>(std::move(seconds))};
  }

  void read_devices(const Value& value) {
    if (value.kind == Value::Kind::kScalar) {
      settings_.devices = WeightedChoice(static_cast<std::uint32_t>(integer_of(value)));
      return;
    }
    std::vector<std::uint32_t> sizes;
    for (const Value& item : value.items) {
      const std::int64_t size = key_number(item);
      if (size < 0 || size > 1'000'000) {
        build_.problems.add(build_.document.key_position(item),
                            fmt::format("devices: {} is out of range: a gang has 0 to 1000000 "
                                        "devices",
                                        item.key));
      }
      sizes.push_back(static_cast<std::uint32_t>(size));
    }
    if (const auto weights = weights_of(value)) settings_.devices = {std::move(sizes), *weights};
  }

  void read_priority(const Value& value) {
    if (value.kind == Value::Kind::kScalar) {
      settings_.priority = WeightedChoice(integer_of(value));
      return;
    }
    std::vector<std::int64_t> priorities;
    for (const Value& item : value.items) priorities.push_back(key_number(item));
    if (const auto weights = weights_of(value)) {
      settings_.priority = {std::move(priorities), *weights};
    }
  }

  void read_tenants() {
    const Value* value = value_.find("tenants");
    std::vector<TenantId> tenants;
    if (value == nullptr) {
      build_.attempt(value_, [&] {
        settings_.tenant = WeightedChoice(build_.tenants.resolve(kDefaultTenant));
      });
    } else if (const Value* zipf = value->find("zipf")) {
      std::vector<double> weights;
      build_.attempt(*value, [&] {
        for (std::int64_t k = 0; k < integer_of(*value->find("count")); ++k) {
          tenants.push_back(build_.tenants.resolve(fmt::format("t{}", k)));
          weights.push_back(std::pow(static_cast<double>(k + 1), -number_of(*zipf)));
        }
        settings_.tenant = {std::move(tenants), weights};
      });
    } else {
      for (const Value& item : value->items) {
        build_.attempt(item, [&] { tenants.push_back(build_.tenants.resolve(item.key)); });
      }
      const auto weights = weights_of(*value);
      if (weights && weights->size() == tenants.size()) {
        settings_.tenant = {std::move(tenants), *weights};
      }
    }
  }

  void read_estimate(const Value& value) {
    if (value.kind == Value::Kind::kScalar) {
      if (value.text == "round") settings_.estimate = RoundEstimate{};
      return;
    }
    const Value& factor = *value.find("factor");
    if (factor.kind == Value::Kind::kScalar) {
      settings_.estimate = FactorEstimate{Distribution(Deterministic{number_of(factor)})};
    } else if (const Value* shape = factor.find("lognormal")) {
      settings_.estimate = FactorEstimate{Distribution(lognormal(*shape, number_of))};
    } else {
      const Value& uniform = *factor.find("uniform");
      const Uniform range{number_of(*uniform.find("min")), number_of(*uniform.find("max"))};
      if (range.max < range.min) build_.fail(uniform, "uniform: max is below min");
      settings_.estimate = FactorEstimate{Distribution(range)};
    }
  }

  void read_arrival(const Value& value) {
    const Value* rate = nullptr;
    if (value.kind == Value::Kind::kScalar) {
      settings_.arrival = PoissonArrivals{};
    } else {
      const Value& shape = value.items.front();
      rate = shape.kind == Value::Kind::kMap ? shape.find("rate") : &shape;
      read_arrival_shape(shape);
    }
    const Value* load = value_.find("load");
    if (rate != nullptr && load != nullptr) {
      build_.fail(*load, "'load' sets the arrival rate, and 'arrival' gives one too: drop either");
    } else if (rate != nullptr) {
      set_rate(settings_.arrival, value.has("every") ? 1 / seconds_of(*rate) : rate_of(*rate));
    } else if (load != nullptr) {
      set_rate(settings_.arrival, rate_for(*load));
    } else {
      build_.fail(value, "'arrival' has no rate: give one, or give 'load'");
    }
    check_count();
  }

  void read_arrival_shape(const Value& shape) {
    if (shape.key == "poisson") settings_.arrival = PoissonArrivals{};
    if (shape.key == "every") settings_.arrival = EqualGaps{};
    if (shape.key == "gamma") settings_.arrival = GammaArrivals{0, number_of(*shape.find("cv"))};
    if (shape.key == "weibull") {
      settings_.arrival = WeibullArrivals{0, number_of(*shape.find("shape"))};
    }
    if (shape.key == "diurnal") {
      const Value* amplitude = shape.find("amplitude");
      const Value* peak = shape.find("peak");
      settings_.arrival = DiurnalArrivals{0, amplitude ? number_of(*amplitude) : 0.8,
                                          peak ? seconds_of(*peak) : 14 * 3600.0};
    }
  }

  /// The arrival rate at which jobs ask for `load` of the devices they accept: a job asks for
  /// E[devices] * E[run time] device-seconds, since the two are drawn independently.
  double rate_for(const Value& load) {
    const double devices = devices_accepted(settings_.demand.types, build_.scenario.cluster);
    const double asked = settings_.devices.mean([](std::uint32_t n) { return double{1} * n; }) *
                         settings_.run_time_s.mean();
    if (devices == 0 || asked == 0) {
      build_.fail(load, devices == 0 ? "there is no load on a cluster without fitting devices"
                                     : "there is no load from jobs without devices");
      return 1;
    }
    return number_of(load) * devices / asked;
  }

  /// Refuses what would not end in a lifetime: jobs without number, or beyond the end of time.
  void check_count() {
    const double rate = tandem::rate_of(settings_.arrival);
    const double start = to_seconds(settings_.start);
    constexpr double kMostJobs = 1e8;
    if (settings_.count) {
      const double end = start + static_cast<double>(*settings_.count) / std::max(rate, 1e-300);
      if (!settings_.until && end > to_seconds(kLongestDuration)) {
        build_.fail(value_, "the last of these jobs would be submitted after more than 50 years");
      }
    } else if (settings_.until && (to_seconds(*settings_.until) - start) * rate > kMostJobs / 2) {
      build_.fail(value_, "these are more than 50000000 jobs; give a 'count'");
    }
  }

  static std::int64_t key_number(const Value& item) {
    Value key;
    key.text = item.key;
    return integer_of(key);
  }

  std::optional<std::vector<double>> weights_of(const Value& map) {
    std::vector<double> weights;
    double sum = 0;
    for (const Value& item : map.items) {
      weights.push_back(number_of(item));
      sum += weights.back();
    }
    if (sum > 0) return weights;
    build_.fail(map, fmt::format("{}: all weights are 0", map.key));
    return std::nullopt;
  }

  static std::vector<double> read_durations(const std::filesystem::path& path);

  const Value& value_;
  ScenarioBuild& build_;
  GeneratorSettings settings_;
};

std::vector<double> GeneratorBuilder::read_durations(const std::filesystem::path& path) {
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

}  // namespace

void build_generator(const Value& value, std::size_t index, ScenarioBuild& build) {
  GeneratorBuilder(value, index, build).add();
}

}  // namespace tandem
