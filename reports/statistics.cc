#include "reports/statistics.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace tandem {
namespace {

/// Takes percentiles out of one sample, smallest first. Selects instead of sorting: what lies below
/// an earlier percentile is never looked at again.
class Selection {
 public:
  explicit Selection(std::vector<double>& values) : values_(values) {}

  double take(std::size_t percent) {
    const std::size_t hundredfold = (values_.size() - 1) * percent;
    const std::size_t below = hundredfold / 100;
    const auto at = values_.begin() + static_cast<std::ptrdiff_t>(below);
    std::nth_element(values_.begin() + static_cast<std::ptrdiff_t>(ordered_), at, values_.end());
    ordered_ = below;
    if (hundredfold % 100 == 0) return *at;
    const double next = *std::min_element(at + 1, values_.end());
    return *at + (next - *at) * static_cast<double>(hundredfold % 100) / 100;
  }

 private:
  std::vector<double>& values_;
  std::size_t ordered_ = 0;
};

}  // namespace

std::optional<Percentiles> percentiles_of(std::vector<double> values) {
  if (values.empty()) return std::nullopt;
  Percentiles result;
  result.mean = *mean_of(values);
  Selection selection(values);
  result.p50 = selection.take(50);
  result.p90 = selection.take(90);
  result.p95 = selection.take(95);
  result.p99 = selection.take(99);
  result.max = selection.take(100);
  return result;
}

std::optional<double> mean_of(std::span<const double> values) {
  if (values.empty()) return std::nullopt;
  // Kahan's summation: what an addition rounds away is added with the next value.
  double sum = 0;
  double carried = 0;
  for (const double value : values) {
    const double exact = value - carried;
    const double next = sum + exact;
    carried = (next - sum) - exact;
    sum = next;
  }
  return sum / static_cast<double>(values.size());
}

std::optional<double> jain_index(std::span<const double> values) {
  double sum = 0;
  double squares = 0;
  for (const double value : values) {
    sum += value;
    squares += value * value;
  }
  if (squares == 0) return std::nullopt;
  return sum * sum / (static_cast<double>(values.size()) * squares);
}

}  // namespace tandem
