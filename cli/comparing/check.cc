// tandem check: runs a suite, compares it with its baselines, and gives one verdict; or writes what
// was run as the new baselines.
#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "cli/commands.h"
#include "cli/comparing/baseline.h"
#include "cli/comparing/result_source.h"
#include "cli/comparing/show.h"
#include "cli/plugin_file.h"
#include "cli/runs.h"
#include "cli/terminal.h"
#include "policies/core/error.h"
#include "policies/core/nearest.h"
#include "reports/atomic_file.h"
#include "reports/conditions/named_figure.h"
#include "reports/journal_file.h"
#include "reports/result_json.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

/// A folder for the runs: the user's, or one of our own that is left by nobody.
class RunsFolder {
 public:
  explicit RunsFolder(const std::string& wanted) : path_(wanted), is_ours_(wanted.empty()) {
    std::error_code error;
    if (is_ours_) {
      std::string name = (fs::temp_directory_path() / "tandem-check-XXXXXX").string();
      if (::mkdtemp(name.data()) == nullptr) error.assign(errno, std::generic_category());
      path_ = name;
    } else {
      fs::create_directories(path_, error);
    }
    if (error) throw InputError({path_.string(), 0, 0}, "cannot write here: " + error.message());
  }
  ~RunsFolder() {
    std::error_code ignored;
    if (is_ours_) fs::remove_all(path_, ignored);
  }
  RunsFolder(const RunsFolder&) = delete;
  RunsFolder& operator=(const RunsFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
  bool is_ours_;
};

/// A case, ready to run.
struct Prepared {
  SuiteCase one;
  Scenario scenario;
  std::vector<std::string> policies;
  std::optional<ComparedResult> baseline;  ///< Unless it is about to be written.
};

/// Whether the figures of conditions are among those that a run has.
void check_conditions(const SuiteCase& one, const ComparedResult& baseline) {
  for (const RunResult& run : baseline.runs) {
    const auto figures = named_figures(run);
    for (const Condition& condition : one.conditions) figure_of(condition, figures);
  }
}

Prepared prepare(const Arguments& arguments, SuiteCase one, const fs::path& baselines) {
  Prepared prepared;
  prepared.scenario = load_scenario(read_scenario_file(one.scenario), one.scenario.string(),
                                    one.scenario.parent_path(), one.overrides);
  prepared.policies = one.policies.empty() ? prepared.scenario.policies : one.policies;
  if (!arguments.compare.updates) {
    prepared.baseline = read_baseline(baselines, one, prepared.scenario.hash, prepared.policies);
    check_conditions(one, *prepared.baseline);
  }
  prepared.one = std::move(one);
  return prepared;
}

std::vector<SuiteCase> wanted_cases(const Arguments& arguments, std::vector<SuiteCase> cases) {
  const std::vector<std::string>& wanted = arguments.compare.cases;
  if (wanted.empty()) return cases;
  std::vector<std::string> names;
  for (const SuiteCase& one : cases) names.push_back(one.name);
  for (const std::string& name : wanted) {
    if (std::ranges::find(names, name) == names.end()) {
      throw InputError(fmt::format("unknown case '{}'{}", name, suggestion(name, names)));
    }
  }
  std::erase_if(cases, [&](const SuiteCase& one) {
    return std::ranges::find(wanted, one.name) == wanted.end();
  });
  return cases;
}

/// Removes what an earlier check has left of the same runs, and nothing else.
void clear_runs(const std::vector<Prepared>& cases, const fs::path& folder) {
  for (const Prepared& prepared : cases) {
    const fs::path own = folder / prepared.one.name;
    fs::remove(own / "result.json");
    for (const std::string& policy : prepared.policies) {
      for (const std::uint64_t seed : prepared.one.seeds) {
        fs::remove_all(own / run_folder(policy, seed));
      }
    }
  }
}

/// Runs all cases into folders of their names. Returns the exit code of what went wrong, or 0.
int run_cases(const Arguments& arguments, const std::vector<Prepared>& cases,
              const fs::path& folder) {
  struct Run {
    const Prepared* prepared;
    Simulation simulation;
  };
  std::vector<Run> runs;
  for (const Prepared& prepared : cases) {
    for (const std::string& policy : prepared.policies) {
      for (const std::uint64_t seed : prepared.one.seeds) {
        runs.push_back({&prepared, {policy, seed, TANDEM_VERSION}});
      }
    }
  }
  std::vector<ChildTask> tasks;
  std::vector<std::string> names;
  for (const Run& run : runs) {
    names.push_back(fmt::format("{}, {}, seed {}", run.prepared->one.name, run.simulation.policy,
                                run.simulation.seed));
    tasks.push_back([&run, &folder](const ReportProgress& report) {
      return run_one(run.prepared->scenario, run.simulation, folder / run.prepared->one.name,
                     report);
    });
  }
  const auto outcomes = run_all(arguments, tasks);
  if (const int code = tell_failures(names, outcomes); code != 0) return code;
  std::size_t next = 0;
  for (const Prepared& prepared : cases) {
    ResultDocument document;
    document.scenario.name = prepared.scenario.name;
    document.scenario.hash = prepared.scenario.hash;
    for (; next < runs.size() && runs[next].prepared == &prepared; ++next) {
      document.runs.push_back(run_from_json(nlohmann::ordered_json::parse(*outcomes[next].result)));
    }
    AtomicFile file(folder / prepared.one.name / "result.json");
    file.write(json_text(to_json(document)));
    file.commit();
  }
  return 0;
}

int update(const Arguments& arguments, const std::vector<Prepared>& cases, const fs::path& results,
           const fs::path& baselines) {
  BaselineUpdate update(baselines, !arguments.compare.cases.empty());
  for (const Prepared& prepared : cases) {
    check_conditions(prepared.one, read_result_folder(results / prepared.one.name, ""));
    update.add(prepared.one.name, results / prepared.one.name);
  }
  update.commit();
  if (arguments.json) {
    nlohmann::ordered_json names = nlohmann::ordered_json::array();
    for (const Prepared& prepared : cases) names.push_back(prepared.one.name);
    print_json({{"baseline", baselines.string()}, {"cases", std::move(names)}});
  } else {
    print_output(fmt::format("Wrote the baselines of {} to {}\n",
                             cases.size() == 1 ? "1 case" : fmt::format("{} cases", cases.size()),
                             baselines.string()));
  }
  return 0;
}

}  // namespace

int run_check(const Arguments& arguments) {
  for (const std::string& file : arguments.exports) check_comparison_export(file);
  load_policy_plugins(arguments.plugins);
  const fs::path file = suite_file(arguments.compare.suite);
  Suite suite = parse_suite(read_scenario_file(file), file.string(), file.parent_path());
  const fs::path baselines = baseline_folder(file);
  std::vector<Prepared> cases;
  for (SuiteCase& one : wanted_cases(arguments, std::move(suite.cases))) {
    cases.push_back(prepare(arguments, std::move(one), baselines));
  }
  const RunsFolder folder(arguments.output);
  clear_runs(cases, folder.path());
  if (const int code = run_cases(arguments, cases, folder.path()); code != 0) return code;
  if (arguments.compare.updates) return update(arguments, cases, folder.path(), baselines);

  SuiteReport report{suite.name, {}, true};
  for (Prepared& prepared : cases) {
    const fs::path own = folder.path() / prepared.one.name;
    ComparedResult head = read_result_folder(own, own.string());
    if (arguments.output.empty()) head.path = prepared.one.scenario.string();
    ComparisonSettings settings{suite.confidence, suite.minimum, prepared.one.conditions, false};
    report.cases.push_back({prepared.one.name, compare_paired(std::move(*prepared.baseline),
                                                              std::move(head), settings)});
  }
  std::vector<PairedComparison*> all;
  for (ComparedCase& one : report.cases) all.push_back(&one.comparison);
  decide_together(all);
  return show_report(arguments, report);
}

}  // namespace tandem
