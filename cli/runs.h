// Simulations as commands make them: the scenario and the policies of a command line, run each in a
// process of its own.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "sim/child_processes.h"
#include "sim/simulation.h"
#include "workloads/scenario.h"

namespace tandem {

/// The scenario file, or what a bare trace stands for.
Scenario load_what_if(const Arguments& arguments);

/// Those asked for or, if none is, the scenario's and `plugins`.
std::vector<std::string> policies_of(const Arguments& arguments, const Scenario& scenario,
                                     const std::vector<std::string>& plugins);

/// Every policy of policies_of with every seed.
std::vector<Simulation> simulations_of(const Arguments& arguments, const Scenario& scenario,
                                       const std::vector<std::string>& plugins);

/// What becomes of one simulation on disk: FOLDER/POLICY-seedN.
std::filesystem::path folder_of(const std::filesystem::path& output, const Simulation& simulation);

/// What a child does: one simulation, told as the JSON of its RunResult. With `output` its files
/// are written, too.
std::string run_one(const Scenario& scenario, const Simulation& simulation,
                    const std::optional<std::filesystem::path>& output,
                    const ReportProgress& progress);

/// Runs children with progress, as many at once as the user wants.
std::vector<ChildOutcome> run_all(const Arguments& arguments, const std::vector<ChildTask>& tasks);

/// Says what did not come to an end, by `names` of the tasks, and returns the exit code for it.
int tell_failures(const std::vector<std::string>& names, const std::vector<ChildOutcome>& outcomes);

}  // namespace tandem
