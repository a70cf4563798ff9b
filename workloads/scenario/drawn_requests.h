// The `generate` of a service's requests, and what it shares with their traces.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "workloads/requests/request_generator.h"
#include "workloads/requests/request_trace.h"
#include "workloads/scenario/build.h"

namespace tandem {

/// The settings of a `generate` entry, all but its terms, with arrivals `rate` times as often as it
/// says. Adds problems to the build, and to `warnings` what was dropped of recorded lengths.
RequestSettings drawn_requests(const Value& generate, double rate,
                               std::vector<std::string>& warnings, ScenarioBuild& build);

/// As `format` says, or else as the file looks.
RequestFormat request_format_of(const Value& source, const std::filesystem::path& file);
/// A time that may be absent.
Time time_of(const Value& source, const char* key, Time fallback);
/// Adds what was said of a file.
void add_warnings(const std::filesystem::path& file, const std::vector<std::string>& said,
                  std::vector<std::string>& warnings);

}  // namespace tandem
