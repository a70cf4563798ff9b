// The commands below `tandem trace`: traces in and out.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>
#include <vector>

#include "cli/arguments.h"

namespace tandem {

/// Texts that are parsed further once all of the command line is known.
struct TraceTexts {
  std::vector<std::string>& overrides;
  std::string& fit_seeds;
  std::string& until;
};

/// Adds them to `trace`; they read into `arguments`. Returns which command each is.
std::map<const CLI::App*, Command> add_trace_commands(CLI::App& trace, Arguments& arguments,
                                                      const TraceTexts& texts);

/// A time from the start of the run. Throws CLI::ValidationError.
std::optional<Duration> parse_until(const std::string& text);

}  // namespace tandem
