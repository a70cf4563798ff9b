// The figures of a run one by one, with a name, a unit and a direction: the one list from which
// summaries, tables and files are made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "reports/run_result.h"

namespace tandem {

enum class Unit : std::uint8_t {
  kSeconds,
  kFraction,
  kPlain,
  kCount,
  kDeviceHours,
  kMoney,
  kKilowattHours,
  kKilograms
};
enum class Better : std::uint8_t { kLess, kMore, kNeither };

/// A figure. `name` is flat, units last: "wait_s_p99".
struct Metric {
  std::string_view name;
  std::string_view label;  ///< For people; empty where the figure is only written to files.
  Unit unit;
  Better better;
  std::optional<double> (*value)(const RunResult&);
};

/// All metrics, in the order in which they are shown.
std::span<const Metric> metrics();

/// The place of a metric in metrics(). The name must be one of theirs.
std::size_t metric_index(std::string_view name);

}  // namespace tandem
