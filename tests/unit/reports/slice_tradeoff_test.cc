#include "reports/slice_tradeoff.h"

#include <gtest/gtest.h>

#include "tests/unit/reports/sample_results.h"

namespace tandem {
namespace {

SlicedRun sliced(std::uint32_t slices, const std::string& policy, double makespan,
                 std::uint64_t seed = 1) {
  SlicedRun run{slices, sample_run(policy, seed, 60)};
  run.result.pipelines = sample_pipelines(makespan);
  run.result.pipelines[0].runs = {4, 4, 0, 0, 0, 0, 0};
  run.result.pipelines[0].stages[1].slices = slices;
  return run;
}

TEST(SliceTradeoff, NamesTheBestFirst) {
  const SliceTradeoff tradeoff(
      "nightly", "eval",
      {sliced(1, "fifo", 10800), sliced(1, "easy", 9000), sliced(4, "fifo", 7200),
       sliced(4, "easy", 3600), sliced(8, "fifo", 14400), sliced(8, "easy", 5400)});
  EXPECT_EQ(tradeoff.text(80),
            R"(nightly is shortest with eval in 4 slices, under easy: 1.00 h, 2.50 times
shorter than in 1 slice (2.50 h).

under fifo
  slices  overhead  wait, mean  stage span  makespan
       1    25.0 %    1.50 min    30.0 min    3.00 h
       4    25.0 %    1.50 min    30.0 min    2.00 h*
       8    25.0 %    1.50 min    30.0 min    4.00 h

under easy
  slices  overhead  wait, mean  stage span  makespan
       1    25.0 %    1.50 min    30.0 min    2.50 h
       4    25.0 %    1.50 min    30.0 min    1.00 h*
       8    25.0 %    1.50 min    30.0 min    1.50 h

* the shortest makespan under its policy
)");
  const auto json = tradeoff.json();
  EXPECT_EQ(json["best"].dump(), R"({"policy":"easy","slices":4})");
  EXPECT_EQ(json["rows"].size(), 6U);
  EXPECT_EQ(json["rows"][4]["slices"], 4);
  EXPECT_EQ(json["rows"][4]["makespan_s"].dump(), R"({"mean":3600.0,"ci95":null})");
}

TEST(SliceTradeoff, FewerSlicesWinWhereNothingIsGained) {
  const SliceTradeoff tradeoff("nightly", "eval",
                               {sliced(2, "fifo", 3600), sliced(1, "fifo", 3600)});
  EXPECT_EQ(tradeoff.best()->slices, 1U);
  EXPECT_NE(tradeoff.text(200).find("As short: 2 slices under fifo."), std::string::npos);
}

TEST(SliceTradeoff, SeedsThatDoNotTellApartAreSaidSo) {
  const SliceTradeoff tradeoff("nightly", "eval",
                               {sliced(1, "fifo", 3600, 1), sliced(1, "fifo", 7200, 2),
                                sliced(2, "fifo", 3500, 1), sliced(2, "fifo", 7200, 2)});
  EXPECT_EQ(tradeoff.best()->slices, 2U);
  EXPECT_EQ(tradeoff.rows()[0].seeds, 2U);
  EXPECT_NE(tradeoff.text(300).find("Not separated from it: 1 slice under fifo."),
            std::string::npos);
}

TEST(SliceTradeoff, ACutThatCompletesFewerRunsIsNotTheBest) {
  auto broken = sliced(8, "fifo", 60);
  broken.result.pipelines[0].runs = {4, 2, 1, 0, 1, 0, 0};
  const SliceTradeoff tradeoff("nightly", "eval", {sliced(1, "fifo", 3600), broken});
  EXPECT_EQ(tradeoff.best()->slices, 1U);
  EXPECT_NE(tradeoff.text(200).find("! 2 of 4 runs were not completed with 8 slices under fifo"),
            std::string::npos);
}

TEST(SliceTradeoff, WithoutACompletedRunThereIsNoBest) {
  const SliceTradeoff tradeoff("never", "only", {sliced(1, "fifo", 60)});
  EXPECT_EQ(tradeoff.best(), nullptr);
  EXPECT_EQ(tradeoff.text(80).find("No run of never was completed."), 0U);
  EXPECT_TRUE(tradeoff.json()["best"].is_null());
}

}  // namespace
}  // namespace tandem
