// tandem calibrate: measures this machine, and what the jobs of a scenario cost on it, and writes a
// device profile that the simulator reads.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>

#include "cli/commands.h"
#include "cli/device_profile.h"
#include "cli/engine_measurement.h"
#include "cli/local_machine.h"
#include "cli/real_services.h"
#include "cli/terminal.h"
#include "executor/control/job_store.h"
#include "executor/control/local_launcher.h"
#include "executor/control/real_jobs.h"
#include "policies/core/error.h"
#include "reports/atomic_file.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

void say(const Arguments& arguments, const std::string& text) {
  if (!arguments.quiet && arguments.log_level == "info") print_aside(text + "\n");
}

void write(const DeviceProfile& profile, const fs::path& path) {
  AtomicFile file(path);
  file.write(text_of(profile));
  file.commit();
}

/// Every kind of gang among the jobs that fits here, once; of elastic jobs one of each size. One
/// that looks at its held-out text along the way stands for others that do not.
std::vector<TrainingSpec> kinds_of(const Scenario& scenario, RealJobs& jobs) {
  std::vector<TrainingSpec> kinds;
  std::map<std::string, std::size_t> places;
  std::vector<Event> submitted;
  jobs.take_due(kForever, submitted);
  const auto add = [&](TrainingSpec spec) {
    const auto json = to_json(spec);
    const auto [place, is_new] = places.emplace(
        json.at("kind").dump() + json.at("model").dump() + json.at("layout").dump(), kinds.size());
    if (is_new) {
      kinds.push_back(std::move(spec));
    } else if (spec.recipe.evaluate_every > 0) {
      kinds[place->second] = std::move(spec);
    }
  };
  for (const Event& event : submitted) {
    const Job& job = std::get<Submitted>(event).job;
    for (std::optional size = job.most_devices(); size; size = job.size_below(*size)) {
      if (*size <= scenario.cluster.device_count()) add(jobs.task(job.id, *size).spec);
    }
  }
  return kinds;
}

std::string name_of(const TrainingSpec& kind) {
  return fmt::format("{}, {} ranks, {} x {} tokens", kind.model.name, kind.layout.devices(),
                     kind.layout.batch, kind.layout.sequence);
}

/// Returns what to say of it.
std::string measure_kind(const TrainingSpec& kind, Calibration& calibration,
                         DeviceProfile& profile) {
  if (kind.kind == JobKind::kEvaluate) {
    const double seconds = calibration.evaluation_s(kind);
    const std::int64_t steps = (kind.rows + kind.layout.batch - 1) / kind.layout.batch;
    profile.evaluations.push_back({kind, seconds / static_cast<double>(steps)});
    return fmt::format("{}: an evaluation {:.1f} ms", name_of(kind), seconds * 1e3);
  }
  const MeasuredGang& gang = profile.gangs.emplace_back(calibration.measure(kind));
  std::string text = fmt::format(
      "{}: a step {:.1f} ms, start {:.0f} ms, save {:.0f} ms, stop {:.0f} ms", name_of(kind),
      gang.step_s * 1e3, gang.start_s * 1e3, gang.save_s * 1e3, gang.stop_s * 1e3);
  if (gang.evaluation_s > 0) text += fmt::format(", evaluation {:.0f} ms", gang.evaluation_s * 1e3);
  return text;
}

/// A folder that is gone in the end.
class Workplace {
 public:
  Workplace() {
    std::string name = (fs::temp_directory_path() / "tandem-calibrate-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  ~Workplace() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

void measure_gangs(const Arguments& arguments, const Scenario& scenario, const ScenarioText& text,
                   DeviceProfile& profile) {
  const LocalMachine machine = local_machine(arguments.run, scenario.cluster.device_count());
  const Workplace place;
  const RunFolder folder(place.path());
  folder.create();
  JobStore store(folder.store());
  RealJobs jobs(scenario, text, arguments.run.seed, folder, store);
  const std::vector<TrainingSpec> kinds = kinds_of(scenario, jobs);
  zmq::context_t context;
  LocalLauncher launcher(
      {machine.worker, folder.workers(), folder.worker_endpoint(), machine.devices});
  Workers workers(context, folder.worker_endpoint(), launcher, machine.devices.size(), {});
  RealGangs::Settings settings;
  settings.threads = static_cast<int>(arguments.run.threads);
  settings.text_cache = folder.text_cache();
  RealGangs gangs(workers, settings);
  const RunClock clock(RunClock::wall_clock(), kStartOfTime);
  Calibration calibration(workers, gangs, clock, machine.devices.size(), folder.path() / "jobs",
                          {});
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const std::string told = measure_kind(kinds[i], calibration, profile);
    say(arguments, fmt::format("{} of {}: {}", i + 1, kinds.size(), told));
  }
  workers.kill_all();
}

/// Every engine among the services, once, with as many at work as its service may have replicas.
void measure_services(const Arguments& arguments, const Scenario& scenario,
                      DeviceProfile& profile) {
  const Workplace place;
  const LocalMachine machine = local_machine(arguments.run, scenario.cluster.device_count());
  const std::vector<RealService> services = real_services(scenario, RunFolder(place.path()));
  std::set<std::string> seen;
  for (std::size_t i = 0; i < services.size(); ++i) {
    const ServingSpec& spec = services[i].spec;
    if (!seen.insert(spec.model.name + name_of(spec.deployment.precision)).second) continue;
    const std::size_t copies =
        std::min<std::size_t>(scenario.services[i].pool.most, machine.devices.size());
    say(arguments, fmt::format("measuring the engine of {}: {}, {} at one time …",
                               scenario.services[i].name, spec.model.name, copies));
    profile.engines.push_back(
        measure_engines(machine, arguments.run.threads, spec, copies, place.path()));
  }
}

}  // namespace

int run_calibrate(const Arguments& arguments) {
  const std::size_t devices = devices_here(arguments.run);
  DeviceProfile profile;
  profile.name = arguments.profile;
  profile.devices = devices;
  say(arguments, "measuring matrix products, memory and collectives …");
  profile.hardware = WorkerOutput(local_machine(arguments.run, devices), 0, arguments.run.threads,
                                  fmt::format("--measure {}", devices))
                         .take();
  write(profile, arguments.output);
  if (!arguments.file.empty()) {
    // Only now: the scenario may name the profile among its catalogues.
    const fs::path file = arguments.file;
    const ScenarioText text{read_scenario_file(file), file.string(), file.parent_path(),
                            arguments.overrides};
    const Scenario scenario = load_scenario(text.text, text.file, text.folder, text.overrides);
    measure_gangs(arguments, scenario, text, profile);
    write(profile, arguments.output);
    measure_services(arguments, scenario, profile);
    write(profile, arguments.output);
  }
  print_output(fmt::format(
      "Wrote {}: device {}, {} kinds of gangs and {} engines measured\n", arguments.output,
      profile.name, profile.gangs.size() + profile.evaluations.size(), profile.engines.size()));
  return 0;
}

}  // namespace tandem
