// tandem explain and replay: what journals of finished runs tell.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <set>

#include "cli/commands.h"
#include "cli/plugin_file.h"
#include "cli/terminal.h"
#include "policies/core/error.h"
#include "policies/core/replay_world.h"
#include "policies/registry.h"
#include "reports/explain.h"
#include "reports/journal_file.h"
#include "reports/pipeline_story.h"

namespace tandem {
namespace {

using nlohmann::ordered_json;

/// The policies whose runs are asked for, as journals name them; all, if none is named.
std::set<std::string> wanted_policies(const Arguments& arguments) {
  std::set<std::string> wanted;
  for (const std::string& policy : arguments.policies) wanted.insert(canonical_policy(policy));
  return wanted;
}

struct Replayed {
  std::string policy;
  std::size_t steps = 0;
  std::size_t actions = 0;
  std::string mismatch;
};

/// A run that was simulated to its end has a journal that says so.
void check_complete(const JournalReader& reader) {
  if (!reader.complete()) throw InputError({reader.file(), 0, 0}, "damaged: the file is cut");
}

struct Explained {
  std::string kind;  ///< "job" or "pipeline".
  std::string text;
  ordered_json json;
};

/// The story of a job, or of a pipeline if one is called so.
Explained explain(JournalReader& reader, const std::string& name) {
  if (const auto explainer = PipelineExplainer::find(reader.header(), name)) {
    read_journal(reader, *explainer);
    check_complete(reader);
    return {"pipeline", explainer->text(), explainer->json()};
  }
  Explainer explainer(name);
  read_journal(reader, explainer);
  check_complete(reader);
  return {"job", explainer.text(), explainer.json()};
}

Replayed replay(const std::filesystem::path& journal) {
  JournalReader reader(open_journal(journal), journal.string());
  const RunHeader& header = reader.header();
  Replayed result{header.policy, 0, 0, {}};
  ReplayWorld world(reader);
  try {
    Scheduler scheduler(header,
                        make_policy(header.policy, {header.cluster, header.tenants, header.models}),
                        nullptr);
    drive(world, scheduler);
    check_complete(reader);
  } catch (const ReplayMismatch& mismatch) {
    result.mismatch = mismatch.what();
  } catch (const WorldError& error) {
    throw InputError({journal.string(), 0, 0}, std::string("damaged: ") + error.what());
  } catch (const RuleBroken& broken) {
    result.mismatch = journal.string() + ": " + broken.what();
  }
  result.steps = world.steps();
  result.actions = world.actions();
  return result;
}

}  // namespace

int run_explain(const Arguments& arguments) {
  ordered_json all = ordered_json::array();
  std::string text;
  std::set<std::string> seen;
  const std::set<std::string> wanted = wanted_policies(arguments);
  for (const auto& journal : find_journals(arguments.file)) {
    JournalReader reader(open_journal(journal), journal.string());
    const std::string policy = reader.header().policy;
    seen.insert(policy);
    if (!wanted.empty() && !wanted.contains(policy)) continue;
    const Explained explained = explain(reader, arguments.name);
    text += fmt::format("{}Under {}, seed {}:\n{}", all.empty() ? "" : "\n", policy,
                        reader.header().seed, explained.text);
    all.push_back({{"policy", policy},
                   {"seed", reader.header().seed},
                   {"journal", journal.string()},
                   {explained.kind, explained.json}});
  }
  if (all.empty()) {
    throw InputError({arguments.file, 0, 0},
                     fmt::format("no run of {} here (there are runs of {})",
                                 fmt::join(wanted, " or "), fmt::join(seen, ", ")));
  }
  arguments.json ? print_json(all) : print_output(text);
  return 0;
}

int run_replay(const Arguments& arguments) {
  load_policy_plugins(arguments.plugins);
  ordered_json all = ordered_json::array();
  int exit_code = 0;
  for (const auto& journal : find_journals(arguments.file)) {
    const Replayed result = replay(journal);
    const bool same = result.mismatch.empty();
    if (!same) exit_code = 1;
    all.push_back({{"journal", journal.string()},
                   {"policy", result.policy},
                   {"same", same},
                   {"steps", result.steps},
                   {"actions", result.actions},
                   {"mismatch", same ? ordered_json(nullptr) : ordered_json(result.mismatch)}});
    if (arguments.json) continue;
    if (same) {
      print_output(fmt::format("{}: the same {} actions again, in {} steps\n", journal.string(),
                               result.actions, result.steps));
    } else {
      print_error(result.mismatch);
    }
  }
  if (arguments.json) print_json(all);
  return exit_code;
}

}  // namespace tandem
