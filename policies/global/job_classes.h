// Jobs that are alike are one class, so that a linear programme grows with the kinds of jobs and
// not with their number.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace tandem {

/// What one job is to a linear programme.
struct RateRow {
  std::uint32_t id = 0;       ///< The same from one programme to the next, and unique in each.
  double devices = 1;         ///< Of its gang.
  std::vector<double> rates;  ///< What it gets done on each device type, 0 where it cannot run.
  double floor = 0;           ///< What it must get done; 0 if it need not.
  double weight = 1;          ///< Of its floor, if not all can be met.
};

/// Jobs with equal rates and gangs, which get equal fractions.
struct JobClass {
  std::vector<std::uint32_t> members;  ///< Indices of rows, ascending; never empty.

  double count() const { return static_cast<double>(members.size()); }
};

/// The classes of all rows that can run somewhere, in the order of their first members. A row with
/// a floor is a class of its own: floors are met or dropped one by one.
std::vector<JobClass> classes_of(std::span<const RateRow> rows);

}  // namespace tandem
