// tandem policies and hardware: what there is to choose from.
#include <fmt/format.h>

#include <optional>

#include "cli/commands.h"
#include "cli/plugin_file.h"
#include "cli/terminal.h"
#include "policies/core/error.h"
#include "policies/core/nearest.h"
#include "policies/registry.h"
#include "workloads/catalog/hardware.h"

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

int show_policy(const Arguments& arguments) {
  std::vector<const PartInfo*> found;
  std::vector<std::string> names;
  for (const PartInfo& part : policy_parts()) {
    names.push_back(part.name);
    if (part.name == arguments.name) found.push_back(&part);
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

std::string operations(const std::optional<double>& per_second) {
  return per_second ? fmt::format("{:.4g} T/s", *per_second / 1e12) : "-";
}
std::string amount(const std::optional<double>& value, double unit, const char* name) {
  return value ? fmt::format("{:.4g} {}", *value / unit, name) : "-";
}

ordered_json to_json(const DeviceType& type) {
  const auto figure = [](const std::optional<double>& value) {
    return value ? ordered_json(*value) : ordered_json(nullptr);
  };
  return {{"name", type.name},
          {"title", type.title},
          {"memory_bytes", type.memory.count},
          {"memory_bytes_per_s", type.memory_bytes_per_s},
          {"peak_fp32", figure(type.peak_fp32)},
          {"peak_bf16", figure(type.peak_bf16)},
          {"peak_fp16", figure(type.peak_fp16)},
          {"peak_fp8", figure(type.peak_fp8)},
          {"link_bytes_per_s", figure(type.link_bytes_per_s)},
          {"busy_watts", figure(type.busy_watts)},
          {"idle_watts", figure(type.idle_watts)},
          {"sources", type.sources}};
}

void print_device(const DeviceType& type) {
  std::vector<std::vector<std::string>> rows = {
      {type.name, type.title},
      {"  memory", fmt::format("{:.4g} GB", static_cast<double>(type.memory.count) / 1e9)},
      {"  memory bandwidth", amount(type.memory_bytes_per_s, 1e9, "GB/s")},
      {"  peak fp32, dense", operations(type.peak_fp32)},
      {"  peak bf16, dense", operations(type.peak_bf16)},
      {"  peak fp16, dense", operations(type.peak_fp16)},
      {"  peak fp8, dense", operations(type.peak_fp8)},
      {"  links, both ways", amount(type.link_bytes_per_s, 1e9, "GB/s")},
      {"  power, busy", amount(type.busy_watts, 1, "W")},
      {"  power, idle", amount(type.idle_watts, 1, "W")}};
  for (const std::string& source : type.sources) rows.push_back({"  source", source});
  print_output(aligned(rows));
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
  if (arguments.json) {
    print_json(all);
    return 0;
  }
  print_output(
      fmt::format("A policy is ORDER[:key=value][+BACKFILL][+PLACEMENT][+preempt][+elastic],\n"
                  "such as fair-share:half_life=7d+easy+preempt, or one of kind 'policy'.\n\n{}\n"
                  "'tandem policies show NAME' tells more.\n",
                  aligned(rows)));
  return 0;
}

int run_hardware(const Arguments& arguments) {
  if (!arguments.name.empty()) {
    const DeviceType& type = device_type(arguments.name);
    arguments.json ? print_json(to_json(type)) : print_device(type);
    return 0;
  }
  ordered_json all = ordered_json::array();
  std::vector<std::vector<std::string>> rows = {
      {"NAME", "MEMORY", "BANDWIDTH", "PEAK BF16/FP16", "POWER", "DEVICE"}};
  for (const DeviceType& type : device_types()) {
    all.push_back(to_json(type));
    rows.push_back({type.name,
                    fmt::format("{:.4g} GB", static_cast<double>(type.memory.count) / 1e9),
                    amount(type.memory_bytes_per_s, 1e9, "GB/s"),
                    operations(type.peak_bf16 ? type.peak_bf16 : type.peak_fp16),
                    amount(type.busy_watts, 1, "W"), type.title});
  }
  if (arguments.json) {
    print_json(all);
  } else {
    print_output(aligned(rows) + "\n'tandem hardware show NAME' tells more, with sources.\n");
  }
  return 0;
}

}  // namespace tandem
