// Reads catalogue files into entries.
#include "workloads/catalog/catalog.h"

#include <fmt/format.h>

#include <algorithm>

#include "policies/core/error.h"
#include "policies/core/nearest.h"
#include "workloads/catalog/catalog_spec.h"
#include "workloads/catalog/measured_entry.h"
#include "workloads/format/check.h"
#include "workloads/scenario.h"

namespace tandem {

extern const std::string_view kHardwareYaml;
extern const std::string_view kModelsYaml;
extern const std::string_view kFabricsYaml;

namespace {

constexpr double kMostParameters = 1e16;

std::optional<double> figure(const Value& entry, std::string_view key) {
  const Value* value = entry.find(key);
  return value == nullptr ? std::nullopt : std::optional(number_of(*value));
}
double figure(const Value& entry, std::string_view key, double fallback) {
  return figure(entry, key).value_or(fallback);
}
std::int64_t count(const Value& entry, std::string_view key, std::int64_t fallback = 0) {
  const Value* value = entry.find(key);
  return value == nullptr ? fallback : integer_of(*value);
}
bool flag(const Value& entry, std::string_view key) {
  const Value* value = entry.find(key);
  return value != nullptr && bool_of(*value);
}
std::string text(const Value& entry, std::string_view key) {
  const Value* value = entry.find(key);
  return value == nullptr ? std::string() : value->text;
}
double seconds(const Value& entry, std::string_view key) {
  const Value* value = entry.find(key);
  return value == nullptr ? 0 : to_seconds(duration_of(*value));
}
std::vector<std::string> sources(const Value& entry) {
  std::vector<std::string> texts;
  for (const Value& source : entry.find("sources")->items) texts.push_back(source.text);
  return texts;
}

Efficiency efficiency_of(const Value& entry) {
  Efficiency efficiency;
  efficiency.gemm = figure(entry, "gemm", efficiency.gemm);
  efficiency.gemm_fp8 = figure(entry, "gemm_fp8", efficiency.gemm_fp8);
  efficiency.flash_forward = figure(entry, "flash_forward", efficiency.flash_forward);
  efficiency.flash_backward = figure(entry, "flash_backward", efficiency.flash_backward);
  efficiency.band_low = figure(entry, "band_low", efficiency.band_low);
  efficiency.band_high = figure(entry, "band_high", efficiency.band_high);
  efficiency.runs = count(entry, "runs");
  efficiency.source = text(entry, "source");
  return efficiency;
}

ServingEfficiency serving_of(const Value& entry) {
  ServingEfficiency serving;
  serving.memory = figure(entry, "memory", serving.memory);
  serving.host = figure(entry, "host", serving.host);
  serving.prefill_low = figure(entry, "prefill_low", serving.prefill_low);
  serving.prefill_high = figure(entry, "prefill_high", serving.prefill_high);
  serving.decode_low = figure(entry, "decode_low", serving.decode_low);
  serving.decode_high = figure(entry, "decode_high", serving.decode_high);
  serving.points = count(entry, "points");
  serving.source = text(entry, "source");
  return serving;
}

DeviceType device_of(const Value& entry) {
  DeviceType device;
  device.name = text(entry, "name");
  device.title = text(entry, "title");
  device.memory = bytes_of(*entry.find("memory"));
  if (const Value* usable = entry.find("usable_memory")) device.usable_memory = bytes_of(*usable);
  device.memory_bytes_per_s = figure(entry, "memory_bytes_per_s", 0);
  device.peak_fp32 = figure(entry, "peak_fp32");
  device.peak_tf32 = figure(entry, "peak_tf32");
  device.peak_bf16 = figure(entry, "peak_bf16");
  device.peak_fp16 = figure(entry, "peak_fp16");
  device.peak_fp8 = figure(entry, "peak_fp8");
  device.link_bytes_per_s = figure(entry, "link_bytes_per_s");
  device.busy_watts = figure(entry, "busy_watts");
  device.idle_watts = figure(entry, "idle_watts");
  if (const Value* node = entry.find("node")) {
    const std::int64_t devices = count(*node, "devices");
    device.node = UsualNode{devices, text(*node, "fabric"), text(*node, "network"),
                            count(*node, "nics", devices)};
  }
  if (const Value* efficiency = entry.find("efficiency")) {
    device.efficiency = efficiency_of(*efficiency);
  }
  if (const Value* serving = entry.find("serving")) device.serving = serving_of(*serving);
  if (const Value* measured = entry.find("measured")) device.measured = measured_of(*measured);
  device.sources = sources(entry);
  return device;
}

Architecture model_of(const Value& entry) {
  Architecture model;
  model.name = text(entry, "name");
  model.title = text(entry, "title");
  model.layers = count(entry, "layers");
  model.hidden = count(entry, "hidden");
  model.heads = count(entry, "heads");
  model.kv_heads = count(entry, "kv_heads", model.heads);
  model.head_size =
      count(entry, "head_size", model.hidden / std::max<std::int64_t>(model.heads, 1));
  model.ffn = count(entry, "ffn");
  model.gated = flag(entry, "gated");
  model.vocabulary = count(entry, "vocabulary");
  model.tied = flag(entry, "tied");
  model.positions = count(entry, "positions");
  model.context = count(entry, "context");
  const std::string biases = text(entry, "biases");
  if (biases == "qkv") model.biases = Biases::kQkv;
  if (biases == "all") model.biases = Biases::kAll;
  if (text(entry, "norm") == "layer") model.norm = Norm::kLayer;
  model.qk_norm = flag(entry, "qk_norm");
  model.dropout = flag(entry, "dropout");
  model.unfused_attention = text(entry, "attention") == "unfused";
  model.experts = count(entry, "experts");
  model.active_experts = count(entry, "active_experts", model.is_mixture() ? 1 : 0);
  model.shared_ffn = count(entry, "shared_ffn");
  model.shared_gate = flag(entry, "shared_gate");
  model.sources = sources(entry);
  return model;
}

Fabric fabric_of(const Value& entry) {
  Fabric fabric;
  fabric.name = text(entry, "name");
  fabric.title = text(entry, "title");
  fabric.bytes_per_s = figure(entry, "bytes_per_s", 0);
  fabric.efficiency = figure(entry, "efficiency", 1);
  fabric.latency = seconds(entry, "latency");
  fabric.hop_latency = seconds(entry, "hop_latency");
  fabric.node_bytes_per_s = figure(entry, "node_bytes_per_s");
  fabric.sources = sources(entry);
  return fabric;
}

/// What the form of a model cannot say.
std::string contradiction(const Value& entry) {
  const Architecture model = model_of(entry);
  if (model.heads % model.kv_heads != 0) {
    return fmt::format("{} query heads cannot share {} key and value heads evenly", model.heads,
                       model.kv_heads);
  }
  if (!entry.has("head_size") && model.hidden % model.heads != 0) {
    return fmt::format("hidden {} is no multiple of {} heads; state head_size", model.hidden,
                       model.heads);
  }
  // So that no count leaves 64 bits.
  const auto real = [](std::int64_t number) { return static_cast<double>(number); };
  const double layer = real(model.hidden) * (4.0 * real(model.heads) * real(model.head_size) +
                                             3.0 * real(model.ffn) * (real(model.experts) + 1) +
                                             3.0 * real(model.shared_ffn));
  const double wide = real(model.layers) * real(model.heads) * real(model.head_size);
  const double outside =
      2.0 * real(model.hidden) * (real(model.vocabulary) + real(model.positions));
  if (real(model.layers) * layer + outside + wide > kMostParameters) {
    return fmt::format("'{}' has more than 10^16 parameters", model.name);
  }
  if (!model.is_mixture() && entry.has("active_experts")) return "active_experts without experts";
  if (model.active_experts > model.experts) {
    return fmt::format("{} active experts of {}", model.active_experts, model.experts);
  }
  return {};
}

template <class Entry>
void put(std::vector<Entry>& entries, Entry entry) {
  const auto place = std::ranges::lower_bound(entries, entry.name, {}, &Entry::name);
  if (place != entries.end() && place->name == entry.name) {
    *place = std::move(entry);
  } else {
    entries.insert(place, std::move(entry));
  }
}

template <class Entry>
const Entry& find(const std::vector<Entry>& entries, std::string_view name, const char* what) {
  std::vector<std::string> names;
  for (const Entry& entry : entries) {
    if (entry.name == name) return entry;
    names.push_back(entry.name);
  }
  throw InputError(fmt::format("there is no {} '{}' in the catalogue{}", what, name,
                               suggestion_of_many(name, names)));
}

const std::vector<Value>& items(const Document& document, std::string_view key) {
  static const std::vector<Value> kNone;
  const Value* value = document.root.find(key);
  return value == nullptr ? kNone : value->items;
}

}  // namespace

const DeviceType& Catalog::device(std::string_view name) const {
  return find(devices, name, "device type");
}
const Architecture& Catalog::model(std::string_view name) const {
  return find(models, name, "model");
}
const Fabric& Catalog::fabric(std::string_view name) const { return find(fabrics, name, "fabric"); }

void add_to_catalog(Catalog& catalog, std::string_view text, const std::string& file) {
  const Document document = parse_document(text, file);
  Problems problems;
  check_form(document, catalog_spec(), problems);
  problems.throw_if_any();
  for (const Value& entry : items(document, "models")) {
    const std::string wrong = contradiction(entry);
    if (!wrong.empty()) problems.add(document.position(entry), wrong);
  }
  problems.throw_if_any();
  for (const Value& entry : items(document, "devices")) put(catalog.devices, device_of(entry));
  for (const Value& entry : items(document, "models")) put(catalog.models, model_of(entry));
  for (const Value& entry : items(document, "fabrics")) put(catalog.fabrics, fabric_of(entry));
  for (const Value& entry : items(document, "devices")) {
    const Value* measured = entry.find("measured");
    if (measured != nullptr) check_measured(*measured, catalog, document, problems);
  }
  problems.throw_if_any();
}

const Catalog& built_in_catalog() {
  static const Catalog kCatalog = [] {
    Catalog catalog;
    add_to_catalog(catalog, kHardwareYaml, "hardware.yaml");
    add_to_catalog(catalog, kModelsYaml, "models.yaml");
    add_to_catalog(catalog, kFabricsYaml, "fabrics.yaml");
    return catalog;
  }();
  return kCatalog;
}

Catalog catalog_with(const std::string& file) {
  Catalog catalog = built_in_catalog();
  add_to_catalog(catalog, read_scenario_file(file), file);
  return catalog;
}

std::span<const DeviceType> device_types() { return built_in_catalog().devices; }

const DeviceType& device_type(std::string_view name) { return built_in_catalog().device(name); }

}  // namespace tandem
