// A permutation without a table: a Feistel network over as many bits as rows need, walked again
// from places that are no rows (Black and Rogaway 2002, "Ciphers with arbitrary finite domains").
#include <bit>

#include "executor/data/token_text.h"
#include "workloads/generators/random.h"

namespace tandem {
namespace {

constexpr std::uint64_t kRounds = 6;

class Feistel {
 public:
  /// Of the numbers below 4^half_bits.
  Feistel(std::uint64_t key, int half_bits)
      : key_(key), half_bits_(half_bits), mask_((std::uint64_t{1} << half_bits) - 1) {}

  std::uint64_t operator()(std::uint64_t number) const {
    std::uint64_t left = number >> half_bits_;
    std::uint64_t right = number & mask_;
    for (std::uint64_t round = 0; round < kRounds; ++round) {
      const std::uint64_t turned = left ^ (mixed(mixed(key_ + round) ^ right) & mask_);
      left = right;
      right = turned;
    }
    return left << half_bits_ | right;
  }

 private:
  std::uint64_t key_;
  int half_bits_;
  std::uint64_t mask_;
};

}  // namespace

std::int64_t RowOrder::row(std::int64_t place) const {
  const auto rows = static_cast<std::uint64_t>(rows_);
  const auto pass = static_cast<std::uint64_t>(place / rows_);
  const auto index = static_cast<std::uint64_t>(place % rows_);
  const int bits = static_cast<int>(std::bit_width(rows - 1));
  const Feistel turn(mixed(mixed(seed_) ^ pass), (bits + 1) / 2);
  // There are less than four places to a row, and each walk that leaves the rows comes back.
  std::uint64_t row = turn(index);
  while (row >= rows) row = turn(row);
  return static_cast<std::int64_t>(row);
}

}  // namespace tandem
