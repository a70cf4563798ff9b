// tandem sweep: every combination of settings, under every policy with every seed, in one table.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "cli/commands.h"
#include "cli/planning/evaluator.h"
#include "cli/planning/slurm_parts.h"
#include "cli/planning/sweep_part.h"
#include "cli/planning/varied_axis.h"
#include "cli/plugin_file.h"
#include "cli/runs.h"
#include "cli/terminal.h"
#include "policies/core/error.h"
#include "reports/human.h"
#include "reports/metric.h"
#include "reports/planning/parquet.h"
#include "reports/planning/sweep_table.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostSettings = 100'000;

/// Everything there is to simulate, the seed changing fastest, then the policy.
class Sweep {
 public:
  Sweep(const Arguments& arguments, const Scenario& scenario,
        const std::vector<std::string>& policies)
      : arguments_(arguments), axes_(varied_axes(arguments)) {
    for (const auto& point : grid_of(axes_, kMostSettings)) {
      for (const std::string& policy : policies) {
        for (const std::uint64_t seed : arguments.seeds) add(point, policy, seed);
      }
    }
    for (const VariedAxis& axis : axes_) names_.push_back(axis.name);
    fingerprint_ = scenario.hash;
  }

  const std::vector<WhatIf>& what_ifs() const { return what_ifs_; }
  const std::vector<std::string>& names() const { return names_; }
  const std::string& scenario_hash() const { return fingerprint_; }
  /// As rows of the table; `results` are those of what_ifs().
  std::vector<SweepRow> rows(const std::vector<WhatIfResult>& results) const {
    std::vector<SweepRow> rows;
    for (std::size_t i = 0; i < results.size(); ++i) {
      rows.push_back(
          {values_[i], what_ifs_[i].policy, what_ifs_[i].seed, results[i].run, results[i].error});
    }
    return rows;
  }

 private:
  void add(const std::vector<std::size_t>& point, const std::string& policy, std::uint64_t seed) {
    WhatIf what_if{{}, policy, seed};
    std::vector<std::string> values;
    for (std::size_t axis = 0; axis < axes_.size(); ++axis) {
      values.push_back(axes_[axis].values[point[axis]]);
      what_if.settings.push_back({axes_[axis].path, values.back(), "--vary " + axes_[axis].name});
    }
    what_ifs_.push_back(std::move(what_if));
    values_.push_back(std::move(values));
  }

  const Arguments& arguments_;
  std::vector<VariedAxis> axes_;
  std::vector<std::string> names_;
  std::string fingerprint_;
  std::vector<WhatIf> what_ifs_;
  std::vector<std::vector<std::string>> values_;  ///< Of the settings, by what-if.
};

/// Errors, each once, and the exit code that they make.
int tell_errors(const std::vector<WhatIfResult>& results) {
  int exit_code = 0;
  std::vector<std::string> told;
  std::size_t interrupted = 0;
  for (const WhatIfResult& result : results) {
    exit_code = std::max(exit_code, result.exit_code);
    interrupted += result.exit_code == 130 ? 1 : 0;
    if (result.error.empty() || result.exit_code == 130) continue;
    if (std::ranges::find(told, result.error) != told.end()) continue;
    told.push_back(result.error);
    print_error(result.error);
  }
  if (interrupted > 0) {
    print_error(
        fmt::format("interrupted: {} of {} simulations not finished; the others are kept, "
                    "and the same command goes on from there",
                    interrupted, results.size()));
  }
  return exit_code;
}

std::size_t known(const std::vector<WhatIfResult>& results) {
  return static_cast<std::size_t>(std::ranges::count(results, true, &WhatIfResult::was_known));
}

void print_sweep(const Arguments& arguments, const Sweep& sweep, const std::string& table,
                 const std::vector<WhatIfResult>& results) {
  const std::vector<SweepRow> rows = sweep.rows(results);
  if (arguments.json) {
    nlohmann::ordered_json json = {{"schema", "tandem.sweep/1"},
                                   {"scenario", {{"hash", sweep.scenario_hash()}}},
                                   {"table", table},
                                   {"rows", rows.size()},
                                   {"from_cache", known(results)}};
    json["columns"] = nlohmann::ordered_json::array();
    for (const ParquetColumn& column : sweep_columns(sweep.names(), rows)) {
      json["columns"].push_back(column.name);
    }
    return print_json(json);
  }
  print_output(wrapped(sweep_answer(sweep.names(), rows), terminal_width(), 2) +
               fmt::format("\nTable: {}, {} rows, {} of them known before\n", table, rows.size(),
                           known(results)));
}

}  // namespace

int run_sweep(const Arguments& arguments) {
  if (arguments.output.empty()) throw InputError("sweep writes a table: give -o FOLDER");
  const std::vector<std::string> plugins = load_policy_plugins(arguments.plugins);
  const Scenario scenario = load_what_if(arguments);
  const Sweep sweep(arguments, scenario, policies_of(arguments, scenario, plugins));
  fs::create_directories(arguments.output);
  const PartSettings settings{arguments.output, sweep.scenario_hash()};
  if (!arguments.planning.part.empty()) {
    return simulate_part(arguments, settings, sweep.what_ifs());
  }
  if (arguments.planning.engine == "slurm") {
    const int exit_code = run_slurm_parts(arguments, settings, sweep.what_ifs());
    if (exit_code != 0) return exit_code;
  }
  const std::vector<WhatIfResult> results =
      Evaluator(sweep_arguments(arguments)).evaluate(sweep.what_ifs());
  const int exit_code = tell_errors(results);
  if (exit_code == 130) return exit_code;
  const fs::path table = fs::path(arguments.output) / "sweep.parquet";
  write_parquet(table, sweep_columns(sweep.names(), sweep.rows(results)));
  print_sweep(arguments, sweep, table.string(), results);
  return exit_code;
}

}  // namespace tandem
