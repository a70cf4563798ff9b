#include "reports/comparing/stretched_runs.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace tandem {
namespace {

constexpr std::size_t kWantedStretches = 16;
constexpr std::size_t kFewestStretches = 8;
constexpr std::size_t kFewestOfASeed = 4;
constexpr std::size_t kFewestPairs = 10;

std::size_t stretches_of_a_seed(const std::vector<PairedTables>& seeds) {
  if (seeds.empty()) return 0;
  std::size_t pairs = std::numeric_limits<std::size_t>::max();
  for (const PairedTables& seed : seeds) pairs = std::min(pairs, seed.pairing.pairs.size());
  const std::size_t wanted = (kWantedStretches + seeds.size() - 1) / seeds.size();
  const std::size_t count = std::min(std::max(wanted, kFewestOfASeed), pairs / kFewestPairs);
  return count >= 2 && count * seeds.size() >= kFewestStretches ? count : 0;
}

}  // namespace

StretchedRuns::Side StretchedRuns::side_of(const SampleTable& table,
                                           std::vector<std::uint16_t> stretches) {
  Side side{&table, std::move(stretches), {}};
  side.by_group.resize(table.groups.size());
  for (std::size_t i = 0; i < table.samples.size(); ++i) {
    side.by_group[table.samples[i].group].push_back(static_cast<std::uint32_t>(i));
  }
  return side;
}

StretchedRuns::StretchedRuns(const std::vector<PairedTables>& seeds)
    : of_a_seed_(stretches_of_a_seed(seeds)) {
  if (of_a_seed_ == 0) return;
  for (const PairedTables& seed : seeds) {
    Stretches cut = cut_into_stretches(seed.base, seed.head, seed.pairing, of_a_seed_);
    seeds_.push_back(
        {side_of(seed.base, std::move(cut.base)), side_of(seed.head, std::move(cut.head))});
  }
  resamples_ = std::make_unique<Resamples>(SampledUnits{seeds_.size(), of_a_seed_, true});
}

std::size_t StretchedRuns::units() const { return of_a_seed_ * seeds_.size(); }

PlacedValues StretchedRuns::values_of(const Side& side, const OverSamples& what) const {
  std::vector<PlacedValue> values;
  for (std::size_t group = 0; group < side.by_group.size(); ++group) {
    if (!what.group.empty() && side.table->groups[group] != what.group) continue;
    for (const std::uint32_t place : side.by_group[group]) {
      const auto& value = side.table->samples[place].values[what.column];
      if (value) values.push_back({*value, side.stretches[place]});
    }
  }
  return {std::move(values), of_a_seed_, what.percent};
}

OverStretches StretchedRuns::statistic(const OverSamples& what) const {
  std::vector<OverStretches::Seed> seeds;
  for (const Seed& seed : seeds_) {
    seeds.push_back({values_of(seed.base, what), values_of(seed.head, what), of_a_seed_});
  }
  return OverStretches(std::move(seeds));
}

}  // namespace tandem
