#include "reports/comparing/suite_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "policies/core/error.h"
#include "reports/atomic_file.h"
#include "reports/comparing/comparison_text.h"
#include "reports/human.h"

namespace tandem {
namespace {

constexpr std::string_view kCheckSchema = "tandem.check/1";

std::string csv(const SuiteReport& report) { return comparison_csv(report.cases); }
std::string json(const SuiteReport& report) { return json_text(to_json(report)); }
std::string junit(const SuiteReport& report) { return comparison_junit(report.name, report.cases); }

struct Format {
  std::string_view ending;
  std::string (*text)(const SuiteReport&);
};

constexpr Format kFormats[] = {
    {".json", json}, {".csv", csv}, {".md", suite_markdown}, {".xml", junit}};

const Format& format_of(const std::filesystem::path& path) {
  for (const Format& format : kFormats) {
    if (path.extension() == format.ending) return format;
  }
  throw InputError(fmt::format(
      "cannot tell from '{}' what to write: supported are .json, .csv, .md and .xml (JUnit)",
      path.filename().string()));
}

std::size_t with(const SuiteReport& report, GateOutcome outcome) {
  return static_cast<std::size_t>(std::ranges::count_if(
      report.cases, [&](const auto& one) { return one.comparison.outcome() == outcome; }));
}

}  // namespace

GateOutcome SuiteReport::outcome() const {
  GateOutcome worst = GateOutcome::kPasses;
  for (const ComparedCase& one : cases) worst = std::max(worst, one.comparison.outcome());
  return worst;
}

std::string verdict_line(const SuiteReport& report) {
  if (!report.is_suite) return verdict_line(report.cases.front().comparison);
  const GateOutcome outcome = report.outcome();
  if (outcome == GateOutcome::kPasses) {
    return fmt::format("PASSED: {}, all {} cases.", report.name, report.cases.size());
  }
  const auto first = std::ranges::find_if(
      report.cases, [&](const auto& one) { return one.comparison.outcome() == outcome; });
  return fmt::format("{}: {} of {} cases {}; {}: {}",
                     outcome == GateOutcome::kFails ? "FAILED" : "INCONCLUSIVE",
                     with(report, outcome), report.cases.size(), gate_outcome_name(outcome),
                     first->name, verdict_line(first->comparison));
}

std::string suite_text(const SuiteReport& report, TableStyle style) {
  if (!report.is_suite) return comparison_text(report.cases.front().comparison, style);
  std::string text = wrapped(verdict_line(report), style.width);
  for (const ComparedCase& one : report.cases) {
    text +=
        wrapped(fmt::format("- {}: {}", one.name, verdict_line(one.comparison)), style.width, "  ");
  }
  for (const ComparedCase& one : report.cases) {
    if (one.comparison.outcome() == GateOutcome::kPasses) continue;
    text += fmt::format("\n== {}\n{}", one.name, comparison_text(one.comparison, style));
  }
  return text;
}

std::string suite_markdown(const SuiteReport& report) {
  if (!report.is_suite) return comparison_markdown(report.cases.front().comparison);
  std::string text = fmt::format("**{}**\n", verdict_line(report));
  for (const ComparedCase& one : report.cases) {
    text += fmt::format("\n### {}\n\n{}", one.name, comparison_markdown(one.comparison));
  }
  return text;
}

nlohmann::ordered_json to_json(const SuiteReport& report) {
  if (!report.is_suite) return to_json(report.cases.front().comparison);
  nlohmann::ordered_json cases = nlohmann::ordered_json::array();
  for (const ComparedCase& one : report.cases) {
    nlohmann::ordered_json& told = cases.emplace_back(nlohmann::ordered_json::object());
    told["case"] = one.name;
    told.update(to_json(one.comparison));
  }
  return {{"schema", kCheckSchema},
          {"suite", report.name},
          {"verdict", gate_outcome_name(report.outcome())},
          {"exit_code", exit_code_of(report.outcome())},
          {"answer", verdict_line(report)},
          {"cases", std::move(cases)}};
}

void check_comparison_export(const std::filesystem::path& path) { format_of(path); }

void write_export(const std::filesystem::path& path, const SuiteReport& report) {
  const Format& format = format_of(path);
  AtomicFile file(path);
  file.write(format.text(report));
  file.commit();
}

}  // namespace tandem
