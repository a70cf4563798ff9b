// tandem plan: the cheapest cluster and policy that keep what was promised to users.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "cli/commands.h"
#include "cli/planning/outlook.h"
#include "cli/planning/planner.h"
#include "cli/planning/spans.h"
#include "cli/plugin_file.h"
#include "cli/runs.h"
#include "cli/terminal.h"
#include "policies/core/error.h"
#include "reports/atomic_file.h"
#include "reports/planning/binding.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

/// The texts of a plan by the ending of a file.
using PlanText = std::string (*)(const PlanReport&);
std::string json_of(const PlanReport& report) { return json_text(plan_json(report)); }

PlanText text_for(const fs::path& file) {
  if (file.extension() == ".json") return json_of;
  if (file.extension() == ".csv") return plan_csv;
  if (file.extension() == ".md") return plan_markdown;
  throw InputError(
      fmt::format("cannot tell from '{}' what to write: supported are .json, .csv "
                  "and .md",
                  file.filename().string()));
}

/// The network binds if the next cheaper cluster would do with wires that are never full.
bool is_network_short(Planner& planner, const PlanQuestion& question, const Scenario& scenario,
                      std::size_t cheaper) {
  if (scenario.network.nic_bits_per_s == 0) return false;
  std::vector<Override> settings = planner.settings_of(cheaper, 1);
  settings.push_back({"cluster.network.nic", "1000000 Gbps", "the plan", true});
  const auto means = planner.means_of(settings, question.options[cheaper].policy);
  if (!means) return false;
  for (std::size_t i = 0; i < means->size(); ++i) {
    if (!question.slos[i].is_met((*means)[i])) return false;
  }
  return true;
}

/// The promise that a candidate is nearest to breaking, or furthest beyond.
const Slo& tightest(const PlanSearch& search, std::size_t candidate) {
  const auto& judgements = search.record(candidate).judgements;
  std::size_t worst = 0;
  for (std::size_t i = 1; i < judgements.size(); ++i) {
    const double strain = search.slos()[i].strain(judgements[i].mean);
    if (strain > search.slos()[worst].strain(judgements[worst].mean)) worst = i;
  }
  return search.slos()[worst];
}

std::optional<std::string> binding_of(Planner& planner, const PlanQuestion& question,
                                      const Scenario& scenario, const PlanSearch& search) {
  const auto answer = search.answer();
  const auto cheaper = search.next_cheaper();
  if (cheaper && !search.record(*cheaper).obstacle.empty()) {
    return "a gang's size: " + search.record(*cheaper).obstacle;
  }
  const auto judged = cheaper ? cheaper : answer;
  if (!judged || planner.first_run(*judged) == nullptr) return std::nullopt;
  if (cheaper && is_network_short(planner, question, scenario, *cheaper)) {
    return "the network: with wires that are never full the next cheaper cluster would do";
  }
  return what_binds(*planner.first_run(*judged), tightest(search, *judged));
}

class Plan {
 public:
  Plan(const Arguments& arguments, const Scenario& scenario, const PlanQuestion& question)
      : arguments_(arguments),
        scenario_(scenario),
        question_(question),
        planner_(arguments, question, scenario.rate) {
    report_.scenario = {scenario.name, scenario.hash};
    report_.objective = question.objective;
    report_.options = question.options;
    report_.seeds = question.rules.verdicts.looks.back();
    report_.shake = question.shake;
    if (!arguments.planning.budget.empty()) {
      report_.budget_per_hour = budget_per_hour(arguments.planning.budget);
    }
  }

  const PlanReport& report() {
    search_.emplace(planner_.solve(1, [&](std::size_t i) { return is_affordable(i); }));
    report_.search = &*search_;
    if (search_->answer()) {
      look_around();
    } else if (search_->open().empty()) {
      look_further();
    }
    tell_irregular();
    report_.simulations = planner_.simulations();
    report_.from_cache = planner_.from_cache();
    return report_;
  }

 private:
  bool is_affordable(std::size_t candidate) const {
    return !report_.budget_per_hour ||
           *question_.options[candidate].usd_per_hour <= *report_.budget_per_hour;
  }

  void look_around() {
    const std::size_t answer = *search_->answer();
    report_.binds = binding_of(planner_, question_, scenario_, *search_);
    report_.headroom = headroom_of(planner_, question_, answer);
    if (question_.growth.months > 0) report_.growth = purchases(planner_, question_, answer);
  }

  /// Beyond the budget, or beyond the ranges.
  void look_further() {
    if (report_.budget_per_hour) {
      const PlanSearch unlimited = planner_.solve(1, [](std::size_t) { return true; });
      if (const auto found = unlimited.answer()) {
        const PlanOption& option = question_.options[*found];
        report_.advice.push_back(fmt::format(
            "the budget were {:.0f} USD a month instead of {:.0f}: {} under {} keeps the promises",
            *option.usd_per_hour * kHoursPerMonth, *report_.budget_per_hour * kHoursPerMonth,
            settings_text(option), option.policy));
        return;
      }
    }
    report_.advice = what_would_do(planner_, question_, *search_);
  }

  void tell_irregular() {
    const auto& irregular = search_->irregular();
    const auto count = std::ranges::count(irregular, true);
    if (count == 0) return;
    report_.notes.push_back(fmt::format(
        "more was worse in {} of {} policies and choices: there every candidate that could be "
        "cheaper was simulated",
        count, irregular.size()));
  }

  const Arguments& arguments_;
  const Scenario& scenario_;
  const PlanQuestion& question_;
  Planner planner_;
  std::optional<PlanSearch> search_;
  PlanReport report_;
};

/// The workload as the plan meets it: with its recorded arrivals shaken.
Scenario shaken_scenario(const Arguments& arguments) {
  Arguments shaken = arguments;
  const double shake = arguments.planning.shake.value_or(1);
  if (shake > 0)
    shaken.overrides.push_back({"workload.shake", fmt::format("{}", shake), "--shake"});
  return load_what_if(shaken);
}

void write_exports(const Arguments& arguments, const PlanReport& report) {
  for (const std::string& name : arguments.exports) {
    AtomicFile file(name);
    file.write(text_for(name)(report));
    file.commit();
  }
}

}  // namespace

int run_plan(const Arguments& arguments) {
  for (const std::string& file : arguments.exports) text_for(file);
  const std::vector<std::string> plugins = load_policy_plugins(arguments.plugins);
  const Scenario scenario = shaken_scenario(arguments);
  const PlanQuestion question =
      read_question(arguments, scenario, policies_of(arguments, scenario, plugins));
  Plan plan(arguments, scenario, question);
  try {
    const PlanReport& report = plan.report();
    write_exports(arguments, report);
    print_output(arguments.json ? json_of(report) : plan_text(report, terminal_width()));
    return report.exit_code();
  } catch (const PlanStopped& stopped) {
    return stopped.exit_code;
  }
}

}  // namespace tandem
