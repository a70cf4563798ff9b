#include "reports/summary.h"

#include <gtest/gtest.h>

#include "tests/unit/reports/sample_results.h"

namespace tandem {
namespace {

TEST(Estimate, WorkedExample) {
  // 8, 10, 12: deviation 2, three seeds; t(0.975, 2) = 4.302653: 4.302653 * 2 / sqrt(3) = 4.96828.
  const double values[] = {8, 10, 12};
  const Estimate estimate = estimate_of(values);
  EXPECT_DOUBLE_EQ(estimate.mean, 10);
  EXPECT_NEAR(*estimate.ci95, 4.96828, 1e-5);
}

TEST(Estimate, OneSeedHasNoInterval) {
  const double values[] = {8};
  EXPECT_EQ(estimate_of(values), (Estimate{8, {}}));
}

TEST(Summary, GathersTheSeedsOfEachPolicy) {
  const RunResult runs[] = {sample_run("fifo", 1, 8), sample_run("easy", 1, 1),
                            sample_run("fifo", 2, 10), sample_run("fifo", 3, 12)};
  const std::vector<PolicySummary> summaries = summarize(runs);
  ASSERT_EQ(summaries.size(), 2u);
  EXPECT_EQ(summaries[0].policy, "fifo");
  EXPECT_EQ(summaries[0].seeds, 3u);
  EXPECT_DOUBLE_EQ(summaries[0].metrics[0]->mean, 10);  // wait_s_mean stands first.
  EXPECT_NEAR(*summaries[0].metrics[0]->ci95, 4.96828, 1e-5);
  EXPECT_EQ(summaries[1].seeds, 1u);
  EXPECT_FALSE(summaries[1].metrics[0]->ci95);
}

TEST(Summary, AFigureThatOneSeedLacksHasNoMean) {
  RunResult without = sample_run("fifo", 2, 10);
  without.wait_s = {};
  const RunResult runs[] = {sample_run("fifo", 1, 8), without};
  EXPECT_FALSE(summarize(runs)[0].metrics[0]);
}

}  // namespace
}  // namespace tandem
