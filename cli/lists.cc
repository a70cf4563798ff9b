// tandem policies: what there is to choose from.
#include <fmt/format.h>

#include <span>

#include "cli/commands.h"
#include "cli/plugin_file.h"
#include "cli/terminal.h"
#include "policies/batch/batch_registry.h"
#include "policies/core/error.h"
#include "policies/core/nearest.h"
#include "policies/registry.h"

namespace tandem {
namespace {

using nlohmann::ordered_json;

const char* name_of(PartKind kind) {
  switch (kind) {
    case PartKind::kOrder: return "order";
    case PartKind::kBackfill: return "backfill";
    case PartKind::kPlacement: return "placement";
    case PartKind::kPreemption: return "preemption";
    case PartKind::kGrowth: return "growth";
    case PartKind::kBatching: return "batching";
    case PartKind::kPolicy: return "policy";
    case PartKind::kShortName: return "short name";
  }
  return "";
}

ordered_json to_json(const PartInfo& part) {
  ordered_json parameters = ordered_json::array();
  for (const ParameterInfo& parameter : part.parameters) {
    parameters.push_back({{"name", parameter.name},
                          {"default", parameter.default_value},
                          {"meaning", parameter.meaning}});
  }
  ordered_json json = {
      {"name", part.name}, {"kind", name_of(part.kind)}, {"summary", part.summary}};
  if (part.kind == PartKind::kShortName) {
    json["stands_for"] = part.stands_for;
    return json;
  }
  json.update({{"source", part.source},
               {"use", part.use},
               {"cost", part.cost},
               {"parameters", parameters}});
  return json;
}

void print_part(const PartInfo& part) {
  std::vector<std::vector<std::string>> rows = {{part.name, name_of(part.kind)},
                                                {"  does", part.summary}};
  if (part.kind == PartKind::kShortName) {
    rows.push_back({"  stands for", part.stands_for});
  } else {
    rows.push_back({"  source", part.source});
    rows.push_back({"  use", part.use});
    rows.push_back({"  cost", part.cost});
  }
  for (const ParameterInfo& parameter : part.parameters) {
    rows.push_back({"  " + parameter.name,
                    fmt::format("{} (default {})", parameter.meaning, parameter.default_value)});
  }
  print_output(aligned(rows));
}

/// Parts of one name, of clusters' policies and of engines'.
int show_policy(const Arguments& arguments) {
  std::vector<const PartInfo*> found;
  std::vector<std::string> names;
  for (const auto parts : {policy_parts(), std::span<const PartInfo>(batch_policy_parts())}) {
    for (const PartInfo& part : parts) {
      names.push_back(part.name);
      if (part.name == arguments.name) found.push_back(&part);
    }
  }
  if (found.empty()) {
    throw InputError(fmt::format("no policy part is called '{}'{}", arguments.name,
                                 suggestion(arguments.name, names)));
  }
  ordered_json all = ordered_json::array();
  for (const PartInfo* part : found) {
    arguments.json ? all.push_back(to_json(*part)) : print_part(*part);
  }
  if (arguments.json) print_json(all);
  return 0;
}

}  // namespace

int run_policies(const Arguments& arguments) {
  load_policy_plugins(arguments.plugins);
  if (!arguments.name.empty()) return show_policy(arguments);
  ordered_json all = ordered_json::array();
  std::vector<std::vector<std::string>> rows = {{"NAME", "KIND", "WHAT IT DOES"}};
  for (const PartInfo& part : policy_parts()) {
    all.push_back(to_json(part));
    rows.push_back({part.name, name_of(part.kind), part.summary});
  }
  std::vector<std::vector<std::string>> batch_rows = {{"NAME", "KIND", "WHAT IT DOES"}};
  for (const PartInfo& part : batch_policy_parts()) {
    all.push_back(to_json(part));
    all.back()["of"] = "engine";
    batch_rows.push_back({part.name, name_of(part.kind), part.summary});
  }
  if (arguments.json) {
    print_json(all);
    return 0;
  }
  print_output(
      fmt::format("A policy is ORDER[:key=value][+BACKFILL][+PLACEMENT][+preempt][+elastic],\n"
                  "such as fair-share:half_life=7d+easy+preempt, or one of kind 'policy'.\n\n{}\n"
                  "In a serving engine (engine.policy) it is ORDER[:key=value][+preempt][+victim]\n"
                  "[+swap][+prefill-first], such as fair-share+swap.\n\n{}\n"
                  "'tandem policies show NAME' tells more.\n",
                  aligned(rows), aligned(batch_rows)));
  return 0;
}

}  // namespace tandem
