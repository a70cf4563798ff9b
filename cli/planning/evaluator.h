// What-ifs become results: each simulated once, in a process of its own, and then remembered.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "reports/planning/result_cache.h"
#include "reports/run_result.h"
#include "sim/child_processes.h"

namespace tandem {

/// One simulation that somebody wants to know of.
struct WhatIf {
  std::vector<Override> settings;  ///< Beyond those of the command line.
  std::string policy;
  std::uint64_t seed = 1;
  /// Jobs that may find no place on any device, as wide gangs do; with more of them nothing is
  /// simulated. Nothing: nobody asks.
  std::optional<std::uint64_t> misfits_allowed = {};
};

struct WhatIfResult {
  std::optional<RunResult> run;
  bool was_known = false;  ///< It came from the cache.
  std::string obstacle;    ///< Why nothing was simulated: the misfits, or what is wrong with it.
  std::string error;
  int exit_code = 0;  ///< Of an error: 2, 3, 5, or 130 for what an interrupt ended.
};

class Evaluator {
 public:
  /// Throws InputError if there can be no cache where it is asked for. While it lives, an interrupt
  /// ends the evaluation that is under way, or the next.
  explicit Evaluator(const Arguments& arguments);

  /// All of them, in their order, as many at a time as the user wants. What is wrong with one is
  /// told with it, and is no reason for the others not to be simulated.
  /// Progress is told unless somebody else does.
  std::vector<WhatIfResult> evaluate(const std::vector<WhatIf>& what_ifs,
                                     bool tells_progress = true) const;

 private:
  const Arguments& arguments_;
  std::optional<ResultCache> cache_;
  std::string build_;
  InterruptGuard guard_;
};

/// Says which of them have no result, by `names`, and returns the exit code for it.
int tell_failures(const std::vector<std::string>& names, const std::vector<WhatIfResult>& results);

}  // namespace tandem
