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

/// Adds the commands; they read into `arguments`, `overrides` and `seeds`.
void add_planning_commands(const MakeCommand& command, Arguments& arguments,
                           std::vector<std::string>& overrides, PlanningSeeds seeds);

}  // namespace tandem
