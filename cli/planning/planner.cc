#include "cli/planning/planner.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cli/infeasible.h"
#include "cli/listeners.h"
#include "cli/notes.h"
#include "cli/runs.h"
#include "cli/terminal.h"
#include "policies/core/error.h"
#include "reports/human.h"

namespace tandem {
namespace {

/// What the first look at any candidate takes.
std::vector<std::uint64_t> first_seeds(const Arguments& arguments, const VerdictRule& rule) {
  const auto count = static_cast<std::ptrdiff_t>(rule.looks.front());
  return {arguments.seeds.begin(), arguments.seeds.begin() + count};
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace

Planner::Planner(const Arguments& arguments, const PlanQuestion& question, double rate)
    : arguments_(arguments),
      question_(question),
      rate_(rate),
      status_(progress_mode(arguments), monotonic_seconds, print_aside),
      evaluator_(arguments) {}

std::vector<Override> Planner::settings_of(std::size_t candidate, double load) const {
  std::vector<Override> settings;
  const auto& point = question_.grid[candidate / question_.policies.size()];
  for (std::size_t axis = 0; axis < question_.axes.size(); ++axis) {
    const VariedAxis& varied = question_.axes[axis];
    settings.push_back({varied.path, varied.values[point[axis]], "--vary " + varied.name, true});
  }
  if (question_.shake > 0) {
    settings.push_back({"workload.shake", fmt::format("{}", question_.shake), "--shake", true});
  }
  if (load != 1) {
    settings.push_back({"workload.rate", fmt::format("x{}", rate_ * load), "--growth", true});
  }
  return settings;
}

const RunResult* Planner::first_run(std::size_t candidate) const {
  const auto found = first_runs_.find(candidate);
  return found == first_runs_.end() ? nullptr : &found->second;
}

/// Jobs for which even the largest cluster has no place are no fault of the others.
std::uint64_t Planner::misfits(std::uint64_t seed) {
  if (!largest_) {
    Arguments largest = arguments_;
    const auto settings = settings_of(question_.candidates.size() - 1, 1);
    largest.overrides.insert(largest.overrides.end(), settings.begin(), settings.end());
    largest_ = load_what_if(largest);
  }
  const auto known = misfits_.find(seed);
  if (known != misfits_.end()) return known->second;
  return misfits_[seed] = find_infeasible(*largest_, seed).count;
}

std::vector<WhatIf> Planner::what_ifs(const Probe& probe, double load) {
  std::vector<WhatIf> all;
  for (std::size_t i = probe.first; i < probe.last; ++i) {
    const std::uint64_t seed = arguments_.seeds[i];
    all.push_back({settings_of(probe.candidate, load), question_.options[probe.candidate].policy,
                   seed, misfits(seed)});
  }
  return all;
}

void Planner::count(const std::vector<WhatIfResult>& results) {
  for (const WhatIfResult& result : results) {
    if (result.exit_code == 130) {
      stop(130, "interrupted: what was simulated is kept, and the same command goes on from there");
    }
    if (result.exit_code == 5) stop(5, result.error);
    if (!result.run) continue;
    ++simulations_;
    from_cache_ += result.was_known ? 1 : 0;
  }
}

void Planner::stop(int exit_code, const std::string& why) {
  status_.finish();
  print_error(why);
  throw PlanStopped{exit_code};
}

void Planner::take(PlanSearch& search, const Probe& probe, const WhatIfResult& result,
                   bool is_first) {
  if (!search.record(probe.candidate).obstacle.empty()) return;
  if (!result.run) {
    const std::string& why = result.obstacle.empty() ? result.error : result.obstacle;
    return search.rule_out(probe.candidate, first_line(why));
  }
  const RunResult& run = *result.run;
  Observation observation;
  for (const Slo& slo : question_.slos) observation.figures.push_back(slo.value(run));
  if (question_.rules.runs_tell_prices) {
    observation.price = question_.objective == PlanObjective::kEnergy ? run.energy_kwh : run.cost;
    if (!observation.price) {
      throw InputError(question_.objective == PlanObjective::kEnergy
                           ? "--objective energy needs what devices draw: cluster.power, with idle"
                           : "--objective cost needs prices: cluster.price");
    }
  }
  if (is_first && probe.first == 0) first_runs_.try_emplace(probe.candidate, run);
  search.add(probe.candidate, std::move(observation));
}

PlanSearch Planner::solve(double load, const Wanted& wanted) {
  PlanSearch search(question_.candidates, question_.slos, question_.rules);
  for (std::size_t i = 0; i < question_.candidates.size(); ++i) {
    if (!wanted(i)) search.leave_out(i);
  }
  while (true) {
    const std::vector<Probe> probes = search.next();
    if (probes.empty()) {
      status_.finish();
      return search;
    }
    std::vector<WhatIf> asked;
    for (const Probe& probe : probes) {
      for (WhatIf& one : what_ifs(probe, load)) asked.push_back(std::move(one));
    }
    tell_progress(search);
    const std::vector<WhatIfResult> results = evaluator_.evaluate(asked, false);
    count(results);
    auto next = results.begin();
    for (const Probe& probe : probes) {
      for (std::size_t i = probe.first; i < probe.last; ++i) {
        take(search, probe, *next++, load == 1 && i == 0);
      }
    }
  }
}

std::optional<std::vector<double>> Planner::means_of(const std::vector<Override>& settings,
                                                     const std::string& policy) {
  std::vector<WhatIf> asked;
  for (const std::uint64_t seed : first_seeds(arguments_, question_.rules.verdicts)) {
    asked.push_back({settings, policy, seed});
  }
  const std::vector<WhatIfResult> results = evaluator_.evaluate(asked, false);
  count(results);
  std::vector<double> means(question_.slos.size());
  for (const WhatIfResult& result : results) {
    if (!result.run) return std::nullopt;
    for (std::size_t i = 0; i < means.size(); ++i) {
      const auto value = question_.slos[i].value(*result.run);
      if (!value) return std::nullopt;
      means[i] += *value / static_cast<double>(results.size());
    }
  }
  return means;
}

void Planner::tell_progress(const PlanSearch& search) {
  if (simulations_ == 0) return;
  status_.update([&](double elapsed) {
    return fmt::format("{} simulations, {} of {} candidates left, {}, at most {} rounds",
                       simulations_, search.left(), question_.candidates.size(),
                       human(elapsed, Unit::kSeconds), search.rounds_left());
  });
}

}  // namespace tandem
