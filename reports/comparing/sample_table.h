// The jobs, or the requests, of a run one by one: what two runs are paired by.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tandem {

/// Columns of a table of jobs, in seconds.
inline constexpr std::size_t kWaitColumn = 0;
inline constexpr std::size_t kJctColumn = 1;
/// Columns of a table of requests, in seconds.
inline constexpr std::size_t kTtftColumn = 0;
inline constexpr std::size_t kTpotColumn = 1;
inline constexpr std::size_t kE2eColumn = 2;
inline constexpr std::size_t kSampleColumns = 3;

/// A job or a request. Values are there if it completed and has them.
struct Sample {
  std::string id;
  std::uint32_t group = 0;  ///< Its tenant or its service: a place in SampleTable::groups.
  double at_s = 0;          ///< Of its submission or arrival.
  std::array<std::optional<double>, kSampleColumns> values;
};

struct SampleTable {
  std::vector<std::string> groups;
  std::vector<Sample> samples;
};

/// The same job in both runs: places in their tables.
struct SamplePair {
  std::size_t base = 0;
  std::size_t head = 0;
};

/// Which samples of two runs with the same seed are the same job or request: those with the same id
/// in the same group.
struct Pairing {
  std::vector<SamplePair> pairs;  ///< In the order of submission under base, then of its table.
  std::size_t only_base = 0;
  std::size_t only_head = 0;
};
Pairing pair_samples(const SampleTable& base, const SampleTable& head);

}  // namespace tandem
