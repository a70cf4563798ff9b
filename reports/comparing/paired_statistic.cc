#include "reports/comparing/paired_statistic.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace tandem {
namespace {

constexpr double kNoNumber = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kBetween = 256;  // Values from one mark to the next.

/// For every sample its stretch: those of pairs are known, the others are found by their time.
std::vector<std::uint16_t> placed(const SampleTable& table, const std::vector<int>& known,
                                  const std::vector<double>& begins) {
  std::vector<std::uint16_t> stretches;
  for (std::size_t i = 0; i < table.samples.size(); ++i) {
    if (known[i] >= 0) {
      stretches.push_back(static_cast<std::uint16_t>(known[i]));
      continue;
    }
    const auto after = std::upper_bound(begins.begin() + 1, begins.end(), table.samples[i].at_s);
    stretches.push_back(static_cast<std::uint16_t>(after - begins.begin() - 1));
  }
  return stretches;
}

}  // namespace

double Sides::relative() const {
  if (head == base) return 0;
  return difference() / std::fabs(base);
}

Sides MeanOverRuns::at(Weights weights) const {
  Sides sum;
  double count = 0;
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    sum.base += weights[i] * runs_[i].base;
    sum.head += weights[i] * runs_[i].head;
    count += weights[i];
  }
  return {sum.base / count, sum.head / count};
}

Stretches cut_into_stretches(const SampleTable& base, const SampleTable& head,
                             const Pairing& pairing, std::size_t count) {
  std::vector<int> of_base(base.samples.size(), -1);
  std::vector<int> of_head(head.samples.size(), -1);
  std::vector<double> begins(count, std::numeric_limits<double>::infinity());
  const std::size_t pairs = pairing.pairs.size();
  for (std::size_t i = 0; i < pairs; ++i) {
    const SamplePair& pair = pairing.pairs[i];
    const std::size_t stretch = i * count / pairs;
    of_base[pair.base] = of_head[pair.head] = static_cast<int>(stretch);
    begins[stretch] = std::min(begins[stretch], base.samples[pair.base].at_s);
  }
  return {count, placed(base, of_base, begins), placed(head, of_head, begins)};
}

PlacedValues::PlacedValues(std::vector<PlacedValue> values, std::size_t stretches,
                           std::optional<double> percent)
    : percent_(percent), stretches_(stretches), sums_(stretches), counts_(stretches) {
  for (const PlacedValue& value : values) {
    sums_[value.stretch] += value.value;
    ++counts_[value.stretch];
  }
  if (!percent_) return;
  sorted_ = std::move(values);
  std::sort(sorted_.begin(), sorted_.end(), [](const PlacedValue& a, const PlacedValue& b) {
    return std::pair(a.value, a.stretch) < std::pair(b.value, b.stretch);
  });
  std::vector<std::uint32_t> seen(stretches);
  for (std::size_t i = 0; i < sorted_.size(); ++i) {
    if (i % kBetween == 0) marks_.insert(marks_.end(), seen.begin(), seen.end());
    ++seen[sorted_[i].stretch];
  }
}

double PlacedValues::at(Weights weights) const {
  return percent_ ? percentile(weights) : mean(weights);
}

double PlacedValues::mean(Weights weights) const {
  double sum = 0;
  double count = 0;
  for (std::size_t i = 0; i < stretches_; ++i) {
    sum += weights[i] * sums_[i];
    count += weights[i] * static_cast<double>(counts_[i]);
  }
  return sum / count;
}

std::uint64_t PlacedValues::count_before(Weights weights, std::size_t mark) const {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < stretches_; ++i) {
    count += std::uint64_t{weights[i]} * marks_[mark * stretches_ + i];
  }
  return count;
}

std::pair<double, double> PlacedValues::neighbours(Weights weights, std::uint64_t place) const {
  std::size_t first = 0;  // The last mark before which no more than `place` values count.
  std::size_t last = marks_.size() / stretches_;
  while (last - first > 1) {
    const std::size_t middle = first + (last - first) / 2;
    (count_before(weights, middle) <= place ? first : last) = middle;
  }
  std::uint64_t before = count_before(weights, first);
  for (std::size_t i = first * kBetween; i < sorted_.size(); ++i) {
    before += weights[sorted_[i].stretch];
    if (before <= place) continue;
    if (before > place + 1) return {sorted_[i].value, sorted_[i].value};
    std::size_t next = i + 1;
    while (next < sorted_.size() && weights[sorted_[next].stretch] == 0) ++next;
    return {sorted_[i].value, sorted_[next < sorted_.size() ? next : i].value};
  }
  return {kNoNumber, kNoNumber};
}

double PlacedValues::percentile(Weights weights) const {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < stretches_; ++i) count += std::uint64_t{weights[i]} * counts_[i];
  if (count == 0) return kNoNumber;
  const double place = static_cast<double>(count - 1) * *percent_ / 100;
  const double whole = std::floor(place);
  const auto [low, high] = neighbours(weights, static_cast<std::uint64_t>(whole));
  return low + (high - low) * (place - whole);
}

Sides OverStretches::at(Weights weights) const {
  Sides sum;
  std::size_t begin = 0;
  for (const Seed& seed : seeds_) {
    const Weights own = weights.subspan(begin, seed.stretches);
    sum.base += seed.base.at(own);
    sum.head += seed.head.at(own);
    begin += seed.stretches;
  }
  const auto seeds = static_cast<double>(seeds_.size());
  return {sum.base / seeds, sum.head / seeds};
}

}  // namespace tandem
