// What the three programs have in common: how they begin and how they end.
#pragma once

#include <functional>

#include "cli/arguments.h"

namespace tandem {

/// The whole of a main: reads the command line, does `run`, and turns what it throws into a message
/// and the exit code of the program.
int run_program(int argc, const char* const* argv, const std::function<int(const Arguments&)>& run);

}  // namespace tandem
