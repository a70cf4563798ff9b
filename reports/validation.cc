#include "reports/validation.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "reports/human.h"
#include "reports/metric.h"

namespace tandem {
namespace {

/// What is compared: what users wait, how long all takes, how busy the devices are.
constexpr std::array<std::string_view, 6> kMetrics = {
    "jct_s_mean", "jct_s_p95", "wait_s_mean", "bounded_slowdown_mean", "makespan_s", "utilization"};
constexpr std::string_view kRankedBy = "jct_s_mean";

struct Range {
  double least = 0;
  double most = 0;
  double mean = 0;
};

Range range_of(const std::vector<double>& values) {
  Range range{values.front(), values.front(), 0};
  for (const double value : values) {
    range.least = std::min(range.least, value);
    range.most = std::max(range.most, value);
    range.mean += value / static_cast<double>(values.size());
  }
  return range;
}

using Twins = std::vector<const Twin*>;

std::vector<double> values_of(const Twins& twins, std::string_view metric, RunResult Twin::*which) {
  std::vector<double> values;
  for (const Twin* twin : twins) {
    if (const auto value = metrics()[metric_index(metric)].value(twin->*which)) {
      values.push_back(*value);
    }
  }
  return values;
}

std::optional<Prediction> prediction_of(const Twins& twins, std::string_view metric) {
  const auto real = values_of(twins, metric, &Twin::real);
  const auto simulated = values_of(twins, metric, &Twin::simulated);
  if (real.empty() || simulated.empty()) return std::nullopt;
  const Range range = range_of(real);
  Prediction prediction{std::string(metric), range.mean, range_of(simulated).mean, {}};
  if (real.size() > 1 && range.mean != 0) {
    prediction.spread = (range.most - range.least) / 2 / range.mean;
  }
  return prediction;
}

std::string percent(double share) { return fmt::format("{:+.1f} %", share * 100); }

double worst_error(const Validation& validation, std::string_view metric) {
  double worst = 0;
  for (const PolicyValidation& policy : validation.policies) {
    for (const Prediction& prediction : policy.predictions) {
      if (prediction.metric == metric) worst = std::max(worst, std::abs(prediction.error()));
    }
  }
  return worst;
}

void count_order(const std::vector<Twins>& groups, Validation& validation) {
  for (std::size_t a = 0; a < groups.size(); ++a) {
    for (std::size_t b = a + 1; b < groups.size(); ++b) {
      const auto real_a = values_of(groups[a], kRankedBy, &Twin::real);
      const auto real_b = values_of(groups[b], kRankedBy, &Twin::real);
      const auto simulated_a = values_of(groups[a], kRankedBy, &Twin::simulated);
      const auto simulated_b = values_of(groups[b], kRankedBy, &Twin::simulated);
      if (real_a.empty() || real_b.empty() || simulated_a.empty() || simulated_b.empty()) continue;
      const Range first = range_of(real_a);
      const Range second = range_of(real_b);
      if (first.most >= second.least && second.most >= first.least) continue;
      ++validation.separated;
      const bool real_order = first.mean < second.mean;
      const bool simulated_order = range_of(simulated_a).mean < range_of(simulated_b).mean;
      validation.alike += real_order == simulated_order ? 1 : 0;
    }
  }
}

}  // namespace

Validation validate(std::span<const Twin> twins) {
  std::vector<Twins> groups;
  for (const Twin& twin : twins) {
    const auto found = std::ranges::find_if(
        groups, [&](const Twins& group) { return group.front()->real.policy == twin.real.policy; });
    (found != groups.end() ? *found : groups.emplace_back()).push_back(&twin);
  }
  Validation validation;
  for (const Twins& group : groups) {
    PolicyValidation policy{group.front()->real.policy, group.size(), {}};
    for (const std::string_view metric : kMetrics) {
      if (auto prediction = prediction_of(group, metric)) {
        policy.predictions.push_back(std::move(*prediction));
      }
    }
    validation.policies.push_back(std::move(policy));
  }
  count_order(groups, validation);
  return validation;
}

std::string validation_text(const Validation& validation) {
  std::string text = fmt::format(
      "The simulated mean JCT is at most {:.1f} % off, the makespan {:.1f} %",
      worst_error(validation, "jct_s_mean") * 100, worst_error(validation, "makespan_s") * 100);
  if (validation.separated > 0) {
    text += fmt::format("; {} of {} pairs of policies that differ are in the same order",
                        validation.alike, validation.separated);
  }
  text += ".\n";
  for (const PolicyValidation& policy : validation.policies) {
    text += fmt::format("\n{} ({} real run{})\n{:24}{:>12}{:>12}{:>10}{:>10}\n", policy.policy,
                        policy.runs, policy.runs == 1 ? "" : "s", "", "real", "simulated", "error",
                        "spread");
    for (const Prediction& prediction : policy.predictions) {
      const Metric& metric = metrics()[metric_index(prediction.metric)];
      text += fmt::format(
          "{:24}{:>12}{:>12}{:>10}{:>10}\n", metric.label, human(prediction.real, metric.unit),
          human(prediction.simulated, metric.unit), percent(prediction.error()),
          prediction.spread ? fmt::format("±{:.1f} %", *prediction.spread * 100) : "");
    }
  }
  return text;
}

nlohmann::ordered_json to_json(const Validation& validation) {
  using nlohmann::ordered_json;
  ordered_json policies = ordered_json::array();
  for (const PolicyValidation& policy : validation.policies) {
    ordered_json predictions = ordered_json::object();
    for (const Prediction& prediction : policy.predictions) {
      predictions[prediction.metric] = {
          {"real", prediction.real},
          {"simulated", prediction.simulated},
          {"error", prediction.error()},
          {"spread", prediction.spread ? ordered_json(*prediction.spread) : ordered_json()}};
    }
    policies.push_back(
        {{"policy", policy.policy}, {"runs", policy.runs}, {"metrics", predictions}});
  }
  return {{"schema", "tandem.validation/1"},
          {"policies", std::move(policies)},
          {"order", {{"separated_pairs", validation.separated}, {"alike", validation.alike}}}};
}

}  // namespace tandem
