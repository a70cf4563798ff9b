// Scenarios that nobody had to write: the built-in example, and the one a bare trace stands for.
#include <fmt/format.h>

#include "policies/core/error.h"
#include "workloads/format/document.h"
#include "workloads/scenario.h"
#include "workloads/traces/trace.h"

namespace tandem {

extern const std::string_view kExampleYaml;

std::string_view example_scenario() { return kExampleYaml; }

std::string scenario_name(const std::filesystem::path& trace) {
  std::string name = trace.stem().string();
  for (char& c : name) {
    if (static_cast<unsigned char>(c) <= ' ' || c == 0x7f) c = '-';
  }
  return name;
}

std::string scenario_of_trace(const std::filesystem::path& trace, std::uint32_t devices,
                              std::optional<TraceFormat> known_format) {
  const TraceFormat format = known_format ? *known_format : detect_trace_format(trace);
  if (devices == 0) devices = read_trace(trace, format).machine_devices.value_or(0);
  if (devices == 0) {
    throw InputError({trace.string(), 0, 0},
                     "the trace does not state the size of its machine: give --devices");
  }
  return fmt::format(
      "tandem: 1\n"
      "name: {}\n"
      "cluster:\n"
      "  nodes:\n"
      "    - {{ name: pool, devices: {{ type: any, count: {} }} }}\n"
      "workload:\n"
      "  jobs:\n"
      "    - trace: {{ format: {}, file: {}, estimates: user }}\n",
      single_quoted(scenario_name(trace)), devices,
      trace_format_names()[static_cast<std::size_t>(format)], single_quoted(trace.string()));
}

}  // namespace tandem
