// The figures of a run under the names that users give them: "wait.p95", "utilization",
// "chat.ttft.p99", "tenants.red.wait.mean", "pipelines.nightly.makespan.mean".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reports/metric.h"
#include "reports/run_result.h"

namespace tandem {

/// That a figure is a mean or a percentile over rows of a table of jobs or of requests.
struct OverSamples {
  enum class Table : std::uint8_t { kJobs, kRequests };
  Table table = Table::kJobs;
  std::string group;  ///< The tenant of a job, the service of a request; empty: all.
  std::size_t column = 0;
  std::optional<double> percent;  ///< Nothing: the mean.
};

/// Times are in seconds, those of services too.
struct NamedFigure {
  std::string name;
  Unit unit = Unit::kPlain;
  Better better = Better::kNeither;
  std::optional<double> value;
  bool is_shown = false;  ///< In tables; the others are in files only.
  std::optional<OverSamples> samples;
  bool is_latency = false;  ///< Of a service: milliseconds count.
};

/// Of the run, its tenants, pipelines and services, in this order.
std::vector<NamedFigure> named_figures(const RunResult& run);

/// How users write a name: "wait_s_p95", the name of a metric in files, is "wait.p95" to them. What
/// is no metric's name stays as it is.
std::string user_name(std::string_view name);

}  // namespace tandem
