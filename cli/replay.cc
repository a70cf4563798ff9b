// tandem replay: what was decided is decided again, by schedulers and by serving engines.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "cli/commands.h"
#include "cli/plugin_file.h"
#include "cli/terminal.h"
#include "policies/batch/engine_replay.h"
#include "policies/core/error.h"
#include "policies/core/replay_world.h"
#include "policies/registry.h"
#include "reports/journal_file.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr std::string_view kEngineJournal = "tandem-engine-journal";

struct Replayed {
  std::string policy;
  std::size_t steps = 0;
  std::size_t decisions = 0;
  std::string mismatch;
};

Replayed replay_run(const fs::path& journal) {
  JournalReader reader(open_journal(journal), journal.string());
  const RunHeader& header = reader.header();
  Replayed result{header.policy, 0, 0, {}};
  ReplayWorld world(reader);
  try {
    Scheduler scheduler(header,
                        make_policy(header.policy, {header.cluster, header.tenants, header.models}),
                        nullptr);
    drive(world, scheduler);
    if (!reader.complete()) throw InputError({journal.string(), 0, 0}, "damaged: the file is cut");
  } catch (const ReplayMismatch& mismatch) {
    result.mismatch = mismatch.what();
  } catch (const WorldError& error) {
    throw InputError({journal.string(), 0, 0}, std::string("damaged: ") + error.what());
  } catch (const RuleBroken& broken) {
    result.mismatch = journal.string() + ": " + broken.what();
  }
  result.steps = world.steps();
  result.decisions = world.actions();
  return result;
}

/// An engine that was killed leaves a journal that is whole up to its last line.
Replayed replay_engine(const fs::path& journal) {
  EngineJournalReader reader(open_journal(journal), journal.string());
  EngineReplay engine(reader);
  Replayed result{reader.head().policy, 0, 0, {}};
  try {
    while (engine.step()) ++result.steps;
  } catch (const ReplayMismatch& mismatch) {
    result.mismatch = mismatch.what();
  } catch (const RuleBroken& broken) {
    result.mismatch = journal.string() + ": " + broken.what();
  }
  result.decisions = engine.batches();
  return result;
}

bool is_of_engine(const fs::path& journal) {
  std::string line;
  return open_journal(journal)(line) && line.starts_with(kEngineJournal);
}

/// Those of the engines that a real run's replicas had, in the order of their names.
std::vector<fs::path> engine_journals(const fs::path& run) {
  std::vector<fs::path> found;
  if (!fs::is_directory(run / "jobs")) return found;
  for (const auto& job : fs::directory_iterator(run / "jobs")) {
    for (const auto& file : fs::directory_iterator(job.path())) {
      const std::string name = file.path().filename();
      if (name.starts_with("engine-") && name.ends_with(".journal")) found.push_back(file.path());
    }
  }
  std::ranges::sort(found);
  return found;
}

/// All that a run has, or the one that was named.
std::vector<fs::path> journals_of(const std::string& named) {
  if (fs::is_regular_file(named)) return {named};
  std::vector<fs::path> journals = find_journals(named);
  std::ranges::copy(engine_journals(named), std::back_inserter(journals));
  return journals;
}

}  // namespace

int run_replay(const Arguments& arguments) {
  load_policy_plugins(arguments.plugins);
  ordered_json all = ordered_json::array();
  int exit_code = 0;
  for (const fs::path& journal : journals_of(arguments.file)) {
    const bool is_engine = is_of_engine(journal);
    const Replayed result = is_engine ? replay_engine(journal) : replay_run(journal);
    const bool same = result.mismatch.empty();
    if (!same) exit_code = 1;
    all.push_back({{"journal", journal.string()},
                   {"policy", result.policy},
                   {"same", same},
                   {"steps", result.steps},
                   {is_engine ? "batches" : "actions", result.decisions},
                   {"mismatch", same ? ordered_json(nullptr) : ordered_json(result.mismatch)}});
    if (arguments.json) continue;
    if (same) {
      print_output(fmt::format("{}: the same {} {} again, in {} steps\n", journal.string(),
                               result.decisions, is_engine ? "batches" : "actions", result.steps));
    } else {
      print_error(result.mismatch);
    }
  }
  if (arguments.json) print_json(all);
  return exit_code;
}

}  // namespace tandem
