#include "cli/runs.h"

#include <fmt/format.h>
#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <thread>

#include "cli/terminal.h"
#include "policies/core/error.h"
#include "policies/registry.h"
#include "reports/findings.h"
#include "reports/jobs_csv.h"
#include "reports/journal_file.h"
#include "reports/progress.h"
#include "reports/requests_csv.h"
#include "reports/result_json.h"
#include "reports/run_metrics.h"
#include "reports/service_metrics.h"
#include "workloads/traces/names.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

double monotonic_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Everybody who listens to a run.
class Listeners {
 public:
  Listeners(const Scenario& scenario, const std::optional<fs::path>& folder)
      : metrics_(figures_of(scenario)), services_(infos_of(scenario), scenario.tenants) {
    recorders_ = {&metrics_, &findings_};
    request_recorders_ = {&services_};
    if (!folder) return;
    if (!scenario.services.empty()) {
      std::vector<std::string> names;
      for (const ServiceSettings& service : scenario.services) names.push_back(service.name);
      requests_.emplace(*folder / "requests.csv", names, scenario.tenants);
      request_recorders_.push_back(&*requests_);
    }
    jobs_.emplace(*folder / "jobs.csv");
    journal_file_.emplace(*folder);
    journal_.emplace([this](std::string_view text) { journal_file_->write(text); });
    metrics_.set_bill_listener([this](JobId job, const Bill& bill, const DeviceFigures& figures) {
      jobs_->bill(job, bill, figures);
    });
    recorders_.push_back(&*jobs_);
    recorders_.push_back(&*journal_);
  }
  const std::vector<Recorder*>& recorders() const { return recorders_; }
  const std::vector<ServiceRecorder*>& request_recorders() const { return request_recorders_; }

  RunResult finish() {
    if (requests_) requests_->finish();
    if (journal_) {
      journal_->finish();
      journal_file_->finish();
      jobs_->finish();
    }
    RunResult result = metrics_.result();
    result.services = services_.result();
    result.findings = findings_.result(result);
    return result;
  }

 private:
  static DeviceFigures figures_of(const Scenario& scenario) {
    DeviceFigures figures{
        scenario.price_per_device_hour, {}, {}, scenario.is_spot, scenario.facility_factor,
        scenario.carbon_g_per_kwh};
    for (const DevicePower& power : scenario.power) {
      figures.busy_watts.push_back(power.busy_watts);
      figures.idle_watts.push_back(power.idle_watts);
    }
    return figures;
  }
  static std::vector<ServiceInfo> infos_of(const Scenario& scenario) {
    std::vector<ServiceInfo> infos;
    for (const ServiceSettings& service : scenario.services) {
      infos.push_back({service.name, service.objectives, service.provenance, service.band_low,
                       service.band_high});
    }
    return infos;
  }
  RunMetrics metrics_;
  Findings findings_;
  ServiceMetrics services_;
  std::optional<RequestsCsv> requests_;
  std::vector<ServiceRecorder*> request_recorders_;
  std::optional<JobsCsv> jobs_;
  std::optional<JournalFile> journal_file_;
  std::optional<JournalWriter> journal_;
  std::vector<Recorder*> recorders_;
};

void fill_engine(EngineFigures& engine, double begun) {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  engine.cpu_s = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  engine.wall_s = monotonic_seconds() - begun;
  engine.peak_rss_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

Progress make_progress(const Arguments& arguments, std::size_t runs) {
  const auto mode = !says_notes(arguments)       ? Progress::Mode::kQuiet
                    : is_terminal(STDERR_FILENO) ? Progress::Mode::kTerminal
                                                 : Progress::Mode::kLines;
  return {runs, mode, monotonic_seconds, print_aside};
}

}  // namespace

Scenario load_what_if(const Arguments& arguments) {
  if (arguments.file.empty() == arguments.trace.empty()) {
    throw InputError(
        "simulate needs a scenario file or --trace FILE --devices N, and not both; 'tandem init "
        "lab.yaml' writes an example");
  }
  if (!arguments.trace.empty()) {
    if (arguments.devices == 0) throw InputError("--trace needs --devices N");
    return load_scenario(scenario_of_trace(arguments.trace, arguments.devices), arguments.trace, {},
                         arguments.overrides);
  }
  const fs::path file = arguments.file;
  return load_scenario(read_scenario_file(file), file.string(), file.parent_path(),
                       arguments.overrides);
}

fs::path folder_of(const std::filesystem::path& output, const Simulation& simulation) {
  return output / run_folder(simulation.policy, simulation.seed);
}

std::string run_one(const Scenario& scenario, const Simulation& simulation,
                    const std::optional<fs::path>& output, const ReportProgress& progress) {
  const double begun = monotonic_seconds();
  std::optional<fs::path> folder;
  if (output) folder = folder_of(*output, simulation);
  if (folder) fs::create_directories(*folder);
  Listeners listeners(scenario, folder);
  Recorders recorders(listeners.recorders());
  ServiceRecorders requests(listeners.request_recorders());
  const auto notes = simulate(scenario, simulation, recorders, progress, &requests);
  RunResult result = listeners.finish();
  result.warnings = scenario.warnings;
  result.warnings.insert(result.warnings.end(), notes.begin(), notes.end());
  fill_engine(result.engine, begun);
  return to_json(result).dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::vector<Simulation> simulations_of(const Arguments& arguments, const Scenario& scenario,
                                       const std::vector<std::string>& plugins) {
  std::vector<std::string> policies;
  for (const std::string& text : arguments.policies) policies.push_back(canonical_policy(text));
  if (policies.empty()) {
    policies = scenario.policies;
    policies.insert(policies.end(), plugins.begin(), plugins.end());
  }
  std::set<std::string> seen;
  for (const std::string& policy : policies) {
    if (!seen.insert(policy).second) throw InputError("policy '" + policy + "' is named twice");
  }
  std::vector<Simulation> simulations;
  for (const std::string& policy : policies) {
    for (const std::uint64_t seed : arguments.seeds) {
      simulations.push_back({policy, seed, TANDEM_VERSION});
    }
  }
  return simulations;
}

bool says_notes(const Arguments& arguments) {
  return !arguments.quiet && arguments.log_level == "info";
}

std::vector<ChildOutcome> run_all(const Arguments& arguments, const std::vector<ChildTask>& tasks) {
  malloc_trim(0);  // What reading the scenario used is not every child's memory.
  const unsigned at_once = arguments.parallel > 0
                               ? arguments.parallel
                               : std::max(1u, std::thread::hardware_concurrency());
  Progress progress = make_progress(arguments, tasks.size());
  auto outcomes = run_children(
      tasks, at_once, [&](std::size_t task, double share) { progress.update(task, share); });
  progress.finish();
  return outcomes;
}

int tell_failures(const std::vector<std::string>& names,
                  const std::vector<ChildOutcome>& outcomes) {
  int exit_code = 0;
  std::size_t interrupted = 0;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const ChildOutcome& outcome = outcomes[i];
    exit_code = std::max(exit_code, outcome.exit_code);
    if (outcome.result) continue;
    if (outcome.exit_code == 130) {
      ++interrupted;
    } else {
      print_error(fmt::format("{}: {}", names[i], outcome.error));
    }
  }
  if (interrupted > 0) {
    print_error(fmt::format("interrupted: {} of {} not finished", interrupted,
                            counted(outcomes.size(), "run")));
  }
  return exit_code;
}

}  // namespace tandem
