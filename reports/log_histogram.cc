#include "reports/log_histogram.h"

#include <algorithm>
#include <bit>

namespace tandem {
namespace {

constexpr int kPartBits = 10;
constexpr std::int64_t kParts = std::int64_t{1} << kPartBits;

}  // namespace

std::size_t LogHistogram::part_of(std::int64_t value) {
  if (value < kParts) return static_cast<std::size_t>(value);
  const int width = static_cast<int>(std::bit_width(static_cast<std::uint64_t>(value)));
  const int shift = width - 1 - kPartBits;
  return static_cast<std::size_t>((shift + 1) * kParts + (value >> shift) - kParts);
}

std::int64_t LogHistogram::least_of(std::size_t part) {
  const auto place = static_cast<std::int64_t>(part);
  if (place < kParts) return place;
  const std::int64_t shift = place / kParts - 1;
  return (place % kParts + kParts) << shift;
}

void LogHistogram::add_line(std::int64_t first, std::int64_t growth, std::int64_t steps,
                            std::int64_t count) {
  if (steps <= 0 || count <= 0) return;
  const std::int64_t last = first + growth * (steps - 1);
  count_ += steps * count;
  sum_ += Wide{steps} * (Wide{first} + last) * count / 2;
  max_ = std::max(max_, last);
  if (part_of(last) >= counts_.size()) counts_.resize(part_of(last) + 1);
  for (std::int64_t value = first; steps > 0;) {
    const std::size_t part = part_of(value);
    const std::int64_t room = least_of(part + 1) - value;
    const std::int64_t here = growth == 0 ? steps : std::min(steps, (room + growth - 1) / growth);
    counts_[part] += here * count;
    value += here * growth;
    steps -= here;
  }
}

void LogHistogram::add(const LogHistogram& other) {
  if (counts_.size() < other.counts_.size()) counts_.resize(other.counts_.size());
  for (std::size_t i = 0; i < other.counts_.size(); ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  sum_ += other.sum_;
  max_ = std::max(max_, other.max_);
}

double LogHistogram::value_at(std::int64_t place) const {
  if (place >= count_ - 1) return static_cast<double>(max_);
  std::int64_t before = 0;
  std::size_t part = 0;
  for (; before + counts_[part] <= place; ++part) before += counts_[part];
  // Values of a part are taken to lie evenly in it.
  const double into = static_cast<double>(place - before) / static_cast<double>(counts_[part]);
  const auto least = static_cast<double>(least_of(part));
  const auto last = static_cast<double>(std::min(least_of(part + 1) - 1, max_));
  return least + (last - least) * into;
}

double LogHistogram::percentile(double percent) const {
  const double place = static_cast<double>(count_ - 1) * percent / 100;
  const auto below = static_cast<std::int64_t>(place);
  const double value = value_at(below);
  const double into = place - static_cast<double>(below);
  return into == 0 ? value : value + (value_at(below + 1) - value) * into;
}

std::optional<Percentiles> LogHistogram::distribution(double unit) const {
  if (count_ == 0) return std::nullopt;
  Percentiles result;
  result.mean = static_cast<double>(sum_) / static_cast<double>(count_) * unit;
  result.p50 = percentile(50) * unit;
  result.p90 = percentile(90) * unit;
  result.p95 = percentile(95) * unit;
  result.p99 = percentile(99) * unit;
  result.max = static_cast<double>(max_) * unit;
  return result;
}

}  // namespace tandem
