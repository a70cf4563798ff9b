// Fields of measured tables: counts and microseconds, with the place of what is neither.
#pragma once

#include "workloads/traces/csv.h"

namespace tandem {

/// A whole number from `least` to `most`, as a double holds it exactly.
double measured_count(const Field& field, std::int64_t least, std::int64_t most = 1'000'000'000);
/// A number from 0 to 10^9.
double measured_number(const Field& field);
/// Microseconds, above 0, at most a day; in seconds.
double measured_seconds(const Field& field);

}  // namespace tandem
