// The runs that a report is about, read from the folders that simulate -o and run -o leave.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "reports/history/report.h"

namespace tandem {

/// One run on disk. `result` is from the result.json of its folder or of the one above; without one
/// the figures are those that its journal knows.
struct RunPlace {
  std::filesystem::path folder;
  std::filesystem::path journal;
  std::string scenario;
  std::optional<RunResult> result;
  bool is_real = false;  ///< May have been cut off.
};

/// All runs that `run` stands for, in the order of its result.json: a folder of simulate -o, one
/// run's folder in it or its journal, a real run's folder. Throws InputError if there are none.
std::vector<RunPlace> find_runs(const std::filesystem::path& run);

/// Of several folders with the same policy, runs are told apart by the folder's name. Single jobs
/// are of the first seed of every policy. `progress` is told how many of these journals, of how
/// many, have been read.
Report read_report(const std::vector<std::string>& runs,
                   const std::function<void(std::size_t, std::size_t)>& progress);

}  // namespace tandem
