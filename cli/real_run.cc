// tandem run and serve: the scenario that was simulated, really done, by the same scheduler.
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <optional>
#include <thread>

#include "cli/commands.h"
#include "cli/listeners.h"
#include "cli/local_machine.h"
#include "cli/plugin_file.h"
#include "cli/real_services.h"
#include "cli/run_display.h"
#include "cli/run_origin.h"
#include "cli/terminal.h"
#include "cli/training_results.h"
#include "executor/control/client_desk.h"
#include "executor/control/local_launcher.h"
#include "executor/control/recovery.h"
#include "policies/core/error.h"
#include "policies/registry.h"
#include "reports/atomic_file.h"
#include "reports/export.h"
#include "reports/table.h"
#include "workloads/run_header.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

std::atomic<int> g_leave = 0;  ///< How often the user has asked to leave.

void listen_to_signals() {
  struct sigaction action {};
  action.sa_handler = [](int) { ++g_leave; };
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

/// What is to be run, once every check has passed.
struct Undertaking {
  Scenario scenario;
  ScenarioText text;
  std::string policy;
};

std::unique_ptr<Policy> policy_of(const Undertaking& what) {
  auto policy = make_policy(what.policy,
                            {what.scenario.cluster, what.scenario.tenants, what.scenario.models});
  if (policy->needs_oracle()) {
    throw InputError(fmt::format(
        "policy {} needs true run times, which nobody knows before a real run", what.policy));
  }
  return policy;
}

Undertaking undertaking_of(const Arguments& arguments) {
  const std::vector<std::string> plugins = load_policy_plugins(arguments.plugins);
  const fs::path file = arguments.file;
  ScenarioText text{read_scenario_file(file), file.string(), file.parent_path(),
                    arguments.overrides};
  Scenario scenario = load_scenario(text.text, text.file, text.folder, text.overrides);
  std::string policy;
  if (!arguments.policies.empty()) {
    policy = canonical_policy(arguments.policies.front());
  } else if (!plugins.empty()) {
    policy = plugins.front();
  } else if (!scenario.policies.empty()) {
    policy = scenario.policies.front();
  } else {
    throw InputError({text.file, 0, 0}, "names no policy; say which with --policy");
  }
  Undertaking what{std::move(scenario), std::move(text), std::move(policy)};
  policy_of(what);  // What is wrong with it is told before anything is begun.
  return what;
}

RealGangs::Settings gang_settings(const RunArguments& run, const RunFolder& folder) {
  RealGangs::Settings settings;
  settings.text_cache = folder.text_cache();
  settings.threads = static_cast<int>(run.threads);
  settings.patience = std::chrono::seconds(run.patience_s);
  settings.hang = std::chrono::seconds(run.hang_s);
  settings.attempts = static_cast<int>(run.attempts);
  return settings;
}

RunDisplay::Mode display_mode(const Arguments& arguments) {
  if (arguments.quiet || arguments.log_level != "info") return RunDisplay::Mode::kQuiet;
  return is_terminal(STDERR_FILENO) ? RunDisplay::Mode::kTerminal : RunDisplay::Mode::kLines;
}

/// Waits for all workers to go, and ends those that do not.
void dismiss(Workers& workers) {
  workers.dismiss();
  constexpr auto kPatience = std::chrono::seconds(5);
  const auto give_up = std::chrono::steady_clock::now() + kPatience;
  while (!workers.all_gone() && std::chrono::steady_clock::now() < give_up) {
    std::vector<zmq_pollitem_t> items;
    workers.add_to(items);
    zmq_poll(items.data(), static_cast<int>(items.size()), 100);
    workers.attend();
  }
  workers.kill_all();
}

/// One run, from wherever an earlier controller left it.
class RealRun {
 public:
  RealRun(const Arguments& arguments, const Undertaking& what, const LocalMachine& here,
          const RunFolder& folder, std::vector<RealService> services)
      : arguments_(arguments),
        what_(what),
        here_(here),
        folder_(folder),
        lock_(folder),
        services_(std::move(services)),
        remains_(read_remains(folder.journal())),
        header_(header_of(what.scenario, what.policy, arguments.run.seed, TANDEM_VERSION)),
        store_(folder.store()),
        jobs_(what.scenario, what.text, arguments.run.seed, folder, store_),
        log_(folder.journal(), remains_ ? remains_->text.size() : 0),
        listeners_(what.scenario, folder.path(), Listeners::Writes::kJobsAndRequests) {
    if (remains_) check_same_run(*remains_, folder.journal().string(), header_);
    log_.mute(remains_.has_value());
    if (!remains_) {
      const bool listens = !arguments.run.http.empty();
      write_origin({what.text, what.policy, arguments.run.seed, listens}, folder);
    }
  }

  int run() {
    std::vector<Recorder*> listening = listeners_.recorders();
    listening.push_back(&log_);
    Recorders recorders(listening);
    Scheduler scheduler(header_, policy_of(what_), &recorders);
    zmq::context_t context;
    const RunClock clock(store_.run_began(RunClock::wall_clock()),
                         remains_ ? remains_->last_time : kStartOfTime);
    std::optional<RealServices> services;
    if (!services_.empty()) {
      services.emplace(what_.scenario, services_, listeners_, context, folder_, clock, jobs_,
                       g_leave, [this](const std::string& line) { log(line); });
      if (arguments_.command == Command::kServe) listen(*services);
    }
    LocalLauncher launcher(
        {here_.worker, folder_.workers(), folder_.worker_endpoint(), here_.devices});
    Workers workers(context, folder_.worker_endpoint(), launcher,
                    what_.scenario.cluster.device_count(), {});
    RealWorld world({what_.scenario, jobs_, workers, store_, log_, clock,
                     services ? &services->jobs() : nullptr, g_leave},
                    gang_settings(arguments_.run, folder_), arguments_.command == Command::kServe);
    ClientDesk desk(context, folder_.client_endpoint(), header_, jobs_, world);
    RunDisplay display(desk, display_mode(arguments_));
    world.add_bystander(desk);
    world.add_bystander(display);
    if (remains_) {
      recover(*remains_, folder_.journal().string(), scheduler, world, log_);
      world.take_over();
    }
    if (services) {
      world.add_bystander(services->wake_up());
      if (arguments_.command != Command::kServe) services->play(arguments_.run.seed);
    }
    drive(world, scheduler);
    const std::string failure = services ? services->end() : "";
    display.finish();
    dismiss(workers);
    if (!failure.empty()) throw std::runtime_error("the front cannot go on: " + failure);
    return conclude(scheduler, world, desk.status());
  }

 private:
  /// Before any worker is there: what is wrong with it is told first.
  void listen(RealServices& services) {
    print_error(
        fmt::format("listening on {}", services.listen(arguments_.run, what_.scenario.tenants)));
  }

  void log(const std::string& line) const {
    if (!arguments_.quiet) print_error(line);
  }

  int conclude(const Scheduler& scheduler, const RealWorld& world,
               const nlohmann::ordered_json& status) {
    if (world.was_left()) {
      print_error(
          fmt::format("left before its end; gangs have saved themselves. 'tandem {} {} -o "
                      "{}' goes on with it",
                      arguments_.command == Command::kServe ? "serve" : "run", arguments_.file,
                      folder_.path().string()));
      return 130;
    }
    if (scheduler.counts().queued > 0) {
      print_error(fmt::format("policy {} leaves {} jobs waiting although nothing runs",
                              what_.policy, scheduler.counts().queued));
      return 5;
    }
    log_.finish();
    ResultDocument document;
    document.scenario.name = what_.scenario.name;
    document.scenario.hash = what_.scenario.hash;
    const nlohmann::ordered_json training = training_results(status);
    document.more["training"] = training;
    document.runs.push_back(listeners_.finish(begun_));
    document.runs.back().warnings = what_.scenario.warnings;
    write_export(folder_.path() / "result.json", document);
    for (const std::string& file : arguments_.exports) write_export(file, document);
    if (arguments_.json) {
      print_output(json_text(to_json(document)));
    } else {
      print_output(result_table(document, {terminal_width(), use_color(STDOUT_FILENO)}));
      print_output("\n" + training_table(training));
      print_output("\nResults: " + folder_.path().string() + "\n");
    }
    return scheduler.counts().failed > 0 ? 1 : 0;
  }

  const Arguments& arguments_;
  const Undertaking& what_;
  const LocalMachine& here_;
  const RunFolder& folder_;
  const double begun_ = monotonic_seconds();
  ControllerLock lock_;
  const std::vector<RealService> services_;
  std::optional<JournalRemains> remains_;
  RunHeader header_;
  JobStore store_;
  RealJobs jobs_;
  JournalLog log_;
  Listeners listeners_;
};

}  // namespace

int run_real(const Arguments& arguments) {
  for (const std::string& file : arguments.exports) check_export(file);
  const Undertaking what = undertaking_of(arguments);
  const LocalMachine here = local_machine(arguments.run, what.scenario.cluster.device_count());
  const RunFolder folder(arguments.output.empty() ? what.scenario.name + ".run" : arguments.output);
  std::vector<RealService> services = real_services(what.scenario, folder);
  folder.create();
  listen_to_signals();
  return RealRun(arguments, what, here, folder, std::move(services)).run();
}

}  // namespace tandem
