// Recorded workloads: what every trace format is turned into.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policies/core/units.h"

namespace tandem {

/// One job of a trace. Times count from the trace's own first submission (0).
struct TraceJob {
  std::string name;  ///< The trace's own id, or the row's number among the data rows, from 1.
  Time submitted;
  Duration run_time{};
  Duration estimate{};       ///< The user's; may be below the run time.
  std::uint32_t tenant = 0;  ///< Index into Trace::tenants.
  std::uint32_t devices = 1;
  std::uint32_t device_share = 1000;  ///< Thousandths of its device; below 1000 only with one.
  bool one_node = false;
  MilliCpus cpus;           ///< Of the whole job.
  Bytes memory;             ///< Of the whole job.
  std::uint32_t types = 0;  ///< Index into Trace::type_sets.
  std::int64_t priority = 0;
};

/// A whole trace, ordered by submission, then by place in the file.
struct Trace {
  std::vector<TraceJob> jobs;
  std::vector<std::string> tenants;
  /// Sets of acceptable device type names (catalogue names, or the trace's own); the first set is
  /// empty: any type.
  std::vector<std::vector<std::string>> type_sets{{}};
  /// The machine's size as the trace states it (SWF MaxProcs, else MaxNodes).
  std::optional<std::uint32_t> machine_devices;
  std::size_t without_estimate = 0;  ///< Jobs whose estimate is no user's, but the run time.
  /// What was dropped, rounded or assumed, with counts: one sentence each.
  std::vector<std::string> warnings;
};

/// One machine of a trace that lists machines.
struct TraceNode {
  std::string name;
  std::string device_type;  ///< Empty if it has no devices.
  std::uint32_t devices = 0;
  MilliCpus cpus;
  Bytes memory;
};

enum class TraceFormat { kSwf, kPhilly, kOpenb, kNative };

/// "swf", "philly", "openb", "native".
std::span<const std::string> trace_format_names();
/// Throws InputError with a suggestion for an unknown name.
TraceFormat trace_format(std::string_view name);
/// Tells the format from the file's name (.swf) or its CSV header. Throws InputError.
TraceFormat detect_trace_format(const std::filesystem::path& file);

/// How estimates come about.
enum class Estimates {
  kUser,   ///< As the trace has them; where it has none, the run time (counted in a warning).
  kExact,  ///< The run time, whatever the user said.
};

/// Reads a job trace (.zst accepted). Throws InputError with file, line and column for whatever is
/// wrong; nothing is skipped without a warning that counts it. An empty trace is an error.
Trace read_trace(const std::filesystem::path& file, TraceFormat format,
                 Estimates estimates = Estimates::kUser);

/// The same from memory, for tests and fuzzers; `file` names the text in messages.
Trace read_trace(std::string_view text, const std::string& file, TraceFormat format,
                 Estimates estimates = Estimates::kUser);

/// Reads an openb node list.
std::vector<TraceNode> read_openb_nodes(const std::filesystem::path& file);
std::vector<TraceNode> read_openb_nodes(std::string_view text, const std::string& file);

}  // namespace tandem
