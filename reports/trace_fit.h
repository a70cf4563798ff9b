// How much what is drawn is like the trace it was fitted to: distributions side by side, and what
// comes of both in a queue.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "reports/metric.h"
#include "reports/summary.h"

namespace tandem {

/// One thing that was fitted, as a sample of the trace and one of what is drawn.
struct FittedFigure {
  std::string name;   ///< For programs: "run_time_s".
  std::string label;  ///< For people.
  Unit unit = Unit::kPlain;
  std::vector<double> trace;
  std::vector<double> drawn;
  double distance = 0;  ///< K-S, from 0 to 1.
  double critical = 0;  ///< That equal distributions exceed once in 20 times.
};

/// What jobs wait under FIFO on a number of devices.
struct FittedWait {
  std::uint32_t devices = 0;
  double utilization = 0;  ///< By the trace.
  double trace_s = 0;      ///< Mean.
  Estimate drawn_s;        ///< Of the means, over seeds.
  std::size_t seeds = 0;
};

/// A number with one value on either side: a coefficient of variation, a share of hits.
struct FittedNumber {
  std::string name;
  std::string label;
  Unit unit = Unit::kPlain;
  double trace = 0;
  double drawn = 0;
};

struct FitReport {
  std::string file;
  std::string noun;    ///< "job" or "request".
  std::string output;  ///< The scenario's file; empty: it was not written.
  std::uint64_t count = 0;
  std::vector<FittedFigure> figures;
  std::vector<FittedNumber> numbers;
  std::optional<FittedWait> wait;
  std::vector<std::string> notes;
};

/// A fit is close if no K-S distance is above 0.1, no share is off by more, and, of jobs, the mean
/// wait is within a quarter of the trace's, or within its interval.
bool is_close(const FitReport& report);

/// The answer in a sentence, then tables.
std::string fit_text(const FitReport& report, std::size_t width);
/// {"schema": "tandem.fit/1", "file", "kind", "count", "scenario", "close", "figures": [{"name",
/// "ks_distance", "ks_critical", "trace": {"mean", "p50", "p90", "p99", "max"}, "drawn": …}],
/// "numbers": [{"name", "trace", "drawn"}], "wait": {"policy", "devices", "utilization", "trace_s",
/// "drawn_s": {"mean", "ci95"}, "seeds"} or null, "notes"}.
nlohmann::ordered_json fit_json(const FitReport& report);

}  // namespace tandem
