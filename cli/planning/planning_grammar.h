// The options of `tandem plan`, `sweep` and `cache`.
#pragma once

#include <string>
#include <vector>

#include "cli/run_grammar.h"

namespace tandem {

/// Where --seeds is read into.
struct PlanningSeeds {
  std::string& of_plan;
  std::string& of_sweep;
};

/// Adds --cache and --no-cache, as all commands have them that keep finished simulations.
void add_cache_options(CLI::App* app, PlanningArguments& planning);

/// Adds the commands; they read into `arguments`, `overrides` and `seeds`.
void add_planning_commands(const MakeCommand& command, Arguments& arguments,
                           std::vector<std::string>& overrides, PlanningSeeds seeds);

}  // namespace tandem
