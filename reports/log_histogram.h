// Counts of whole numbers by size, for samples too many to keep: percentiles to a thousandth.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "reports/statistics.h"

namespace tandem {

/// Every power of two is cut into 1,024 parts of equal width (the layout of HdrHistogram, Tene
/// 2013): a percentile is at most 0.1 % off. Counts, sum and largest are exact.
class LogHistogram {
 public:
  /// Adds `value`, at least 0, so many times.
  void add(std::int64_t value, std::int64_t count) { add_line(value, 0, 1, count); }
  /// Adds the `steps` values first, first + growth, first + 2 growth …, each so many times.
  void add_line(std::int64_t first, std::int64_t growth, std::int64_t steps, std::int64_t count);
  void add(const LogHistogram& other);

  std::int64_t count() const { return count_; }
  /// Of all values times `unit`. Nothing if there are none.
  std::optional<Percentiles> distribution(double unit) const;
  /// At place (n-1) * percent / 100 of the ordered values, linear between two. There is one.
  double percentile(double percent) const;

 private:
  __extension__ typedef __int128 Wide;
  static std::size_t part_of(std::int64_t value);
  /// The least value of a part.
  static std::int64_t least_of(std::size_t part);
  /// Of the ordered values, about.
  double value_at(std::int64_t place) const;

  std::vector<std::int64_t> counts_;  ///< By part.
  std::int64_t count_ = 0;
  Wide sum_ = 0;
  std::int64_t max_ = 0;
};

}  // namespace tandem
