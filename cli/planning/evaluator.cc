#include "cli/planning/evaluator.h"

#include <fmt/format.h>

#include <array>
#include <fstream>

#include "cli/infeasible.h"
#include "cli/planning/cache_folder.h"
#include "cli/runs.h"
#include "policies/core/error.h"
#include "policies/core/fingerprint.h"
#include "reports/json_parts.h"
#include "reports/result_json.h"

namespace tandem {
namespace {

void add_file(Fingerprint& fingerprint, const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::array<char, 1 << 16> block;
  while (file.read(block.data(), block.size()) || file.gcount() > 0) {
    fingerprint.add({block.data(), static_cast<std::size_t>(file.gcount())});
  }
}

/// Versions are too coarse: who works on a policy must not get yesterday's results.
std::string build_of(const Arguments& arguments) {
  Fingerprint fingerprint;
  add_file(fingerprint, "/proc/self/exe");
  for (const std::string& plugin : arguments.plugins) add_file(fingerprint, plugin);
  return fmt::format("{} {:016x}", TANDEM_VERSION, fingerprint.value());
}

/// What a child says: {"known", "obstacle": text, or "run": a result}.
std::string told(bool was_known, std::string_view member, const std::string& json) {
  return fmt::format("{{\"known\":{},\"{}\":{}}}", was_known, member, json);
}

/// Runs in the child, which alone reads the scenario: so memory holds as many as there are
/// children.
std::string simulated(Arguments arguments, const WhatIf& what_if,
                      const std::optional<ResultCache>& cache, const std::string& build,
                      const ReportProgress& progress) {
  arguments.overrides.insert(arguments.overrides.end(), what_if.settings.begin(),
                             what_if.settings.end());
  const Scenario scenario = load_what_if(arguments);
  const SimulationKey key{scenario.hash, what_if.policy, what_if.seed, build};
  if (what_if.misfits_allowed) {
    const Infeasible misfits = find_infeasible(scenario, what_if.seed);
    if (misfits.count > *what_if.misfits_allowed) {
      return told(false, "obstacle",
                  Json(misfits.text()).dump(-1, ' ', false, Json::error_handler_t::replace));
    }
  }
  if (cache) {
    if (const auto known = cache->find(key)) return told(true, "run", *known);
  }
  const Simulation simulation{what_if.policy, what_if.seed, TANDEM_VERSION};
  const std::string result = run_one(scenario, simulation, std::nullopt, progress);
  if (cache) cache->store(key, result);
  return told(false, "run", result);
}

WhatIfResult result_of(const ChildOutcome& outcome) {
  WhatIfResult result;
  if (!outcome.result) {
    result.error = outcome.error;
    result.exit_code = outcome.exit_code;
    return result;
  }
  const Json json = Json::parse(*outcome.result);
  result.was_known = json.at("known");
  if (const auto obstacle = find<std::string>(json, "obstacle")) {
    result.obstacle = *obstacle;
  } else {
    result.run = run_from_json(json.at("run"));
  }
  return result;
}

}  // namespace

Evaluator::Evaluator(const Arguments& arguments)
    : arguments_(arguments), cache_(cache_of(arguments)), build_(build_of(arguments)) {
  if (cache_) cache_->shrink();
}

std::vector<WhatIfResult> Evaluator::evaluate(const std::vector<WhatIf>& what_ifs,
                                              bool tells_progress) const {
  std::vector<ChildTask> tasks;
  for (const WhatIf& what_if : what_ifs) {
    tasks.push_back([&](const ReportProgress& progress) {
      return simulated(arguments_, what_if, cache_, build_, progress);
    });
  }
  Arguments how = arguments_;
  how.quiet |= !tells_progress;
  std::vector<WhatIfResult> results;
  for (const ChildOutcome& outcome : run_all(how, tasks)) {
    results.push_back(result_of(outcome));
  }
  return results;
}

int tell_failures(const std::vector<std::string>& names, const std::vector<WhatIfResult>& results) {
  std::vector<ChildOutcome> outcomes;
  for (const WhatIfResult& result : results) {
    outcomes.push_back({std::nullopt, result.error, result.exit_code});
    if (result.run) outcomes.back().result.emplace();
  }
  return tell_failures(names, outcomes);
}

}  // namespace tandem
