// Runs of a few seeds, cut into stretches, so that there is something to draw from where there are
// not enough seeds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "reports/comparing/bootstrap.h"
#include "reports/comparing/paired_statistic.h"
#include "reports/comparing/sample_table.h"
#include "reports/conditions/named_figure.h"

namespace tandem {

/// One table of one seed under both.
struct PairedTables {
  SampleTable base;
  SampleTable head;
  Pairing pairing;
};

class StretchedRuns {
 public:
  /// 16 stretches or a few more over all seeds, at least 4 of a seed, and at least ten pairs in
  /// each; none at all if that makes fewer than 8.
  explicit StretchedRuns(const std::vector<PairedTables>& seeds);

  bool has_stretches() const { return resamples_ != nullptr; }
  std::size_t units() const;
  const Resamples& resamples() const { return *resamples_; }
  OverStretches statistic(const OverSamples& what) const;

 private:
  struct Side {
    const SampleTable* table = nullptr;
    std::vector<std::uint16_t> stretches;              ///< By sample.
    std::vector<std::vector<std::uint32_t>> by_group;  ///< Places of samples.
  };
  struct Seed {
    Side base;
    Side head;
  };
  static Side side_of(const SampleTable& table, std::vector<std::uint16_t> stretches);
  PlacedValues values_of(const Side& side, const OverSamples& what) const;

  std::size_t of_a_seed_ = 0;
  std::vector<Seed> seeds_;
  std::unique_ptr<Resamples> resamples_;
};

}  // namespace tandem
