// A figure of two runs as a function of which parts of them are looked at, and how often: what a
// bootstrap asks again and again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "reports/comparing/sample_table.h"

namespace tandem {

/// A figure under BASE and under HEAD. Not a number where there is none.
struct Sides {
  double base = 0;
  double head = 0;
  double difference() const { return head - base; }
  /// Over the size of base; nothing is no change, also of nothing, and something against nothing is
  /// infinitely much.
  double relative() const;
};

/// How often each unit counts: whole runs, or stretches of them. Units of one stratum (a seed) lie
/// together.
using Weights = std::span<const std::uint8_t>;

/// Base and head of one unit always count equally often: that is what pairs them.
class PairedStatistic {
 public:
  virtual ~PairedStatistic() = default;
  virtual Sides at(Weights weights) const = 0;
};

/// Units are runs with different seeds, the statistic is the mean of a figure that each has.
class MeanOverRuns final : public PairedStatistic {
 public:
  explicit MeanOverRuns(std::vector<Sides> runs) : runs_(std::move(runs)) {}
  Sides at(Weights weights) const override;

 private:
  std::vector<Sides> runs_;
};

/// In which stretch of its run each sample of a table lies: runs of equally many pairs, in the
/// order of submission. What is in one run only lies with those that were submitted when it was.
struct Stretches {
  std::size_t count = 0;
  std::vector<std::uint16_t> base;
  std::vector<std::uint16_t> head;
};
Stretches cut_into_stretches(const SampleTable& base, const SampleTable& head,
                             const Pairing& pairing, std::size_t count);

/// A value and where it lies.
struct PlacedValue {
  double value = 0;
  std::uint16_t stretch = 0;
};

/// Values of one run, each as often as its stretch counts, and their mean or a percentile, as
/// statistics.h defines them. A percentile takes a search, not a walk over all values.
class PlacedValues {
 public:
  /// `percent`: nothing for the mean.
  PlacedValues(std::vector<PlacedValue> values, std::size_t stretches,
               std::optional<double> percent);
  /// Not a number if no value counts.
  double at(Weights weights) const;

 private:
  double mean(Weights weights) const;
  double percentile(Weights weights) const;
  /// The value at a place of the ordered sample, and the one after it.
  std::pair<double, double> neighbours(Weights weights, std::uint64_t place) const;
  std::uint64_t count_before(Weights weights, std::size_t mark) const;

  std::optional<double> percent_;
  std::size_t stretches_;
  std::vector<double> sums_;           ///< By stretch.
  std::vector<std::uint64_t> counts_;  ///< By stretch.
  std::vector<PlacedValue> sorted_;    ///< For percentiles.
  std::vector<std::uint32_t> marks_;   ///< Values of each stretch before every kBetween-th value.
};

/// Units are stretches of runs with one seed after the other; the statistic is the mean over seeds
/// of a mean or percentile over jobs.
class OverStretches final : public PairedStatistic {
 public:
  struct Seed {
    PlacedValues base;
    PlacedValues head;
    std::size_t stretches = 0;
  };
  explicit OverStretches(std::vector<Seed> seeds) : seeds_(std::move(seeds)) {}
  Sides at(Weights weights) const override;

 private:
  std::vector<Seed> seeds_;
};

}  // namespace tandem
