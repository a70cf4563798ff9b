// The commands below `tandem trace`: traces in and out.
#pragma once

#include <CLI/CLI.hpp>
#include <map>

#include "cli/arguments.h"

namespace tandem {

/// Adds them to `trace`; they read into `arguments`. Returns which command each is.
std::map<const CLI::App*, Command> add_trace_commands(CLI::App& trace, Arguments& arguments);

}  // namespace tandem
