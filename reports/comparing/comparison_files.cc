#include "reports/comparing/comparison_files.h"

#include <fmt/format.h>

#include <algorithm>

#include "policies/core/csv_text.h"
#include "reports/comparing/comparison_text.h"
#include "reports/json_parts.h"

namespace tandem {
namespace {

constexpr std::string_view kUnitNames[] = {"s",   "share", "1", "count", "device-hours",
                                           "USD", "kWh",   "kg"};

std::string_view unit_name(Unit unit) { return kUnitNames[static_cast<std::size_t>(unit)]; }

Json resampled(DrawnFrom what) {
  if (what == DrawnFrom::kRuns) return "runs";
  if (what == DrawnFrom::kStretches) return "stretches";
  return nullptr;
}

Json change(double value, const std::optional<Interval>& interval) {
  return {{"value", number(value)},
          {"low", interval ? number(interval->low) : Json(nullptr)},
          {"high", interval ? number(interval->high) : Json(nullptr)}};
}

Json write(const ComparedFigure& compared) {
  const PairedEstimate& estimate = compared.estimate;
  return {{"name", compared.figure.name},
          {"unit", unit_name(compared.figure.unit)},
          {"base", number(estimate.value.base)},
          {"head", number(estimate.value.head)},
          {"difference", change(estimate.value.difference(), estimate.difference)},
          {"relative", change(estimate.value.relative(), estimate.relative)},
          {"resampled", resampled(compared.drawn_from)},
          {"units", compared.units},
          {"correlation", number(estimate.correlation)},
          {"minimum_effect",
           {{"amount", compared.minimum.amount}, {"relative", compared.minimum.is_relative}}},
          {"verdict", compared.verdict ? Json(verdict_name(*compared.verdict)) : Json(nullptr)}};
}

Json write(const std::optional<JobPairs>& jobs) {
  if (!jobs) return nullptr;
  Json delayed = Json::array();
  for (const JobPairs::Delayed& job : jobs->most_delayed) {
    delayed.push_back({{"job", job.job},
                       {"seed", job.seed},
                       {"base_wait_s", job.base_wait_s},
                       {"head_wait_s", job.head_wait_s}});
  }
  return {{"common", jobs->common},
          {"only_base", jobs->only_base},
          {"only_head", jobs->only_head},
          {"ended_otherwise", jobs->ended_otherwise},
          {"wait_longer", jobs->wait_longer},
          {"wait_shorter", jobs->wait_shorter},
          {"most_delayed", std::move(delayed)}};
}

Json write(const ComparedPolicy& policy) {
  Json figures = Json::array();
  for (const ComparedFigure& compared : policy.figures) figures.push_back(write(compared));
  return {{"base", policy.base},
          {"head", policy.head},
          {"seeds", policy.seeds},
          {"jobs", write(policy.jobs)},
          {"figures", std::move(figures)}};
}

Json write(const ComparedResult& result) {
  return {
      {"path", result.path}, {"scenario", result.scenario.name}, {"hash", result.scenario.hash}};
}

/// A text inside an XML attribute or element. What XML cannot say at all becomes a question mark.
std::string xml(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '<': result += "&lt;"; break;
      case '>': result += "&gt;"; break;
      case '&': result += "&amp;"; break;
      case '"': result += "&quot;"; break;
      default: result += static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t' ? '?' : c;
    }
  }
  return result;
}

std::string detail(const PairedComparison& comparison, const Gate& gate) {
  const ComparedFigure& compared = comparison.figure_of(gate);
  return fmt::format("{}: {} -> {}, {} ({})", compared.figure.name, compared.estimate.value.base,
                     compared.estimate.value.head, change_text(compared), interval_text(compared));
}

std::string junit_suite(const ComparedCase& one, std::size_t policy) {
  const PairedComparison& comparison = one.comparison;
  const std::string name = one.name + ", " + comparison.policies[policy].name();
  std::string tests;
  std::size_t count = 0;
  std::size_t failures = 0;
  std::size_t errors = 0;
  for (const Gate& gate : comparison.gates) {
    if (gate.policy != policy) continue;
    ++count;
    tests += fmt::format("    <testcase classname=\"{}\" name=\"{}\"", xml(name),
                         xml(gate.condition.text));
    if (gate.outcome == GateOutcome::kPasses) {
      tests += "/>\n";
      continue;
    }
    const bool fails = gate.outcome == GateOutcome::kFails;
    ++(fails ? failures : errors);
    tests += fmt::format(">\n      <{0} type=\"{1}\" message=\"{2}\"/>\n    </testcase>\n",
                         fails ? "failure" : "error", gate_outcome_name(gate.outcome),
                         xml(detail(comparison, gate)));
  }
  return fmt::format(
      "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\">\n{}  </testsuite>\n",
      xml(name), count, failures, errors, tests);
}

}  // namespace

Json to_json(const PairedComparison& comparison) {
  Json gates = Json::array();
  for (const Gate& gate : comparison.gates) {
    gates.push_back({{"condition", gate.condition.text},
                     {"policy", comparison.policies[gate.policy].name()},
                     {"figure", comparison.figure_of(gate).figure.name},
                     {"outcome", gate_outcome_name(gate.outcome)},
                     {"alone", gate_outcome_name(gate.alone)}});
  }
  Json policies = Json::array();
  for (const ComparedPolicy& policy : comparison.policies) policies.push_back(write(policy));
  return {{"schema", kCompareSchema},
          {"verdict", gate_outcome_name(comparison.outcome())},
          {"exit_code", exit_code_of(comparison.outcome())},
          {"answer", verdict_line(comparison)},
          {"confidence", comparison.confidence},
          {"decided_together", comparison.decided_together},
          {"base", write(comparison.base)},
          {"head", write(comparison.head)},
          {"notes", comparison.notes},
          {"gates", std::move(gates)},
          {"policies", std::move(policies)}};
}

std::string comparison_csv(std::span<const ComparedCase> cases) {
  std::string text =
      "case,policy,figure,unit,base,head,difference,difference_low,difference_high,relative,"
      "relative_low,relative_high,units,verdict\n";
  const auto interval = [](const std::optional<Interval>& ends) {
    return ends ? fmt::format(",{},{}", ends->low, ends->high) : std::string(",,");
  };
  for (const ComparedCase& one : cases) {
    for (const ComparedPolicy& policy : one.comparison.policies) {
      for (const ComparedFigure& compared : policy.figures) {
        const PairedEstimate& estimate = compared.estimate;
        append_field(text, one.name);
        append_field(text += ',', policy.name());
        append_field(text += ',', compared.figure.name);
        text += fmt::format(",{},{},{},{}{},{}{},{},{}\n", unit_name(compared.figure.unit),
                            estimate.value.base, estimate.value.head, estimate.value.difference(),
                            interval(estimate.difference), estimate.value.relative(),
                            interval(estimate.relative), compared.units,
                            compared.verdict ? verdict_name(*compared.verdict) : "");
      }
    }
  }
  return text;
}

std::string comparison_junit(std::string_view name, std::span<const ComparedCase> cases) {
  std::string text = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"{}\">\n", xml(name));
  for (const ComparedCase& one : cases) {
    for (std::size_t policy = 0; policy < one.comparison.policies.size(); ++policy) {
      text += junit_suite(one, policy);
    }
  }
  return text + "</testsuites>\n";
}

}  // namespace tandem
