// What a suite of comparisons came to: one verdict over all its cases, for people and programs.
#pragma once

#include <cstddef>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "reports/comparing/comparison_files.h"
#include "reports/table.h"

namespace tandem {

/// `tandem compare` makes one of a single case, `tandem check` one of a whole suite.
struct SuiteReport {
  std::string name;
  std::vector<ComparedCase> cases;
  bool is_suite = false;

  /// The worst of the cases.
  GateOutcome outcome() const;
};

/// The verdict in a sentence.
std::string verdict_line(const SuiteReport& report);
/// For a terminal. Of a suite: a line for each case, and in full those that do not pass.
std::string suite_text(const SuiteReport& report, TableStyle style = {});
/// For a pull request.
std::string suite_markdown(const SuiteReport& report);
/// Of one comparison its own schema; of a suite tandem.check/1: {"schema", "suite", "verdict",
/// "exit_code", "answer", "cases": [{"case", and the members of tandem.compare/1}]}.
nlohmann::ordered_json to_json(const SuiteReport& report);

/// Writes .json, .csv, .md or .xml (JUnit). Throws InputError for other endings, and if the file
/// cannot be written.
void write_export(const std::filesystem::path& path, const SuiteReport& report);
/// Throws what write_export would throw for the ending.
void check_comparison_export(const std::filesystem::path& path);

}  // namespace tandem
