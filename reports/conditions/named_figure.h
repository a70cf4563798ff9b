// The figures of a run under the names that users give them: "wait.p95", "utilization",
// "chat.ttft.p99", "red.wait.mean", "nightly.makespan.mean".
//
// Those of tenants, pipelines and services begin with the bare name of whose they are. In full they
// are "tenants.red.wait.mean", "pipelines.nightly.makespan.mean" and "services.chat.ttft.p99". Only
// the full name will do where a bare one could mean another: if two of them have one name, or if
// one is called as a figure begins ("wait", "cost") or as one of the three groups.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policies/core/error.h"
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
  std::string name;       ///< As it is told: bare, or in full where it must be.
  std::string full_name;  ///< Of the whole run: the same.
  std::string ambiguous;  ///< The bare name, where it will not do; else empty.
  Unit unit = Unit::kPlain;
  Better better = Better::kNeither;
  std::optional<double> value;
  bool is_shown = false;  ///< In tables; the others are in files only.
  std::optional<OverSamples> samples;
  bool is_latency = false;  ///< Of a service: milliseconds count.
};

/// Of the run, its tenants, pipelines and services, in this order. "ttft", "tpot", "itl", "e2e",
/// "attainment" and "goodput" of the run are those of the service that is worst off, and nothing if
/// one of them has no such figure.
std::vector<NamedFigure> named_figures(const RunResult& run);

/// Whether a full name is that of a figure of the service that is worst off.
bool is_of_worst_service(std::string_view full_name);

/// How users write a name: "wait_s_p95", the name of a metric in files, is "wait.p95" to them. What
/// is no metric's name stays as it is.
std::string user_name(std::string_view name);

/// The figure that is called so, bare or in full. Throws InputError at `where`: with the nearest
/// names, or with how to write one that could mean another.
const NamedFigure& find_figure(std::span<const NamedFigure> figures, std::string_view name,
                               const Position& where);

}  // namespace tandem
