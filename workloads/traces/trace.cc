#include "workloads/traces/trace.h"

#include <fmt/format.h>

#include <array>

#include "policies/core/error.h"
#include "policies/core/nearest.h"
#include "workloads/traces/csv.h"
#include "workloads/traces/formats.h"
#include "workloads/traces/names.h"
#include "workloads/traces/text_file.h"

namespace tandem {
namespace {

using Reader = void (*)(std::string_view text, TraceDraft& draft);

/// In the order of TraceFormat and of its names.
constexpr std::array<Reader, 4> kReaders = {read_swf, read_philly, read_openb, read_native};

/// What only this format's header has, in the same order.
const std::array<std::vector<std::string_view>, 4>& telling_columns() {
  static const std::array<std::vector<std::string_view>, 4> kColumns = {{
      {},
      {"timestamp", "num_gpus", "gpu_time", "cluster"},
      {"cpu_milli", "gpu_milli", "creation_time", "deletion_time"},
      {"job_id", "submit_time", "num_gpu", "duration"},
  }};
  return kColumns;
}

bool looks_like_swf(std::string_view text, const std::string& file) {
  LineReader lines(text, file);
  if (!lines.next_filled()) return false;
  const std::string_view line = lines.line();
  return line[line.find_first_not_of(" \t")] == ';';
}

}  // namespace

std::span<const std::string> trace_format_names() {
  static const std::array<std::string, 4> kNames = {"swf", "philly", "openb", "native"};
  return kNames;
}

TraceFormat trace_format(std::string_view name) {
  const auto names = trace_format_names();
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return static_cast<TraceFormat>(i);
  }
  throw InputError(
      fmt::format("there is no trace format {}{}", shown(name), suggestion(name, names)));
}

TraceFormat detect_trace_format(const std::filesystem::path& file) {
  const bool packed = file.extension() == ".zst";
  if ((packed ? file.stem() : file).extension() == ".swf") return TraceFormat::kSwf;
  // A header is read whole even if it is as long as a line may be.
  constexpr std::size_t kEnough = std::size_t{4} << 20U;
  const TextFile beginning(file, kEnough);
  if (looks_like_swf(beginning.text(), file.string())) return TraceFormat::kSwf;
  const CsvReader csv(beginning.text(), file.string());
  if (const auto format = most_alike(csv, telling_columns())) {
    return static_cast<TraceFormat>(*format);
  }
  if (csv.find("sn") && csv.find("gpu")) {
    throw InputError(Position{file.string()}, "this is a list of nodes: expected a trace of jobs");
  }
  throw InputError({file.string(), 1},
                   "the header is of no trace format we know (swf, philly, openb, native); a "
                   "native one is job_id,submit_time,num_gpu,duration");
}

Trace read_trace(std::string_view text, const std::string& file, TraceFormat format,
                 Estimates estimates) {
  TraceDraft draft(file, text, estimates);
  kReaders[static_cast<std::size_t>(format)](text, draft);
  return std::move(draft).finish();
}

Trace read_trace(const std::filesystem::path& file, TraceFormat format, Estimates estimates) {
  const TextFile opened(file);
  return read_trace(opened.text(), file.string(), format, estimates);
}

std::vector<TraceNode> read_openb_nodes(const std::filesystem::path& file) {
  const TextFile opened(file);
  return read_openb_nodes(opened.text(), file.string());
}

}  // namespace tandem
