// Every row once in each pass, for any number of rows.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "executor/data/token_text.h"
#include "tests/support/random.h"

namespace tandem {
namespace {

std::vector<std::int64_t> pass_of(const RowOrder& order, std::int64_t rows, std::int64_t pass) {
  std::vector<std::int64_t> drawn;
  for (std::int64_t i = 0; i < rows; ++i) drawn.push_back(order.row(pass * rows + i));
  return drawn;
}

std::vector<std::int64_t> sizes() {
  std::vector<std::int64_t> sizes(70);
  std::iota(sizes.begin(), sizes.end(), 1);
  for (const std::int64_t more : {127, 128, 129, 997, 1023, 1024, 1025, 4097, 65'537}) {
    sizes.push_back(more);
  }
  return sizes;
}

TEST(RowOrderLaws, EachPassHasEveryRowOnce) {
  for (const std::int64_t rows : sizes()) {
    std::vector<std::int64_t> all(static_cast<std::size_t>(rows));
    std::iota(all.begin(), all.end(), 0);
    for (const std::int64_t pass : {0, 1, 7}) {
      std::vector<std::int64_t> drawn = pass_of(RowOrder(3, rows), rows, pass);
      std::ranges::sort(drawn);
      ASSERT_EQ(drawn, all) << rows << " rows, pass " << pass;
    }
  }
}

TEST(RowOrderLaws, PassesAndSeedsDiffer) {
  for (const std::int64_t rows : {20, 997, 4096}) {
    const auto first = pass_of(RowOrder(1, rows), rows, 0);
    EXPECT_NE(pass_of(RowOrder(1, rows), rows, 1), first) << rows;
    EXPECT_NE(pass_of(RowOrder(2, rows), rows, 0), first) << rows;
    EXPECT_EQ(pass_of(RowOrder(1, rows), rows, 0), first) << rows;
  }
}

TEST(RowOrderLaws, RowsStandEverywhereEquallyOften) {
  // Where row 0 comes among 16, over many passes: 15 degrees of freedom, mean 15, deviation 5.5.
  constexpr std::int64_t kRows = 16;
  constexpr std::int64_t kPasses = 16'000;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    std::vector<double> places(kRows);
    const RowOrder order(seed, kRows);
    for (std::int64_t pass = 0; pass < kPasses; ++pass) {
      const auto drawn = pass_of(order, kRows, pass);
      ++places[static_cast<std::size_t>(std::ranges::find(drawn, 0) - drawn.begin())];
    }
    double chi_squared = 0;
    const double expected = static_cast<double>(kPasses) / kRows;
    for (const double count : places) {
      chi_squared += (count - expected) * (count - expected) / expected;
    }
    EXPECT_LT(chi_squared, 45) << "seed " << seed;
  }
}

TEST(RowOrderLaws, HugeTextsNeedNoTable) {
  constexpr std::int64_t kRows = 1'000'000'000'000;
  const RowOrder order(1, kRows);
  for (std::int64_t place = 0; place < 1000; ++place) {
    const std::int64_t row = order.row(5 * kRows + place * 999'999'937);
    ASSERT_TRUE(row >= 0 && row < kRows) << row;
  }
}

}  // namespace
}  // namespace tandem
