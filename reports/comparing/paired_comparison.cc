#include "reports/comparing/paired_comparison.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "reports/comparing/policy_comparison.h"
#include "reports/human.h"

namespace tandem {
namespace {

std::vector<std::string> policies_of(const ComparedResult& result) {
  std::vector<std::string> policies;
  for (const RunResult& run : result.runs) {
    if (std::ranges::find(policies, run.policy) == policies.end()) policies.push_back(run.policy);
  }
  return policies;
}

/// Which policy of BASE is compared with which of HEAD.
std::vector<PolicyPair> pair_policies(const ComparedResult& base, const ComparedResult& head,
                                      std::vector<std::string>& notes) {
  const std::vector<std::string> before = policies_of(base);
  const std::vector<std::string> after = policies_of(head);
  std::vector<PolicyPair> pairs;
  std::vector<std::string> only_base;
  for (const std::string& policy : before) {
    if (std::ranges::find(after, policy) != after.end()) {
      pairs.emplace_back(policy, policy);
    } else {
      only_base.push_back(policy);
    }
  }
  if (pairs.empty() && before.size() == 1 && after.size() == 1) {
    notes.push_back(
        fmt::format("the policies differ: {} in BASE, {} in HEAD", before[0], after[0]));
    return {{before[0], after[0]}};
  }
  if (pairs.empty()) {
    throw InputError(
        fmt::format("no policy is in both: {} has {}, {} has {}; name one of each, as in '{}:{}'",
                    base.path, fmt::join(before, ", "), head.path, fmt::join(after, ", "),
                    base.path, before.empty() ? "POLICY" : before[0]));
  }
  std::vector<std::string> only_head;
  for (const std::string& policy : after) {
    if (std::ranges::find(before, policy) == before.end()) only_head.push_back(policy);
  }
  if (!only_base.empty()) {
    notes.push_back(fmt::format("only in BASE: {}", fmt::join(only_base, ", ")));
  }
  if (!only_head.empty()) {
    notes.push_back(fmt::format("only in HEAD: {}", fmt::join(only_head, ", ")));
  }
  return pairs;
}

/// "The figure must not be worse": what the default gate fails on.
Condition not_worse(const ComparedFigure& compared) {
  Condition condition;
  condition.figure = compared.figure.name;
  condition.comparison =
      compared.figure.better == Better::kLess ? Comparison::kMore : Comparison::kLess;
  const double sign = condition.is_above() ? 1 : -1;
  condition.bound.has_sign = true;
  condition.bound.kind = compared.minimum.is_relative ? Bound::Kind::kPercent : Bound::Kind::kPlain;
  condition.bound.amount = sign * compared.minimum.amount;
  const Unit unit = compared.minimum.is_relative ? Unit::kFraction : compared.figure.unit;
  condition.text =
      fmt::format("{} {} {}{}", condition.figure, comparison_sign(condition.comparison),
                  condition.is_above() ? '+' : '-', human(compared.minimum.amount, unit));
  return condition;
}

void hold_conditions(const ComparisonSettings& settings, const ComparedResult& base,
                     PairedComparison& result) {
  result.is_default_gate = settings.conditions.empty();
  for (std::size_t p = 0; p < result.policies.size(); ++p) {
    const ComparedPolicy& policy = result.policies[p];
    const auto place_of = [&](const std::string& full_name) {
      const auto found = std::ranges::find_if(policy.figures, [&](const ComparedFigure& other) {
        return other.figure.full_name == full_name;
      });
      return static_cast<std::size_t>(found - policy.figures.begin());
    };
    const auto hold = [&](const Condition& condition, std::size_t place) {
      result.gates.push_back({condition, p, place});
    };
    const auto run = std::ranges::find(base.runs, policy.base, &RunResult::policy);
    const std::vector<NamedFigure> figures = named_figures(*run);
    for (const Condition& condition : settings.conditions) {
      const std::size_t place = place_of(figure_of(condition, figures).full_name);
      if (place == policy.figures.size()) {
        throw InputError(condition.where, fmt::format("not every run under {} has {}",
                                                      policy.name(), condition.figure));
      }
      hold(condition, place);
    }
    if (!settings.conditions.empty()) continue;
    for (const std::string& name : default_gate_figures(*run)) {
      const std::size_t place = place_of(name);
      if (place < policy.figures.size()) hold(not_worse(policy.figures[place]), place);
    }
  }
}

/// Every minimum effect is one of a figure that there is, in a unit of it.
void check_minimum(const ComparisonSettings& settings, const PairedComparison& result) {
  std::vector<NamedFigure> figures;
  for (const ComparedPolicy& policy : result.policies) {
    for (const ComparedFigure& compared : policy.figures) figures.push_back(compared.figure);
  }
  for (const auto& [name, bound] : settings.minimum.own()) {
    const NamedFigure& known = find_figure(figures, name, {"minimum effect", 0, 0});
    if (bound.kind != Bound::Kind::kPercent && !measures(bound.kind, known.unit)) {
      throw InputError(
          fmt::format("minimum effect: {} cannot be measured in this unit; expected one as in {}",
                      name, example_bound(known.unit, false)));
    }
  }
}

}  // namespace

GateOutcome PairedComparison::outcome() const {
  GateOutcome worst = GateOutcome::kPasses;
  for (const Gate& gate : gates) worst = std::max(worst, gate.outcome);
  return worst;
}

const ComparedFigure& PairedComparison::figure_of(const Gate& gate) const {
  return policies[gate.policy].figures[gate.figure];
}

void decide_together(std::span<PairedComparison* const> comparisons) {
  std::vector<HeldCondition> held;
  for (const PairedComparison* comparison : comparisons) {
    for (const Gate& gate : comparison->gates) {
      held.push_back({&gate.condition, &comparison->figure_of(gate).estimate});
    }
  }
  const std::vector<GateOutcome> outcomes = outcomes_together(held);
  auto next = outcomes.begin();
  for (PairedComparison* comparison : comparisons) {
    comparison->decided_together = held.size();
    for (Gate& gate : comparison->gates) {
      gate.alone = outcome_of(gate.condition, comparison->figure_of(gate).estimate);
      gate.outcome = *next++;
    }
  }
}

std::vector<std::string> default_gate_figures(const RunResult& run) {
  std::vector<std::string> names = {
      "wait.mean",   "wait.p95", "jct.mean",       "bounded_slowdown.mean",
      "utilization", "cost",     "jobs.completed", "jobs.failed"};
  for (const PipelineResult& pipeline : run.pipelines) {
    names.push_back("pipelines." + pipeline.name + ".makespan.mean");
  }
  for (const ServiceResult& service : run.services) {
    for (const char* figure : {"ttft.p95", "tpot.p95", "attainment", "goodput"}) {
      names.push_back("services." + service.name + "." + figure);
    }
  }
  return names;
}

PairedComparison compare_paired(ComparedResult base, ComparedResult head,
                                const ComparisonSettings& settings) {
  PairedComparison result;
  result.confidence = settings.confidence;
  if (base.scenario.hash != head.scenario.hash) {
    result.notes.push_back(fmt::format("the scenarios differ: {} ({}) in BASE, {} ({}) in HEAD",
                                       base.scenario.name, base.scenario.hash, head.scenario.name,
                                       head.scenario.hash));
  }
  for (const auto& [before, after] : pair_policies(base, head, result.notes)) {
    result.policies.push_back(compare_policy(base, head, {before, after}, settings, result.notes));
  }
  check_minimum(settings, result);
  hold_conditions(settings, base, result);
  PairedComparison* const alone[] = {&result};
  decide_together(alone);
  result.base = {base.path, std::move(base.scenario), {}, {}};
  result.head = {head.path, std::move(head.scenario), {}, {}};
  return result;
}

}  // namespace tandem
