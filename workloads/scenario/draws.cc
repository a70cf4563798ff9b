// From a scenario's words to what is drawn for each job or request, whichever it is.
#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "workloads/scenario/build.h"

namespace tandem {
namespace {

double seconds_of(const Value& value) { return to_seconds(duration_of(value)); }

WeightedChoice<TenantId> zipf_tenants(const Value& value, ScenarioBuild& build) {
  std::vector<TenantId> tenants;
  std::vector<double> weights;
  const double exponent = number_of(*value.find("zipf"));
  for (std::int64_t k = 0; k < integer_of(*value.find("count")); ++k) {
    tenants.push_back(build.tenants.resolve(fmt::format("t{}", k)));
    weights.push_back(std::pow(static_cast<double>(k + 1), -exponent));
  }
  return {std::move(tenants), weights};
}

/// The weights of `hours`, divided by their mean.
Hours hours_of(const Value& value, ScenarioBuild& build) {
  constexpr std::size_t kDay = 24;
  constexpr std::size_t kYear = 366 * kDay;
  std::vector<double> weights;
  for (const Value& item : value.items) weights.push_back(number_of(item));
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  if (weights.size() % kDay != 0 || weights.size() > kYear) {
    build.fail(value,
               fmt::format("hours: expected 24 weights for each of up to 366 days; there are "
                           "{}",
                           weights.size()));
  } else if (sum == 0) {
    build.fail(value, "hours: all weights are 0");
  }
  for (double& weight : weights) weight *= static_cast<double>(weights.size()) / sum;
  return std::make_shared<const std::vector<double>>(std::move(weights));
}

}  // namespace

std::int64_t key_number(const Value& item) {
  Value key;
  key.text = item.key;
  return integer_of(key);
}

std::optional<std::vector<double>> weights_of(const Value& map, ScenarioBuild& build) {
  std::vector<double> weights;
  double sum = 0;
  for (const Value& item : map.items) {
    weights.push_back(number_of(item));
    sum += weights.back();
  }
  if (sum > 0) return weights;
  build.fail(map, fmt::format("{}: all weights are 0", map.key));
  return std::nullopt;
}

WeightedChoice<TenantId> drawn_tenants(const Value& generate, ScenarioBuild& build) {
  WeightedChoice<TenantId> drawn{TenantId{}};
  const Value* value = generate.find("tenants");
  if (value == nullptr) {
    build.attempt(generate, [&] { drawn = WeightedChoice(build.tenants.resolve(kDefaultTenant)); });
  } else if (value->has("zipf")) {
    build.attempt(*value, [&] { drawn = zipf_tenants(*value, build); });
  } else {
    std::vector<TenantId> tenants;
    for (const Value& item : value->items) {
      build.attempt(item, [&] { tenants.push_back(build.tenants.resolve(item.key)); });
    }
    const auto weights = weights_of(*value, build);
    if (weights && weights->size() == tenants.size()) drawn = {std::move(tenants), *weights};
  }
  return drawn;
}

WeightedChoice<std::int64_t> drawn_priority(const Value& generate, ScenarioBuild& build) {
  const Value* value = generate.find("priority");
  if (value == nullptr) return WeightedChoice<std::int64_t>(0);
  if (value->kind == Value::Kind::kScalar) return WeightedChoice(integer_of(*value));
  std::vector<std::int64_t> priorities;
  for (const Value& item : value->items) priorities.push_back(key_number(item));
  const auto weights = weights_of(*value, build);
  if (!weights) return WeightedChoice<std::int64_t>(0);
  return {std::move(priorities), *weights};
}

ArrivalShape arrival_shape_of(const Value& arrival, ScenarioBuild& build) {
  if (arrival.text == "at-once") return EqualGaps{std::numeric_limits<double>::infinity()};
  if (arrival.kind == Value::Kind::kScalar) return PoissonArrivals{};
  const Value& value = arrival.items.front();
  const Value* rate = value.kind == Value::Kind::kMap ? value.find("rate") : &value;
  ArrivalShape shape = PoissonArrivals{};
  if (value.key == "every") return EqualGaps{1 / seconds_of(value)};
  if (value.key == "gamma") shape = GammaArrivals{0, number_of(*value.find("cv"))};
  if (value.key == "weibull") shape = WeibullArrivals{0, number_of(*value.find("shape"))};
  if (value.key == "gaps") {
    const Quantiles gaps = quantiles_of(*value.find("quantiles"), number_of, build);
    // Of quantiles that are wrong a problem has been noted.
    if (build.problems.empty()) shape = QuantileArrivals{0, Distribution(gaps)};
  }
  if (value.key == "diurnal") {
    const Value* amplitude = value.find("amplitude");
    const Value* peak = value.find("peak");
    shape = DiurnalArrivals{0, amplitude != nullptr ? number_of(*amplitude) : 0.8,
                            peak != nullptr ? seconds_of(*peak) : 14 * 3600.0};
  }
  if (rate != nullptr) set_rate(shape, rate_of(*rate));
  if (const Value* hours = value.find("hours")) set_hours(shape, hours_of(*hours, build));
  return shape;
}

}  // namespace tandem
