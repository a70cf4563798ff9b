// A part of a sweep, for whatever starts processes on other machines: it simulates into the cache,
// and leaves a mark when it is through.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "cli/planning/evaluator.h"

namespace tandem {

/// The folder of the sweep, and what its marks must be about.
struct PartSettings {
  std::filesystem::path folder;
  std::string scenario_hash;
};

/// "3/20" of a sweep: `place` counts from 1.
struct SweepPart {
  std::size_t place = 1;
  std::size_t count = 1;
};

/// Throws InputError.
SweepPart parse_sweep_part(const std::string& text);

/// The same, with the cache in the sweep's folder unless the user says where: parts on other
/// machines must find it.
Arguments sweep_arguments(const Arguments& arguments);

/// The file that says that a part is through; it tells this sweep from others.
std::filesystem::path mark_of(const PartSettings& settings, const SweepPart& part,
                              const std::vector<WhatIf>& what_ifs);

/// Simulates the part that the arguments name. Returns its exit code.
int simulate_part(const Arguments& arguments, const PartSettings& settings,
                  const std::vector<WhatIf>& what_ifs);

}  // namespace tandem
