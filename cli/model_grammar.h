// The options of `tandem models step` and `fit`.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>

#include "cli/arguments.h"

namespace tandem {

/// Adds both to `models`; they read into `name` and `training`. Returns which command each is.
std::map<const CLI::App*, Command> add_model_commands(CLI::App& models, std::string& name,
                                                      TrainingArguments& training);

}  // namespace tandem
