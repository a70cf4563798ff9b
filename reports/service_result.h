// What a run came to for one service, as a value: the "services" of `simulate --json`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policies/batch/objective.h"
#include "policies/core/job_counts.h"
#include "reports/statistics.h"

namespace tandem {

/// Latencies of completed requests, in milliseconds.
struct Latencies {
  std::optional<Percentiles> ttft_ms;
  std::optional<Percentiles> tpot_ms;
  std::optional<Percentiles> e2e_ms;
  friend bool operator==(const Latencies&, const Latencies&) = default;
};

/// Requests of one tenant, or of one class (those of one priority).
struct RequestGroup {
  std::string name;
  JobCounts requests;
  Latencies latencies;
  std::optional<double> attainment;  ///< Share of the completed that met every objective.
  friend bool operator==(const RequestGroup&, const RequestGroup&) = default;
};

struct ObjectiveResult {
  Objective objective;
  std::optional<double> value_ms;  ///< What the percentile came to.
  bool is_met = false;
  friend bool operator==(const ObjectiveResult&, const ObjectiveResult&) = default;
};

/// A figure of all engines together: its mean over the service's time, its largest value.
struct Level {
  double mean = 0;
  double max = 0;
  friend bool operator==(const Level&, const Level&) = default;
};

/// Definitions stand at ServiceMetrics.
struct ServiceResult {
  std::string name;
  JobCounts requests;
  Latencies latencies;
  std::optional<Percentiles> itl_ms;
  std::vector<ObjectiveResult> objectives;
  std::optional<double> attainment;
  std::optional<double> throughput_rps;
  std::optional<double> goodput_rps;
  std::optional<double> prompt_tokens_per_s;
  std::optional<double> output_tokens_per_s;
  std::uint64_t preemptions = 0;
  std::optional<double> prefix_hit_rate;
  std::optional<double> block_hit_rate;
  Level kv_utilization;
  Level queue_length;
  Level running;
  double series_step_s = 0;
  std::vector<double> queue_length_series;
  std::vector<RequestGroup> tenants;
  std::vector<RequestGroup> classes;    ///< By priority, the highest first.
  std::vector<std::string> provenance;  ///< Of the times of steps.
  std::optional<double> band_low;       ///< A measured step takes at least so much,
  std::optional<double> band_high;      ///< and at most so much of ours.
  friend bool operator==(const ServiceResult&, const ServiceResult&) = default;
};

}  // namespace tandem
