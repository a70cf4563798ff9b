// Results as files for other programs; the ending of the name says which.
#pragma once

#include <filesystem>
#include <string>

#include "reports/result_json.h"

namespace tandem {

/// One row for each run and one column for each metric, units last: wait_s_p99. Empty where a run
/// has no such figure.
std::string result_csv(const ResultDocument& document);

/// The answer, then a table as GitHub shows it.
std::string result_markdown(const ResultDocument& document);

/// Writes .json, .csv or .md. Throws InputError for other endings, and if the file cannot be
/// written.
void write_export(const std::filesystem::path& path, const ResultDocument& document);

/// Throws what write_export would throw for the ending: to be told before a long run, not after.
void check_export(const std::filesystem::path& path);

}  // namespace tandem
