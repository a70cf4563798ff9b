#include "reports/validation.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <utility>

#include "reports/human.h"

namespace tandem {
namespace {

/// Something that is compared.
struct Figure {
  std::string name;
  std::string label;
  Unit unit = Unit::kSeconds;
  std::function<std::optional<double>(const RunResult&)> value;
};

/// Of jobs: what users wait, how long all takes, how busy the devices are.
constexpr std::array<std::string_view, 6> kOfJobs = {
    "jct_s_mean", "jct_s_p95", "wait_s_mean", "bounded_slowdown_mean", "makespan_s", "utilization"};
constexpr std::string_view kRankedBy = "jct_s_mean";

Figure of_jobs(std::string_view name) {
  const Metric& metric = metrics()[metric_index(name)];
  return {std::string(name), std::string(metric.label), metric.unit, metric.value};
}

struct Latency {
  const char* name;
  const char* label;
  std::optional<Percentiles> Latencies::*value;
};
constexpr std::array<Latency, 3> kLatencies = {{{"ttft", "TTFT", &Latencies::ttft_ms},
                                                {"tpot", "TPOT", &Latencies::tpot_ms},
                                                {"e2e", "E2E", &Latencies::e2e_ms}}};

/// Of the service in this place: what its users wait for, and how much it gives.
std::vector<Figure> of_service(std::size_t place, const std::string& service) {
  std::vector<Figure> figures;
  for (const Latency& latency : kLatencies) {
    for (const auto& [which, statistic] :
         {std::pair{"mean", &Percentiles::mean}, {"p95", &Percentiles::p95}}) {
      figures.push_back({fmt::format("{}.{}_s_{}", service, latency.name, which),
                         fmt::format("{} {}, {}", service, latency.label, which), Unit::kSeconds,
                         [place, statistic, value = latency.value](const RunResult& run) {
                           const auto& known = run.services.at(place).latencies.*value;
                           return known ? std::optional((*known).*statistic / 1e3) : std::nullopt;
                         }});
    }
  }
  figures.push_back(
      {service + ".output_tokens_per_s", service + " tokens/s", Unit::kPlain,
       [place](const RunResult& run) { return run.services.at(place).output_tokens_per_s; }});
  return figures;
}

std::vector<Figure> figures_of(const Twin& twin) {
  std::vector<Figure> figures;
  if (twin.has_jobs) {
    for (const std::string_view name : kOfJobs) figures.push_back(of_jobs(name));
  }
  for (std::size_t place = 0; place < twin.real.services.size(); ++place) {
    for (Figure& figure : of_service(place, twin.real.services[place].name)) {
      figures.push_back(std::move(figure));
    }
  }
  return figures;
}

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

std::vector<double> values_of(const Twins& twins, const Figure& figure, RunResult Twin::*which) {
  std::vector<double> values;
  for (const Twin* twin : twins) {
    if (const auto value = figure.value(twin->*which)) values.push_back(*value);
  }
  return values;
}

std::optional<Prediction> prediction_of(const Twins& twins, const Figure& figure) {
  const auto real = values_of(twins, figure, &Twin::real);
  const auto simulated = values_of(twins, figure, &Twin::simulated);
  if (real.empty() || simulated.empty()) return std::nullopt;
  const Range range = range_of(real);
  Prediction prediction{
      figure.name, figure.label, figure.unit, range.mean, range_of(simulated).mean, {}};
  if (real.size() > 1 && range.mean != 0) {
    prediction.spread = (range.most - range.least) / 2 / range.mean;
  }
  return prediction;
}

std::string percent(double share) { return fmt::format("{:+.1f} %", share * 100); }

/// Of a metric of jobs, or, from its dot on, of any service; nothing if nobody has it.
std::optional<double> worst_error(const Validation& validation, std::string_view metric) {
  std::optional<double> worst;
  for (const PolicyValidation& policy : validation.policies) {
    for (const Prediction& prediction : policy.predictions) {
      const bool is_meant = metric.starts_with('.') ? prediction.metric.ends_with(metric)
                                                    : prediction.metric == metric;
      if (is_meant) worst = std::max(worst.value_or(0), std::abs(prediction.error()));
    }
  }
  return worst;
}

/// "the simulated mean JCT is at most 1.2 % off, the makespan 0.4 %".
std::string answer_of(const Validation& validation) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kAnswer = {
      {{"jct_s_mean", "mean JCT"},
       {"makespan_s", "makespan"},
       {".e2e_s_mean", "mean E2E latency"},
       {".ttft_s_mean", "mean TTFT"},
       {".tpot_s_mean", "mean TPOT"}}};
  std::string text;
  for (const auto& [metric, name] : kAnswer) {
    const auto worst = worst_error(validation, metric);
    if (!worst) continue;
    text += text.empty()
                ? fmt::format("The simulated {} is at most {:.1f} % off", name, *worst * 100)
                : fmt::format(", the {} {:.1f} %", name, *worst * 100);
  }
  return text.empty() ? "Nothing ended that could be compared" : text;
}

void count_order(const std::vector<Twins>& groups, Validation& validation) {
  const Figure ranked_by = of_jobs(kRankedBy);
  for (std::size_t a = 0; a < groups.size(); ++a) {
    for (std::size_t b = a + 1; b < groups.size(); ++b) {
      const auto real_a = values_of(groups[a], ranked_by, &Twin::real);
      const auto real_b = values_of(groups[b], ranked_by, &Twin::real);
      const auto simulated_a = values_of(groups[a], ranked_by, &Twin::simulated);
      const auto simulated_b = values_of(groups[b], ranked_by, &Twin::simulated);
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
    for (const Figure& figure : figures_of(*group.front())) {
      if (auto prediction = prediction_of(group, figure)) {
        policy.predictions.push_back(std::move(*prediction));
      }
    }
    validation.policies.push_back(std::move(policy));
  }
  if (std::ranges::all_of(twins, &Twin::has_jobs)) count_order(groups, validation);
  return validation;
}

std::string validation_text(const Validation& validation) {
  std::string text = answer_of(validation);
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
      text +=
          fmt::format("{:24}{:>12}{:>12}{:>10}{:>10}\n", prediction.label,
                      human(prediction.real, prediction.unit),
                      human(prediction.simulated, prediction.unit), percent(prediction.error()),
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
