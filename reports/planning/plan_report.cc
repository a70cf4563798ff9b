#include "reports/planning/plan_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "policies/core/csv_text.h"
#include "reports/human.h"
#include "reports/json_parts.h"
#include "reports/planning/plan_rows.h"

namespace tandem {
namespace {

constexpr std::string_view kObjectives[] = {"cost", "devices", "energy"};

std::string confidence_text(const PlanReport& report) {
  return human(report.search->rules().verdicts.confidence, Unit::kFraction) + " confidence";
}

std::string promises(const PlanReport& report) {
  std::string text;
  for (const Slo& slo : report.search->slos()) text += (text.empty() ? "" : ", ") + slo.text();
  return text;
}

/// Of those that were simulated, the one that is least far beyond its bounds.
std::optional<std::size_t> nearest_miss(const PlanSearch& search) {
  std::optional<std::size_t> nearest;
  for (std::size_t i = 0; i < search.candidates().size(); ++i) {
    const auto strain = search.worst_strain(i);
    if (!strain || search.record(i).judgements.empty()) continue;
    if (!nearest || *strain < *search.worst_strain(*nearest)) nearest = i;
  }
  return nearest;
}

std::string doubt(const PlanReport& report, std::size_t candidate) {
  const std::size_t seeds = report.search->record(candidate).runs.size();
  return fmt::format("{} cannot be told from the limit by {} seeds: {}",
                     option_text(report, candidate), seeds, figures_text(report, candidate));
}

std::string infeasible_text(const PlanReport& report) {
  const auto nearest = nearest_miss(*report.search);
  if (!nearest) return fmt::format("Infeasible: no candidate can run what is submitted.");
  const double strain = *report.search->worst_strain(*nearest);
  const std::string times =
      std::isfinite(strain) ? fmt::format(", {:.3g} times the limit", strain) : "";
  return fmt::format("Infeasible: the nearest of {} candidates, {}, misses {}: {}{}.",
                     report.options.size(), option_text(report, *nearest), promises(report),
                     figures_text(report, *nearest), times);
}

Json figures_json(const PlanReport& report, const CandidateRecord& record) {
  constexpr std::string_view kVerdicts[] = {"meets", "misses", "open"};
  Json figures = Json::array();
  for (std::size_t i = 0; i < record.judgements.size(); ++i) {
    const Judgement& judgement = record.judgements[i];
    figures.push_back({{"name", report.search->slos()[i].figure.name},
                       {"mean", number(judgement.mean)},
                       {"half_width", number(judgement.half_width)},
                       {"verdict", kVerdicts[static_cast<std::size_t>(judgement.verdict)]}});
  }
  return figures;
}

Json candidate_json(const PlanReport& report, std::size_t candidate) {
  constexpr std::string_view kStates[] = {"untried", "untried", "meets",
                                          "misses",  "open",    "left out"};
  const PlanOption& option = report.options[candidate];
  const CandidateRecord& record = report.search->record(candidate);
  Json usd = nullptr;
  if (option.usd_per_hour) usd = number(*option.usd_per_hour * kHoursPerMonth);
  Json settings = Json::object();
  for (const auto& [name, value] : option.settings) settings[name] = value;
  return {{"settings", std::move(settings)},
          {"policy", option.policy},
          {"devices", option.devices},
          {"usd_per_month", std::move(usd)},
          {"price", number(report.search->price_of(candidate))},
          {"state", kStates[static_cast<std::size_t>(record.state)]},
          {"seeds", record.runs.size()},
          {"obstacle", record.obstacle.empty() ? Json(nullptr) : Json(record.obstacle)},
          {"figures", figures_json(report, record)}};
}

Json candidate_json(const PlanReport& report, std::optional<std::size_t> candidate) {
  return candidate ? candidate_json(report, *candidate) : Json(nullptr);
}

Json candidates_json(const PlanReport& report, const std::vector<std::size_t>& candidates) {
  Json json = Json::array();
  for (const std::size_t i : candidates) json.push_back(candidate_json(report, i));
  return json;
}

Json growth_json(const PlanReport& report) {
  Json json = Json::array();
  for (const GrowthStep& step : report.growth) {
    Json row = {{"month", step.month}, {"load", step.load}, {"meets", step.option.has_value()}};
    if (step.option) {
      const Json option = candidate_json(report, *step.option);
      for (const char* key : {"settings", "policy", "devices", "usd_per_month"}) {
        row[key] = option.at(key);
      }
    }
    row["note"] = step.note;
    json.push_back(std::move(row));
  }
  return json;
}

/// All that were simulated or found impossible, in the order of the grid.
std::vector<std::size_t> tried(const PlanSearch& search) {
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < search.candidates().size(); ++i) {
    const CandidateRecord& record = search.record(i);
    if (!record.runs.empty() || !record.obstacle.empty()) all.push_back(i);
  }
  return all;
}

std::string headroom_text(const Headroom& headroom) {
  if (headroom.breaks && headroom.holds == 1) {
    return fmt::format("hardly more than this load: at {:.3g} times, {}", *headroom.breaks,
                       headroom.broken);
  }
  const std::string holds = fmt::format("{:.3g} times the load", headroom.holds);
  if (!headroom.breaks) return fmt::format("still holds {}", holds);
  return fmt::format("holds {}; at {:.3g}, {}", holds, *headroom.breaks, headroom.broken);
}

/// What stands between the answer and the tables, a label and a text a line.
std::vector<std::pair<std::string, std::string>> remarks(const PlanReport& report) {
  std::vector<std::pair<std::string, std::string>> lines;
  if (report.binds) lines.emplace_back("binds", *report.binds);
  if (const auto cheaper = report.search->next_cheaper()) {
    lines.emplace_back("next cheaper",
                       fmt::format("{}, {}: {}", option_text(report, *cheaper),
                                   price_text(report, *cheaper), figures_text(report, *cheaper)));
  }
  if (report.headroom) lines.emplace_back("saturation", headroom_text(*report.headroom));
  for (const std::size_t i : report.search->open()) lines.emplace_back("open", doubt(report, i));
  for (const std::string& text : report.advice) lines.emplace_back("feasible if", text);
  return lines;
}

std::string effort(const PlanReport& report) {
  return fmt::format(
      "{} of {} candidates tried, {} simulations, {} of them known before; up to {} "
      "seeds each.",
      tried(*report.search).size(), report.options.size(), report.simulations, report.from_cache,
      report.seeds);
}

}  // namespace

int PlanReport::exit_code() const {
  if (!search->open().empty()) return 4;
  return search->answer() ? 0 : 3;
}

std::string plan_answer(const PlanReport& report) {
  const PlanSearch& search = *report.search;
  const auto answer = search.answer();
  const std::vector<std::size_t> open = search.open();
  if (!answer && open.empty()) return infeasible_text(report);
  if (!answer) {
    return fmt::format("Inconclusive: {}; allow more seeds.", doubt(report, open.front()));
  }
  const PlanOption& option = report.options[*answer];
  const std::string devices = report.objective == PlanObjective::kDevices
                                  ? ""
                                  : fmt::format(", {} devices", option.devices);
  std::string text = fmt::format(
      "{} is the cheapest of {} candidates that keeps {}: {}{}; {}, at {}.",
      option_text(report, *answer), report.options.size(), promises(report),
      price_text(report, *answer), devices, figures_text(report, *answer), confidence_text(report));
  if (!open.empty()) {
    text += fmt::format(" Inconclusive: {} is cheaper and may keep them, too.",
                        option_text(report, open.front()));
  }
  return text;
}

std::string plan_text(const PlanReport& report, std::size_t width) {
  std::string text = wrapped(plan_answer(report), width, "  ");
  for (const std::string& note : report.notes) text += wrapped("! " + note, width, "  ");
  text += "\n";
  for (const auto& [label, line] : remarks(report)) {
    text += wrapped(fmt::format("{:<13} {}", label, line), width, std::string(14, ' '));
  }
  const std::vector<std::size_t> front = report.search->front();
  if (!front.empty()) {
    text += fmt::format("\nWhat more {} buys, of what was simulated\n",
                        kObjectives[static_cast<std::size_t>(report.objective)]);
    text += aligned_rows(candidate_rows(report, front));
  }
  if (!report.growth.empty()) text += "\nWhen to buy what\n" + aligned_rows(growth_rows(report));
  return text + "\n" + wrapped(effort(report), width);
}

nlohmann::ordered_json plan_json(const PlanReport& report) {
  const PlanSearch& search = *report.search;
  constexpr const char* kVerdicts[] = {"meets", "", "", "infeasible", "inconclusive"};
  Json slos = Json::array();
  for (const Slo& slo : search.slos()) slos.push_back(slo.text());
  Json headroom = nullptr;
  if (report.headroom) {
    headroom = {{"holds", report.headroom->holds}, {"breaks", number(report.headroom->breaks)}};
  }
  Json irregular = Json::array();
  for (std::size_t lane = 0; lane < search.irregular().size(); ++lane) {
    if (search.irregular()[lane]) irregular.push_back(lane);
  }
  return {{"schema", "tandem.plan/1"},
          {"scenario", {{"name", report.scenario.name}, {"hash", report.scenario.hash}}},
          {"objective", kObjectives[static_cast<std::size_t>(report.objective)]},
          {"confidence", search.rules().verdicts.confidence},
          {"verdicts", search.rules().verdicts.verdicts},
          {"seeds", report.seeds},
          {"shake", report.shake},
          {"slos", std::move(slos)},
          {"verdict", kVerdicts[report.exit_code()]},
          {"answer", candidate_json(report, search.answer())},
          {"next_cheaper", candidate_json(report, search.next_cheaper())},
          {"open", candidates_json(report, search.open())},
          {"binds", report.binds ? Json(*report.binds) : Json(nullptr)},
          {"headroom", std::move(headroom)},
          {"front", candidates_json(report, search.front())},
          {"candidates", candidates_json(report, tried(search))},
          {"advice", Json(report.advice)},
          {"growth", growth_json(report)},
          {"irregular", std::move(irregular)},
          {"simulations", report.simulations},
          {"from_cache", report.from_cache}};
}

std::string plan_markdown(const PlanReport& report) {
  std::string text = plan_answer(report) + "\n\n";
  for (const std::string& note : report.notes) text += fmt::format("- {}\n", note);
  for (const auto& [label, line] : remarks(report)) text += fmt::format("- {}: {}\n", label, line);
  text += "\n" + markdown_rows(candidate_rows(report, report.search->front()));
  if (!report.growth.empty()) text += "\n" + markdown_rows(growth_rows(report));
  return text;
}

std::string plan_csv(const PlanReport& report) {
  std::string text = "settings,policy,devices,usd_per_month,price,state,seeds";
  for (const Slo& slo : report.search->slos()) {
    text += fmt::format(",{0}_mean,{0}_half_width", slo.figure.name);
  }
  text += "\n";
  for (const std::size_t i : tried(*report.search)) {
    const Json json = candidate_json(report, i);
    append_field(text, settings_text(report.options[i]));
    text += ",";
    append_field(text, report.options[i].policy);
    for (const char* key : {"devices", "usd_per_month", "price", "state", "seeds"}) {
      const Json& value = json.at(key);
      text += ",";
      if (!value.is_null()) text += value.is_string() ? value.get<std::string>() : value.dump();
    }
    const auto& judgements = report.search->record(i).judgements;
    for (std::size_t slo = 0; slo < report.search->slos().size(); ++slo) {
      const bool known = !judgements.empty() && std::isfinite(judgements[slo].mean);
      text +=
          known ? fmt::format(",{},{}", judgements[slo].mean, judgements[slo].half_width) : ",,";
    }
    text += "\n";
  }
  return text;
}

}  // namespace tandem
