// The options of `tandem bench-serve`.
#pragma once

#include <string>
#include <vector>

#include "cli/run_grammar.h"

namespace tandem {

/// Adds the command; it reads into `arguments` and `goodput`.
void add_load_command(const MakeCommand& command, Arguments& arguments, std::string& goodput);

/// "ttft:500,tpot:50": milliseconds. Throws CLI::ValidationError.
std::vector<Objective> parse_goodput(const std::string& text);

}  // namespace tandem
