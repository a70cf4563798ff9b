// tandem trace fit: a scenario whose jobs or requests are like those of a trace, and how alike they
// are, also in what they wait.
#include "reports/trace_fit.h"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <memory>
#include <utility>

#include "cli/commands.h"
#include "cli/runs.h"
#include "cli/terminal.h"
#include "policies/core/error.h"
#include "reports/atomic_file.h"
#include "reports/result_json.h"
#include "workloads/fitting/gaps.h"
#include "workloads/fitting/job_fit.h"
#include "workloads/fitting/kolmogorov_smirnov.h"
#include "workloads/fitting/request_fit.h"
#include "workloads/trace_kind.h"

namespace tandem {
namespace {

/// The load that the trace makes of the devices on which waits are compared, unless they are given.
constexpr double kComparedLoad = 0.7;
/// Drawn samples that are compared with the trace's are of this seed.
constexpr std::uint64_t kSampleSeed = 1;

/// What is wrong with a trace as a whole has no position of its own.
template <class Step>
auto about(const std::string& file, Step step) {
  try {
    return step();
  } catch (const InputError& error) {
    throw InputError({file, 0, 0}, error.what());
  }
}

Scenario load_fitted(const std::string& text) { return load_scenario(text, "fitted", {}, {}); }

FittedFigure figure(const char* name, const char* label, Unit unit, std::vector<double> trace,
                    std::vector<double> drawn) {
  FittedFigure figure{name, label, unit, std::move(trace), std::move(drawn)};
  figure.distance = ks_distance(figure.trace, figure.drawn);
  figure.critical = ks_critical(figure.trace.size(), figure.drawn.size());
  return figure;
}

double variation(const std::vector<double>& values) {
  double sum = 0;
  double squares = 0;
  for (const double value : values) sum += value;
  const double mean = sum / static_cast<double>(values.size());
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / static_cast<double>(values.size())) / mean;
}

/// Gaps as the trace's clock tells them, and how much they vary.
void add_gaps(std::span<const Time> trace, std::span<const Time> drawn, FitReport& report) {
  const Duration tick = resolution_of(trace);
  report.figures.push_back(figure("gap_s", "gap between arrivals", Unit::kSeconds,
                                  gaps_of(trace, tick), gaps_of(drawn, tick)));
  const FittedFigure& gaps = report.figures.back();
  report.numbers.push_back(
      {"gap_cv", "variation of gaps", Unit::kPlain, variation(gaps.trace), variation(gaps.drawn)});
}

/// Simulates the trace, and what is drawn with every seed. Returns the exit code.
int compare_waits(const Arguments& arguments, TraceFormat format, const Scenario& fitted,
                  std::uint32_t devices, FitReport& report) {
  const Scenario recorded =
      load_scenario(scenario_of_trace(arguments.file, devices, format), arguments.file, {}, {});
  std::vector<Simulation> simulations{{"fifo", kSampleSeed, TANDEM_VERSION}};
  std::vector<std::string> names{"the trace"};
  for (const std::uint64_t seed : arguments.seeds) {
    simulations.push_back({"fifo", seed, TANDEM_VERSION});
    names.push_back(fmt::format("the fitted scenario, seed {}", seed));
  }
  std::vector<ChildTask> tasks;
  for (std::size_t i = 0; i < simulations.size(); ++i) {
    tasks.push_back([&, i](const ReportProgress& progress) {
      return run_one(i == 0 ? recorded : fitted, simulations[i], std::nullopt, progress);
    });
  }
  const auto outcomes = run_all(arguments, tasks);
  if (const int exit_code = tell_failures(names, outcomes); exit_code != 0) return exit_code;
  std::vector<double> waits;
  FittedWait wait;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const RunResult run = run_from_json(nlohmann::ordered_json::parse(*outcomes[i].result));
    const double mean = run.wait_s ? run.wait_s->mean : 0;
    if (i == 0) {
      wait.trace_s = mean;
      wait.utilization = run.utilization.value_or(0);
    } else {
      waits.push_back(mean);
    }
  }
  wait.devices = devices;
  wait.drawn_s = estimate_of(waits);
  wait.seeds = waits.size();
  report.wait = wait;
  return 0;
}

/// Returns the exit code.
int fit_job_trace(const Arguments& arguments, TraceFormat format, FitReport& report,
                  std::string& text) {
  const Trace trace = read_trace(arguments.file, format);
  const std::uint32_t devices =
      arguments.devices > 0
          ? arguments.devices
          : about(arguments.file, [&] { return devices_for(trace, kComparedLoad); });
  JobFit fit = about(arguments.file, [&] {
    return fit_jobs(trace, scenario_name(arguments.file) + "-fitted", devices);
  });
  text = std::move(fit.scenario);
  const Scenario fitted = load_fitted(text);
  std::vector<std::string> tenants;
  for (const Tenant& tenant : fitted.tenants.all()) tenants.push_back(tenant.name);
  const JobSamples recorded = samples_of(trace);
  const JobSamples drawn = samples_of(*fitted.arrivals(kSampleSeed), tenants, trace);
  report.noun = "job";
  report.count = trace.jobs.size();
  report.notes = std::move(fit.notes);
  add_gaps(recorded.submitted, drawn.submitted, report);
  report.figures.push_back(
      figure("devices", "devices", Unit::kPlain, recorded.devices, drawn.devices));
  report.figures.push_back(
      figure("run_time_s", "run time", Unit::kSeconds, recorded.run_time_s, drawn.run_time_s));
  if (has_estimates(trace)) {
    report.figures.push_back(
        figure("estimate_s", "estimate", Unit::kSeconds, recorded.estimate_s, drawn.estimate_s));
  }
  report.figures.push_back(
      figure("tenant", "tenant, by number of jobs", Unit::kPlain, recorded.tenant, drawn.tenant));
  report.numbers.push_back({"neighbour_correlation", "rank correlation of neighbours' run times",
                            Unit::kPlain, neighbour_correlation(recorded.run_time_s),
                            neighbour_correlation(drawn.run_time_s)});
  return compare_waits(arguments, format, fitted, devices, report);
}

void fit_request_trace(const Arguments& arguments, RequestFormat format, FitReport& report,
                       std::string& text) {
  const RequestTrace trace = read_request_trace(arguments.file, format);
  text = about(arguments.file,
               [&] { return fit_requests(trace, scenario_name(arguments.file) + "-fitted"); });
  const Scenario fitted = load_fitted(text);
  const RequestSamples recorded = samples_of(trace);
  const RequestSamples drawn = samples_of(*fitted.services.front().requests(kSampleSeed));
  report.noun = "request";
  report.count = trace.requests.size();
  add_gaps(recorded.arrival, drawn.arrival, report);
  report.figures.push_back(figure("prompt_tokens", "prompt tokens", Unit::kPlain,
                                  recorded.prompt_tokens, drawn.prompt_tokens));
  report.figures.push_back(figure("output_tokens", "output tokens", Unit::kPlain,
                                  recorded.output_tokens, drawn.output_tokens));
  if (recorded.prefix_hits) {
    report.numbers.push_back({"prefix_hits", "blocks that an unlimited cache hits", Unit::kFraction,
                              *recorded.prefix_hits, drawn.prefix_hits.value_or(0)});
  }
}

}  // namespace

int run_trace_fit(const Arguments& arguments) {
  const TraceKind kind = trace_kind(arguments.file, arguments.traces.format);
  std::optional<AtomicFile> file;
  if (!arguments.output.empty()) file.emplace(arguments.output);
  FitReport report;
  report.file = arguments.file;
  report.output = arguments.output;
  std::string text;
  if (const auto* jobs = std::get_if<TraceFormat>(&kind)) {
    if (const int code = fit_job_trace(arguments, *jobs, report, text); code != 0) return code;
  } else {
    fit_request_trace(arguments, std::get<RequestFormat>(kind), report, text);
  }
  if (file) {
    file->write(text);
    file->commit();
  }
  if (arguments.json) {
    print_output(json_text(fit_json(report)));
  } else {
    print_output(fit_text(report, terminal_width()));
  }
  return 0;
}

}  // namespace tandem
