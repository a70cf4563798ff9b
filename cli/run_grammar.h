// The options of the commands that really run jobs, and of those that ask a run.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "cli/arguments.h"

namespace tandem {

/// Makes a command of the top level.
using MakeCommand =
    std::function<CLI::App*(const std::string& name, Command command, const std::string& summary)>;

/// Adds them; they read into `arguments` and `overrides`.
void add_run_commands(const MakeCommand& command, Arguments& arguments,
                      std::vector<std::string>& overrides);

}  // namespace tandem
