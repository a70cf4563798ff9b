#include "reports/planning/plan_rows.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "reports/human.h"

namespace tandem {
namespace {

std::string verdict_word(CandidateState state) {
  switch (state) {
    case CandidateState::kMeets: return "meets";
    case CandidateState::kMisses: return "misses";
    case CandidateState::kOpen: return "open";
    case CandidateState::kLeftOut: return "left out";
    case CandidateState::kUntried:
    case CandidateState::kTrying: break;
  }
  return "untried";
}

std::string money_text(double usd_per_hour) {
  return fmt::format("{:.0f} USD a month", usd_per_hour * kHoursPerMonth);
}

std::string figure_text(const Slo& slo, const Judgement& judgement) {
  if (!std::isfinite(judgement.mean)) return "no figure";
  return human(judgement.mean, slo.figure.unit, judgement.half_width);
}

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '|' || c == '*') result += '\\';
    result += c;
  }
  return result;
}

}  // namespace

std::string settings_text(const PlanOption& option) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : option.settings) {
    const bool is_group = name.starts_with("nodes.");
    parts.push_back(fmt::format("{}={}", is_group ? name.substr(6) : name, value));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string option_text(const PlanReport& report, std::size_t candidate) {
  const PlanOption& option = report.options[candidate];
  const std::string settings = settings_text(option);
  return fmt::format("{} under {}", settings.empty() ? "this cluster" : settings, option.policy);
}

std::string price_text(const PlanReport& report, std::size_t candidate) {
  const auto price = report.search->price_of(candidate);
  if (!price) return "-";
  if (report.objective == PlanObjective::kDevices) return fmt::format("{:.0f} devices", *price);
  if (report.objective == PlanObjective::kEnergy) return human(*price, Unit::kKilowattHours);
  if (report.search->rules().runs_tell_prices) return fmt::format("{:.0f} USD a run", *price);
  return money_text(*price);
}

std::string figures_text(const PlanReport& report, std::size_t candidate) {
  const CandidateRecord& record = report.search->record(candidate);
  if (!record.obstacle.empty()) return record.obstacle;
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < record.judgements.size(); ++i) {
    const Slo& slo = report.search->slos()[i];
    parts.push_back(fmt::format("{} {}", slo.figure.name, figure_text(slo, record.judgements[i])));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

TextRows candidate_rows(const PlanReport& report, std::span<const std::size_t> candidates) {
  TextRows rows{{"settings", "policy", "devices", "price"}};
  for (const Slo& slo : report.search->slos()) rows[0].push_back(slo.text());
  rows[0].insert(rows[0].end(), {"of the limit", ""});
  for (const std::size_t i : candidates) {
    const PlanOption& option = report.options[i];
    const CandidateRecord& record = report.search->record(i);
    auto& row = rows.emplace_back();
    row = {settings_text(option), option.policy, fmt::format("{}", option.devices),
           price_text(report, i)};
    for (std::size_t slo = 0; slo < report.search->slos().size(); ++slo) {
      row.push_back(record.judgements.empty()
                        ? "-"
                        : figure_text(report.search->slos()[slo], record.judgements[slo]));
    }
    const auto strain = report.search->worst_strain(i);
    row.push_back(strain && std::isfinite(*strain) ? human(*strain, Unit::kFraction) : "-");
    row.push_back(verdict_word(record.state));
  }
  return rows;
}

TextRows growth_rows(const PlanReport& report) {
  TextRows rows{{"month", "load", "settings", "policy", "devices", "USD a month", ""}};
  for (const GrowthStep& step : report.growth) {
    auto& row = rows.emplace_back();
    row = {fmt::format("{}", step.month), fmt::format("x{:.2f}", step.load)};
    if (step.option) {
      const PlanOption& option = report.options[*step.option];
      row.insert(row.end(),
                 {settings_text(option), option.policy, fmt::format("{}", option.devices),
                  option.usd_per_hour ? fmt::format("{:.0f}", *option.usd_per_hour * kHoursPerMonth)
                                      : "-"});
    } else {
      row.insert(row.end(), {"-", "-", "-", "-"});
    }
    row.push_back(step.note);
  }
  return rows;
}

std::string aligned_rows(const TextRows& rows) {
  std::vector<std::size_t> widths(rows[0].size());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], display_width(row[i]));
    }
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += fmt::format("  {}{}", row[i], std::string(widths[i] - display_width(row[i]), ' '));
    }
    line.resize(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string markdown_rows(const TextRows& rows) {
  std::string text;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    text += "|";
    for (const std::string& cell : rows[i]) text += fmt::format(" {} |", escaped(cell));
    text += "\n";
    if (i > 0) continue;
    text += "|";
    for (std::size_t column = 0; column < rows[i].size(); ++column) text += "---|";
    text += "\n";
  }
  return text;
}

}  // namespace tandem
