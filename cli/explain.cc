// tandem explain: why jobs waited, where they ran, from the journals of finished runs.
#include "reports/explain.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <set>

#include "cli/commands.h"
#include "cli/plugin_file.h"
#include "cli/terminal.h"
#include "policies/core/error.h"
#include "policies/registry.h"
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

}  // namespace tandem
