// What a suite is compared with: results that were kept, small and beside it.
//
// SUITE.baseline/CASE/result.json.zst, and for cases of so few seeds that stretches of runs are
// looked at, POLICY-seedN/jobs.csv.zst and requests.csv.zst with the columns that this takes. What
// a run cost the computer is left out, so that equal runs make equal files.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/comparing/suite.h"
#include "reports/comparing/paired_comparison.h"

namespace tandem {

/// Of a suite's file: "suites/ours.yaml" has "suites/ours.baseline".
std::filesystem::path baseline_folder(const std::filesystem::path& suite);

/// The baseline of a case. Throws InputError, with what to do, if there is none, or if it is of
/// another scenario, or lacks one of `policies` or a seed.
ComparedResult read_baseline(const std::filesystem::path& folder, const SuiteCase& one,
                             const std::string& scenario_hash,
                             const std::vector<std::string>& policies);

/// A new set of baselines, which takes the old one's place at commit() or leaves no trace.
class BaselineUpdate {
 public:
  /// `keeps_others`: cases that are not added stay as they are.
  BaselineUpdate(std::filesystem::path folder, bool keeps_others);
  ~BaselineUpdate();
  BaselineUpdate(const BaselineUpdate&) = delete;
  BaselineUpdate& operator=(const BaselineUpdate&) = delete;

  /// `results` is a folder as `simulate -o` writes it.
  void add(const std::string& name, const std::filesystem::path& results);
  void commit();

 private:
  std::filesystem::path folder_;
  std::filesystem::path staged_;
};

}  // namespace tandem
