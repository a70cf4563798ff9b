#include "workloads/trace_kind.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "policies/core/error.h"
#include "policies/core/nearest.h"
#include "workloads/traces/names.h"

namespace tandem {
namespace {

/// The file's own format; an error says what is wrong with it as either kind.
TraceKind detected(const std::filesystem::path& file) {
  std::string as_jobs;
  try {
    return detect_trace_format(file);
  } catch (const InputError& error) {
    as_jobs = error.what();
  }
  try {
    return detect_request_format(file);
  } catch (const InputError& error) {
    const std::string as_requests = error.what();
    throw InputError(as_jobs == as_requests ? as_jobs : as_jobs + "\n" + as_requests);
  }
}

bool has(std::span<const std::string> names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

}  // namespace

TraceKind trace_kind(const std::filesystem::path& file, std::string_view format) {
  if (format.empty()) return detected(file);
  const auto jobs = trace_format_names();
  const auto requests = request_format_names();
  if (has(jobs, format) && has(requests, format)) {
    const TraceKind kind = detected(file);
    const bool is_requests = std::holds_alternative<RequestFormat>(kind);
    return is_requests ? TraceKind(request_format(format)) : TraceKind(trace_format(format));
  }
  if (has(jobs, format)) return trace_format(format);
  if (has(requests, format)) return request_format(format);
  std::vector<std::string> names(jobs.begin(), jobs.end());
  for (const std::string& name : requests) {
    if (!has(names, name)) names.push_back(name);
  }
  throw InputError(
      fmt::format("there is no trace format {}{}", shown(format), suggestion(format, names)));
}

std::string name_of(const TraceKind& kind) {
  if (const auto* jobs = std::get_if<TraceFormat>(&kind)) {
    return trace_format_names()[static_cast<std::size_t>(*jobs)];
  }
  return request_format_names()[static_cast<std::size_t>(std::get<RequestFormat>(kind))];
}

}  // namespace tandem
