// The options of `tandem models step`, `fit` and `serve`.
#pragma once

#include <CLI/CLI.hpp>
#include <map>

#include "cli/arguments.h"

namespace tandem {

/// Adds them to `models`; they read into `arguments`. Returns which command each is.
std::map<const CLI::App*, Command> add_model_commands(CLI::App& models, Arguments& arguments);

}  // namespace tandem
