#include "workloads/catalog/hardware.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "policies/core/error.h"
#include "policies/core/nearest.h"
#include "policies/core/quantity_text.h"

namespace tandem {

extern const std::string_view kHardwareYaml;

namespace {

[[noreturn]] void fail(const YAML::Mark& mark, const std::string& message) {
  throw InputError({"hardware.yaml", static_cast<std::size_t>(mark.line + 1),
                    static_cast<std::size_t>(mark.column + 1)},
                   message);
}

void check_keys(const YAML::Node& entry) {
  static const std::array<std::string, 11> kKeys = {
      "name",      "title",    "memory",           "memory_bytes_per_s", "peak_fp32", "peak_bf16",
      "peak_fp16", "peak_fp8", "link_bytes_per_s", "busy_watts",         "idle_watts"};
  for (const auto& pair : entry) {
    const auto key = pair.first.as<std::string>();
    if (key == "sources" || std::find(kKeys.begin(), kKeys.end(), key) != kKeys.end()) continue;
    fail(pair.first.Mark(), fmt::format("unknown key '{}'{}", key, suggestion(key, kKeys)));
  }
}

std::string text(const YAML::Node& entry, const char* key) {
  const YAML::Node node = entry[key];
  if (!node || !node.IsScalar()) fail(entry.Mark(), fmt::format("'{}' is missing", key));
  return node.as<std::string>();
}

std::optional<double> figure(const YAML::Node& entry, const char* key) {
  const YAML::Node node = entry[key];
  if (!node) return std::nullopt;
  const auto number = node.IsScalar() ? split_unit(node.as<std::string>()) : std::nullopt;
  if (!number || !number->unit.empty() || number->number <= 0) {
    fail(node.Mark(), fmt::format("'{}': expected a positive number", key));
  }
  return number->number;
}

DeviceType device_type_of(const YAML::Node& entry) {
  check_keys(entry);
  DeviceType type;
  type.name = text(entry, "name");
  type.title = text(entry, "title");
  const auto memory = parse_bytes(text(entry, "memory"));
  if (!memory) fail(entry["memory"].Mark(), "'memory': expected an amount such as 80 GB");
  type.memory = *memory;
  const auto bandwidth = figure(entry, "memory_bytes_per_s");
  if (!bandwidth) fail(entry.Mark(), "'memory_bytes_per_s' is missing");
  type.memory_bytes_per_s = *bandwidth;
  type.peak_fp32 = figure(entry, "peak_fp32");
  type.peak_bf16 = figure(entry, "peak_bf16");
  type.peak_fp16 = figure(entry, "peak_fp16");
  type.peak_fp8 = figure(entry, "peak_fp8");
  type.link_bytes_per_s = figure(entry, "link_bytes_per_s");
  type.busy_watts = figure(entry, "busy_watts");
  type.idle_watts = figure(entry, "idle_watts");
  for (const YAML::Node& source : entry["sources"]) {
    type.sources.push_back(source.as<std::string>());
  }
  if (type.sources.empty()) fail(entry.Mark(), "'sources' is missing");
  return type;
}

std::vector<DeviceType> read_catalogue() {
  std::vector<DeviceType> types;
  try {
    for (const YAML::Node& entry : YAML::Load(std::string(kHardwareYaml))) {
      types.push_back(device_type_of(entry));
    }
  } catch (const YAML::Exception& error) {
    fail(error.mark, error.msg);
  }
  std::sort(types.begin(), types.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return types;
}

}  // namespace

std::span<const DeviceType> device_types() {
  static const std::vector<DeviceType> kTypes = read_catalogue();
  return kTypes;
}

const DeviceType& device_type(std::string_view name) {
  std::vector<std::string> names;
  for (const DeviceType& type : device_types()) {
    if (type.name == name) return type;
    names.push_back(type.name);
  }
  throw InputError(fmt::format("there is no device type '{}' in the catalogue{}", name,
                               suggestion(name, names)));
}

}  // namespace tandem
