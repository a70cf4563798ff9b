// tandem run, run-batch and serve: the scenario that was simulated, really done, by the same
// scheduler.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <optional>
#include <thread>

#include "cli/batch_display.h"
#include "cli/commands.h"
#include "cli/listeners.h"
#include "cli/local_machine.h"
#include "cli/plugin_file.h"
#include "cli/real_batch.h"
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

template <class Display>
typename Display::Mode display_mode(const Arguments& arguments) {
  using Mode = typename Display::Mode;
  if (arguments.quiet || arguments.log_level != "info") return Mode::kQuiet;
  return is_terminal(STDERR_FILENO) ? Mode::kTerminal : Mode::kLines;
}

/// A batch has a line of its own on a terminal, over which a table would be drawn.
RunDisplay::Mode table_mode(const Arguments& arguments) {
  const auto mode = display_mode<RunDisplay>(arguments);
  const bool has_line =
      arguments.command == Command::kRunBatch && mode == RunDisplay::Mode::kTerminal;
  return has_line ? RunDisplay::Mode::kQuiet : mode;
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
          const RunFolder& folder, std::vector<RealService> services, RealBatch* batch)
      : arguments_(arguments),
        what_(what),
        here_(here),
        folder_(folder),
        lock_(folder),
        services_(std::move(services)),
        batch_(batch),
        remains_(read_remains(folder.journal())),
        header_(header_of(what.scenario, what.policy, arguments.run.seed, TANDEM_VERSION)),
        store_(folder.store()),
        jobs_(what.scenario, what.text, arguments.run.seed, folder, store_),
        log_(folder.journal(), remains_ ? remains_->text.size() : 0),
        listeners_(what.scenario, folder.path(), Listeners::Writes::kJobsAndRequests) {
    if (remains_) check_same_run(*remains_, folder.journal().string(), header_);
    log_.mute(remains_.has_value());
    if (!remains_) {
      const bool is_asked = !arguments.run.http.empty() || batch != nullptr;
      write_origin({what.text, what.policy, arguments.run.seed, is_asked}, folder);
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
    RunDisplay display(desk, table_mode(arguments_));
    world.add_bystander(desk);
    world.add_bystander(display);
    std::optional<BatchDisplay> progress;
    if (batch_ != nullptr) {
      progress.emplace(*batch_, display_mode<Progress>(arguments_));
      world.add_bystander(*progress);
    }
    if (remains_) {
      recover(*remains_, folder_.journal().string(), scheduler, world, log_);
      world.take_over();
    }
    if (services) {
      world.add_bystander(services->wake_up());
      if (arguments_.command != Command::kServe) {
        services->play(arguments_.run.seed, batch_ != nullptr ? &batch_->work() : nullptr);
      }
    }
    drive(world, scheduler);
    const std::string failure = services ? services->end() : "";
    display.finish();
    if (progress) progress->finish();
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
    if (batch_ != nullptr) batch_->conclude(folder_.path());
    if (world.was_left()) {
      print_error(fmt::format(
          "left before its end; gangs have saved themselves. '{}' goes on with it", words_again()));
      return 130;
    }
    if (scheduler.counts().queued > 0) {
      print_error(fmt::format("policy {} leaves {} jobs waiting although nothing runs",
                              what_.policy, scheduler.counts().queued));
      return 5;
    }
    ResultDocument document;
    document.scenario.name = what_.scenario.name;
    document.scenario.hash = what_.scenario.hash;
    const nlohmann::ordered_json training = training_results(status);
    document.more["training"] = training;
    document.runs.push_back(listeners_.finish(begun_));
    document.runs.back().warnings = what_.scenario.warnings;
    write_export(folder_.path() / "result.json", document);
    for (const std::string& file : arguments_.exports) write_export(file, document);
    log_.finish();  // Whoever is killed before is gone on with, and writes the results.
    if (arguments_.json) {
      if (batch_ == nullptr) print_output(json_text(to_json(document)));
    } else {
      print_output(result_table(document, {terminal_width(), use_color(STDOUT_FILENO)}));
      print_output("\n" + training_table(training));
      print_output("\nResults: " + folder_.path().string() + "\n");
    }
    const int code = scheduler.counts().failed > 0 ? 1 : 0;
    return batch_ == nullptr ? code : std::max(code, batch_->exit_code());
  }

  /// The command line that goes on with this run.
  std::string words_again() const {
    if (batch_ != nullptr) {
      return fmt::format("tandem run-batch {} -i {} -o {}", arguments_.file, arguments_.run.prompts,
                         arguments_.run.answers);
    }
    return fmt::format("tandem {} {} -o {}",
                       arguments_.command == Command::kServe ? "serve" : "run", arguments_.file,
                       folder_.path().string());
  }

  const Arguments& arguments_;
  const Undertaking& what_;
  const LocalMachine& here_;
  const RunFolder& folder_;
  const double begun_ = monotonic_seconds();
  ControllerLock lock_;
  const std::vector<RealService> services_;
  RealBatch* const batch_;  ///< Null: nothing but the scenario.
  std::optional<JournalRemains> remains_;
  RunHeader header_;
  JobStore store_;
  RealJobs jobs_;
  JournalLog log_;
  Listeners listeners_;
};

fs::path folder_of(const Arguments& arguments, const Scenario& scenario) {
  if (arguments.command == Command::kRunBatch) return batch_folder(arguments);
  return arguments.output.empty() ? scenario.name + ".run" : arguments.output;
}

}  // namespace

int run_real(const Arguments& arguments) {
  for (const std::string& file : arguments.exports) check_export(file);
  const Undertaking what = undertaking_of(arguments);
  const LocalMachine here = local_machine(arguments.run, what.scenario.cluster.device_count());
  const RunFolder folder(folder_of(arguments, what.scenario));
  std::vector<RealService> services = real_services(what.scenario, folder);
  std::optional<RealBatch> batch;
  if (arguments.command == Command::kRunBatch) batch.emplace(arguments, what.scenario);
  if (batch) batch->tell_beginning();
  if (batch && !batch->has_work(folder)) {
    batch->conclude(folder.path());
    return batch->exit_code();
  }
  folder.create();
  listen_to_signals();
  return RealRun(arguments, what, here, folder, std::move(services), batch ? &*batch : nullptr)
      .run();
}

}  // namespace tandem
