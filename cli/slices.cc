// tandem slices: a stage of a pipeline cut into more and more slices, each cut simulated under
// every policy with every seed.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "cli/commands.h"
#include "cli/notes.h"
#include "cli/planning/evaluator.h"
#include "cli/plugin_file.h"
#include "cli/runs.h"
#include "cli/terminal.h"
#include "policies/core/error.h"
#include "policies/core/nearest.h"
#include "reports/result_json.h"
#include "reports/slice_tradeoff.h"

namespace tandem {
namespace {

struct Stage {
  const Pipeline* pipeline = nullptr;
  const PipelineStage* stage = nullptr;
  std::string path;  ///< Of its slices in the scenario.

  std::string name() const { return pipeline->name + "/" + stage->name; }
};

std::vector<Stage> stages_of(const Scenario& scenario) {
  std::vector<Stage> stages;
  for (std::size_t i = 0; i < scenario.pipelines.size(); ++i) {
    const Pipeline& pipeline = scenario.pipelines[i];
    for (std::size_t j = 0; j < pipeline.stages.size(); ++j) {
      stages.push_back({&pipeline, &pipeline.stages[j],
                        fmt::format("workload.jobs.{}.pipeline.stages.{}.slices",
                                    scenario.pipeline_places[i], j)});
    }
  }
  return stages;
}

Stage chosen_stage(const Scenario& scenario, const Arguments& arguments) {
  const std::vector<Stage> all = stages_of(scenario);
  if (all.empty()) {
    throw InputError({arguments.file, 0, 0}, "there is no pipeline whose stages could be cut");
  }
  std::vector<std::string> names;
  std::vector<std::string> cut;
  for (const Stage& stage : all) {
    names.push_back(stage.name());
    if (stage.stage->slices > 0) cut.push_back(names.back());
  }
  if (arguments.stage.empty() && cut.size() != 1) {
    throw InputError(fmt::format("name the stage to cut with --stage: one of {}",
                                 fmt::join(cut.empty() ? names : cut, ", ")));
  }
  const std::string& wanted = arguments.stage.empty() ? cut.front() : arguments.stage;
  const auto found = std::ranges::find(names, wanted);
  if (found == names.end()) {
    throw InputError(fmt::format("unknown stage '{}'{}", wanted, suggestion(wanted, names)));
  }
  return all[static_cast<std::size_t>(found - names.begin())];
}

nlohmann::ordered_json json_of(const Scenario& scenario, const SliceTradeoff& tradeoff) {
  nlohmann::ordered_json json = {{"schema", "tandem.slices/1"},
                                 {"scenario", {{"name", scenario.name}, {"hash", scenario.hash}}}};
  json.update(tradeoff.json());
  return json;
}

}  // namespace

int run_slices(const Arguments& arguments) {
  const std::vector<std::string> plugins = load_policy_plugins(arguments.plugins);
  const Scenario scenario = load_what_if(arguments);
  const Stage stage = chosen_stage(scenario, arguments);
  std::vector<WhatIf> what_ifs;
  std::vector<std::string> names;
  std::vector<std::uint32_t> cuts;
  for (const std::uint32_t slices : arguments.slices) {
    for (const std::string& policy : policies_of(arguments, scenario, plugins)) {
      for (const std::uint64_t seed : arguments.seeds) {
        what_ifs.push_back({{{stage.path, std::to_string(slices)}}, policy, seed});
        names.push_back(fmt::format("{} slices, {}, seed {}", slices, policy, seed));
        cuts.push_back(slices);
      }
    }
  }
  const std::vector<WhatIfResult> results = Evaluator(arguments).evaluate(what_ifs);

  const int exit_code = tell_failures(names, results);
  std::vector<SlicedRun> runs;
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (results[i].run) runs.push_back({cuts[i], *results[i].run});
  }
  if (runs.empty()) return exit_code;
  const SliceTradeoff tradeoff(stage.pipeline->name, stage.stage->name, runs);
  if (arguments.json) {
    print_output(json_text(json_of(scenario, tradeoff)));
  } else {
    print_output(tradeoff.text(terminal_width()));
  }
  if (says_notes(arguments)) {
    for (const std::string& warning : scenario.warnings) print_aside("note: " + warning + "\n");
  }
  return exit_code;
}

}  // namespace tandem
