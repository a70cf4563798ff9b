// tandem validate-run: the jobs and requests of real runs simulated under their policies, and how
// far off that is.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "cli/commands.h"
#include "cli/listeners.h"
#include "cli/recorded_requests.h"
#include "cli/run_origin.h"
#include "cli/runs.h"
#include "cli/terminal.h"
#include "executor/control/job_store.h"
#include "executor/control/real_jobs.h"
#include "policies/core/error.h"
#include "reports/journal_file.h"
#include "reports/result_json.h"
#include "reports/validation.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

/// When each job was really submitted.
class Submissions final : public Recorder {
 public:
  void begin_run(const RunHeader&) override {}
  void begin_step(Time now) override { now_ = now; }
  void event(const Event& event) override {
    if (const auto* submitted = std::get_if<Submitted>(&event)) {
      jobs_.emplace_back(submitted->job, now_);
    }
  }
  void action(const Action&) override {}
  const std::vector<std::pair<Job, Time>>& jobs() const { return jobs_; }

 private:
  Time now_;
  std::vector<std::pair<Job, Time>> jobs_;
};

/// Jobs that have come before, again.
class Recorded final : public ArrivalSource {
 public:
  explicit Recorded(const std::vector<Arrival>& arrivals) : arrivals_(arrivals) {}
  std::optional<Arrival> next() override {
    if (next_ == arrivals_.size()) return std::nullopt;
    return arrivals_[next_++];
  }
  std::uint64_t count() const override { return arrivals_.size(); }

 private:
  const std::vector<Arrival>& arrivals_;
  std::size_t next_ = 0;
};

struct RealOne {
  RunResult result;
  bool has_jobs = true;  ///< Besides replicas.
  Scenario scenario;     ///< With the jobs that really came, when they came.
  Simulation simulation;
};

/// The jobs of a run by number, as it had them.
std::vector<Arrival> arrivals_of(const RunFolder& folder, const RunOrigin& origin,
                                 const Scenario& scenario, const Submissions& submissions) {
  JobStore store(folder.store());
  RealJobs jobs(scenario, origin.text, origin.seed, folder, store);
  std::vector<Arrival> arrivals;
  for (const auto& [job, time] : submissions.jobs()) {
    if (!jobs.recall(job)) continue;  // Replicas are the simulated services' own affair.
    Arrival arrival = jobs.arrival(job.id);
    arrival.job.submitted = time;
    arrivals.push_back(std::move(arrival));
  }
  return arrivals;
}

/// What came of the requests, which are not in the journal, for those who listen to requests.
std::vector<RequestRecord> tell_requests(const RunFolder& folder, const Scenario& scenario,
                                         const Listeners& listeners) {
  if (scenario.services.empty()) return {};
  auto records = recorded_requests(folder.path() / "requests.csv", scenario);
  for (ServiceRecorder* recorder : listeners.request_recorders()) {
    for (const RequestRecord& record : records) {
      Request request;
      request.tenant = record.tenant;
      request.arrival = record.arrival;
      recorder->arrived(record.service, request);
      recorder->ended(record);
    }
  }
  return records;
}

RealOne read_run(const fs::path& path) {
  const RunFolder folder(path);
  const RunOrigin origin = read_origin(folder);
  Scenario scenario =
      load_scenario(origin.text.text, origin.text.file, origin.text.folder, origin.text.overrides);
  JournalReader reader(open_journal(folder.journal()), folder.journal().string());
  const RunHeader header = reader.header();
  if (header.scenario_hash != scenario.hash) {
    print_error(fmt::format("note: {} or its profile has changed since {} was run",
                            origin.text.file, path.string()));
  }
  Listeners listeners(scenario, {}, Listeners::Writes::kNothing);
  Submissions submissions;
  std::vector<Recorder*> listening = listeners.recorders();
  listening.push_back(&submissions);
  Recorders recorders(listening);
  read_journal(reader, recorders);
  // One that is asked over HTTP goes on until somebody ends it.
  if (!reader.complete() && !origin.is_asked) {
    throw InputError({folder.journal().string(), 0, 0}, "this run has not come to its end");
  }
  const auto records = tell_requests(folder, scenario, listeners);
  const auto arrivals = std::make_shared<const std::vector<Arrival>>(
      arrivals_of(folder, origin, scenario, submissions));
  RealOne one{listeners.finish(monotonic_seconds()),
              !arrivals->empty() && reader.complete(),
              {},
              {header.policy, header.seed, TANDEM_VERSION}};
  if (origin.is_asked) use_recorded_requests(records, scenario);
  scenario.changes.clear();  // What came of them is not a matter of the simulation.
  scenario.arrivals = [arrivals](std::uint64_t) { return std::make_unique<Recorded>(*arrivals); };
  one.scenario = std::move(scenario);
  return one;
}

}  // namespace

int run_validate_run(const Arguments& arguments) {
  std::vector<RealOne> runs;
  for (const std::string& path : arguments.runs) runs.push_back(read_run(path));
  std::vector<ChildTask> tasks;
  std::vector<std::string> names;
  for (const RealOne& run : runs) {
    names.push_back(run.simulation.policy);
    tasks.push_back([&run](const ReportProgress& report) {
      return run_one(run.scenario, run.simulation, std::nullopt, report);
    });
  }
  const auto outcomes = run_all(arguments, tasks);
  if (const int code = tell_failures(names, outcomes); code != 0) return code;
  std::vector<Twin> twins;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    twins.push_back({std::move(runs[i].result),
                     run_from_json(nlohmann::ordered_json::parse(*outcomes[i].result)),
                     runs[i].has_jobs});
    twins.back().real.policy = twins.back().simulated.policy;
  }
  const Validation validation = validate(twins);
  arguments.json ? print_json(to_json(validation)) : print_output(validation_text(validation));
  return 0;
}

}  // namespace tandem
