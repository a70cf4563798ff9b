// A suite of comparisons (YAML): which scenarios are run under which policies, and what must not
// become worse. docs/comparing.md has an example.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "reports/comparing/paired_comparison.h"
#include "workloads/scenario.h"

namespace tandem {

struct SuiteCase {
  std::string name;
  std::filesystem::path scenario;
  std::vector<Override> overrides;
  std::vector<std::string> policies;  ///< Canonical; none: the scenario's.
  std::vector<std::uint64_t> seeds;
  std::vector<Condition> conditions;  ///< None: the default gate.
};

struct Suite {
  std::string name;
  double confidence = 0.95;
  MinimumEffects minimum;
  std::vector<SuiteCase> cases;
};

/// Reads a suite. `file` names it in messages; scenarios are looked for relative to `folder`.
/// Policies of plug-ins are known once these are loaded. Throws InputError with the position of
/// whatever is wrong.
Suite parse_suite(std::string_view text, const std::string& file,
                  const std::filesystem::path& folder);

/// The file that a path given by a user stands for: itself, or suite.yaml in the folder.
std::filesystem::path suite_file(const std::filesystem::path& path);

}  // namespace tandem
