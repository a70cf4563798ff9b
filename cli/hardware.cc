// tandem hardware: the device types and fabrics of the catalogue.
#include <fmt/format.h>

#include <optional>

#include "cli/commands.h"
#include "cli/terminal.h"
#include "workloads/catalog/catalog.h"

namespace tandem {
namespace {

using nlohmann::ordered_json;

std::string operations(const std::optional<double>& per_second) {
  return per_second ? fmt::format("{:.4g} T/s", *per_second / 1e12) : "-";
}
std::string amount(const std::optional<double>& value, double unit, const char* name) {
  return value ? fmt::format("{:.4g} {}", *value / unit, name) : "-";
}

ordered_json to_json(const UsualNode& node) {
  return {{"devices", node.devices},
          {"fabric", node.fabric},
          {"network", node.network},
          {"nics", node.nics}};
}

ordered_json to_json(const Efficiency& efficiency) {
  return {{"gemm", efficiency.gemm},
          {"gemm_fp8", efficiency.gemm_fp8},
          {"flash_forward", efficiency.flash_forward},
          {"flash_backward", efficiency.flash_backward},
          {"band_low", efficiency.band_low},
          {"band_high", efficiency.band_high},
          {"runs", efficiency.runs},
          {"source", efficiency.source}};
}

ordered_json to_json(const MeasuredStep& step) {
  const Layout& layout = step.layout;
  return {{"model", step.model},
          {"kind", step.kind == StepKind::kEvaluate ? "evaluate" : "train"},
          {"tp", layout.tensor},
          {"pp", layout.pipeline},
          {"dp", layout.data},
          {"zero", layout.zero},
          {"batch", layout.batch},
          {"micro_batch", layout.micro_batch},
          {"sequence", layout.sequence},
          {"precision", name_of(layout.precision)},
          {"recompute", name_of(layout.recompute)},
          {"seconds", step.seconds},
          {"evaluation_s", step.evaluation_s}};
}

ordered_json to_json(const Measured& measured) {
  ordered_json steps = ordered_json::array();
  for (const MeasuredStep& step : measured.steps) steps.push_back(to_json(step));
  return {{"start_s", to_seconds(measured.start)},
          {"load_s", to_seconds(measured.load)},
          {"save_s", to_seconds(measured.save)},
          {"stop_s", to_seconds(measured.stop)},
          {"steps", steps}};
}

ordered_json to_json(const Fabric& fabric) {
  return {{"name", fabric.name},
          {"title", fabric.title},
          {"bytes_per_s", fabric.bytes_per_s},
          {"efficiency", fabric.efficiency},
          {"latency_s", fabric.latency},
          {"hop_latency_s", fabric.hop_latency},
          {"node_bytes_per_s", fabric.node_bytes_per_s ? ordered_json(*fabric.node_bytes_per_s)
                                                       : ordered_json(nullptr)},
          {"sources", fabric.sources}};
}

ordered_json to_json(const DeviceType& type) {
  const auto figure = [](const std::optional<double>& value) {
    return value ? ordered_json(*value) : ordered_json(nullptr);
  };
  return {{"name", type.name},
          {"title", type.title},
          {"memory_bytes", type.memory.count},
          {"usable_memory_bytes", type.usable_memory.value_or(type.memory).count},
          {"memory_bytes_per_s", type.memory_bytes_per_s},
          {"peak_fp32", figure(type.peak_fp32)},
          {"peak_tf32", figure(type.peak_tf32)},
          {"peak_bf16", figure(type.peak_bf16)},
          {"peak_fp16", figure(type.peak_fp16)},
          {"peak_fp8", figure(type.peak_fp8)},
          {"link_bytes_per_s", figure(type.link_bytes_per_s)},
          {"busy_watts", figure(type.busy_watts)},
          {"idle_watts", figure(type.idle_watts)},
          {"node", type.node ? to_json(*type.node) : ordered_json(nullptr)},
          {"efficiency", to_json(type.efficiency)},
          {"measured", type.measured ? to_json(*type.measured) : ordered_json(nullptr)},
          {"sources", type.sources}};
}

void print_device(const DeviceType& type) {
  const auto usable = static_cast<double>(type.usable_memory.value_or(type.memory).count);
  std::vector<std::vector<std::string>> rows = {
      {type.name, type.title},
      {"  memory", fmt::format("{:.4g} GB", static_cast<double>(type.memory.count) / 1e9)},
      {"  memory, usable", fmt::format("{:.4g} GB", usable / 1e9)},
      {"  memory bandwidth", amount(type.memory_bytes_per_s, 1e9, "GB/s")},
      {"  peak fp32, dense", operations(type.peak_fp32)},
      {"  peak tf32, dense", operations(type.peak_tf32)},
      {"  peak bf16, dense", operations(type.peak_bf16)},
      {"  peak fp16, dense", operations(type.peak_fp16)},
      {"  peak fp8, dense", operations(type.peak_fp8)},
      {"  links, both ways", amount(type.link_bytes_per_s, 1e9, "GB/s")},
      {"  power, busy", amount(type.busy_watts, 1, "W")},
      {"  power, idle", amount(type.idle_watts, 1, "W")}};
  if (type.node) {
    rows.push_back(
        {"  usual node", fmt::format("{} devices, {}; {} x {}", type.node->devices,
                                     type.node->fabric, type.node->nics, type.node->network)});
  }
  const Efficiency& efficiency = type.efficiency;
  rows.push_back({"  sustained", fmt::format("{:.0f} % of the peak in matrix products, {:.0f} and "
                                             "{:.0f} % in fused attention",
                                             100 * efficiency.gemm, 100 * efficiency.flash_forward,
                                             100 * efficiency.flash_backward)});
  rows.push_back({"  source", efficiency.source});
  if (const auto& measured = type.measured) {
    rows.push_back(
        {"  measured", fmt::format("{} steps; start {:.3g} s, load {:.3g} s, save {:.3g} "
                                   "s, stop {:.3g} s",
                                   measured->steps.size(), to_seconds(measured->start),
                                   to_seconds(measured->load), to_seconds(measured->save),
                                   to_seconds(measured->stop))});
  }
  for (const std::string& source : type.sources) rows.push_back({"  source", source});
  print_output(aligned(rows));
}

void print_fabric(const Fabric& fabric) {
  std::vector<std::vector<std::string>> rows = {
      {fabric.name, fabric.title},
      {"  one direction", amount(fabric.bytes_per_s, 1e9, "GB/s")},
      {"  sustained", amount(fabric.achieved_bytes_per_s(), 1e9, "GB/s")},
      {"  latency", fmt::format("{:.3g} us", fabric.latency * 1e6)},
      {"  of each hop", fmt::format("{:.3g} us", fabric.hop_latency * 1e6)},
      {"  limit of a node", amount(fabric.node_bytes_per_s, 1e9, "GB/s")}};
  for (const std::string& source : fabric.sources) rows.push_back({"  source", source});
  print_output(aligned(rows));
}

int show(const Catalog& catalog, const Arguments& arguments) {
  for (const Fabric& fabric : catalog.fabrics) {
    if (fabric.name != arguments.name) continue;
    arguments.json ? print_json(to_json(fabric)) : print_fabric(fabric);
    return 0;
  }
  const DeviceType& type = catalog.device(arguments.name);
  arguments.json ? print_json(to_json(type)) : print_device(type);
  return 0;
}

}  // namespace

int run_hardware(const Arguments& arguments) {
  const Catalog catalog =
      arguments.catalog.empty() ? built_in_catalog() : catalog_with(arguments.catalog);
  if (!arguments.name.empty()) return show(catalog, arguments);
  ordered_json all = ordered_json::array();
  std::vector<std::vector<std::string>> rows = {
      {"NAME", "MEMORY", "BANDWIDTH", "PEAK BF16/FP16", "POWER", "DEVICE"}};
  for (const DeviceType& type : catalog.devices) {
    all.push_back(to_json(type));
    rows.push_back({type.name,
                    fmt::format("{:.4g} GB", static_cast<double>(type.memory.count) / 1e9),
                    amount(type.memory_bytes_per_s, 1e9, "GB/s"),
                    operations(type.peak_bf16 ? type.peak_bf16 : type.peak_fp16),
                    amount(type.busy_watts, 1, "W"), type.title});
  }
  if (arguments.json) {
    print_json(all);
    return 0;
  }
  std::vector<std::vector<std::string>> fabrics = {{"FABRIC", "BANDWIDTH", "WIRES"}};
  for (const Fabric& fabric : catalog.fabrics) {
    fabrics.push_back({fabric.name, amount(fabric.bytes_per_s, 1e9, "GB/s"), fabric.title});
  }
  print_output(fmt::format("{}\n{}\n'tandem hardware show NAME' tells more, with sources.\n",
                           aligned(rows), aligned(fabrics)));
  return 0;
}

}  // namespace tandem
