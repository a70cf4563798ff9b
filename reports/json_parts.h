// The members that several parts of a result are written with, and read again.
#pragma once

#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>

#include "policies/core/job_counts.h"
#include "reports/statistics.h"

namespace tandem {

using Json = nlohmann::ordered_json;

inline Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }
inline Json number(std::optional<double> value) { return value ? number(*value) : Json(nullptr); }
inline Json number(std::optional<std::uint64_t> value) {
  return value ? Json(*value) : Json(nullptr);
}

/// Reads a member that may be null or absent.
template <class Value>
std::optional<Value> find(const Json& json, const char* name) {
  const auto found = json.find(name);
  if (found == json.end() || found->is_null()) return std::nullopt;
  return found->template get<Value>();
}

inline Json write(const JobCounts& jobs) {
  return {{"submitted", jobs.submitted}, {"completed", jobs.completed}, {"failed", jobs.failed},
          {"cancelled", jobs.cancelled}, {"rejected", jobs.rejected},   {"running", jobs.running},
          {"queued", jobs.queued}};
}

inline JobCounts read_counts(const Json& json) {
  return {json.at("submitted"), json.at("completed"), json.at("failed"), json.at("cancelled"),
          json.at("rejected"),  json.at("running"),   json.at("queued")};
}

inline Json write(const std::optional<Percentiles>& values) {
  if (!values) return nullptr;
  return {{"mean", number(values->mean)}, {"p50", number(values->p50)},
          {"p90", number(values->p90)},   {"p95", number(values->p95)},
          {"p99", number(values->p99)},   {"max", number(values->max)}};
}

inline std::optional<Percentiles> read_distribution(const Json& run, const char* name) {
  const Json& json = run.at(name);
  if (json.is_null()) return std::nullopt;
  return Percentiles{json.at("mean"), json.at("p50"), json.at("p90"),
                     json.at("p95"),  json.at("p99"), json.at("max")};
}

}  // namespace tandem
