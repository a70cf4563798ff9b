#include "reports/answer.h"

#include <gtest/gtest.h>

#include "tests/unit/reports/sample_results.h"

namespace tandem {
namespace {

std::string answer_of(const std::vector<RunResult>& runs) { return answer(summarize(runs)); }

TEST(Answer, NamesTheBestAgainstTheFirst) {
  EXPECT_EQ(answer_of({sample_run("fifo", 1, 23040), sample_run("sjf", 1, 7200),
                       sample_run("easy", 1, 4320)}),
            "easy gives the shortest mean wait: 1.20 h, 5.3 times shorter than fifo (6.40 h), at "
            "93.0 % utilization.");
}

TEST(Answer, NamesTheNextBestWhenTheFirstWins) {
  EXPECT_EQ(answer_of({sample_run("fifo", 1, 3600), sample_run("sjf", 1, 7200),
                       sample_run("easy", 1, 4000)}),
            "fifo gives the shortest mean wait: 1.00 h, 10 % shorter than easy (1.11 h), at 93.0 % "
            "utilization.");
}

TEST(Answer, SaysWhenSeedsDoNotTellThemApart) {
  // Intervals: t(0.975, 1) = 12.706 times half the range: ±6.35 min and ±12.7 min.
  EXPECT_EQ(answer_of({sample_run("fifo", 1, 3600), sample_run("fifo", 2, 3720),
                       sample_run("easy", 1, 3480), sample_run("easy", 2, 3540)}),
            "easy has the shortest mean wait, 58.5±6.4 min, but is not separated from fifo "
            "(1.02±0.21 h) by these 2 seeds.");
}

TEST(Answer, NamesWhoCannotBeToldFromTheBest) {
  EXPECT_EQ(answer_of({sample_run("fifo", 1, 36000), sample_run("fifo", 2, 36000),
                       sample_run("sjf", 1, 3600), sample_run("sjf", 2, 3720),
                       sample_run("easy", 1, 3480), sample_run("easy", 2, 3540)}),
            "easy gives the shortest mean wait: 58.5±6.4 min, 10.3 times shorter than fifo (10.0 "
            "h), at 93.0 % utilization. Not separated from it by these 2 seeds: sjf.");
}

TEST(Answer, TiesAreNamedTogether) {
  EXPECT_EQ(
      answer_of({sample_run("fifo", 1, 7200), sample_run("sjf", 1, 0), sample_run("easy", 1, 0)}),
      "sjf and easy give the shortest mean wait: none at all, against 2.00 h under fifo, at "
      "93.0 % utilization.");
  EXPECT_EQ(answer_of({sample_run("fifo", 1, 60), sample_run("sjf", 1, 60)}),
            "The 2 policies give the same mean wait, 1.00 min.");
}

TEST(Answer, OnePolicyIsDescribed) {
  EXPECT_EQ(answer_of({sample_run("fifo", 1, 60)}),
            "Under fifo jobs wait 1.00 min on average, at 93.0 % utilization.");
}

TEST(Answer, WithoutCompletedJobsThereIsNone) {
  RunResult run = sample_run("fifo", 1, 60);
  run.wait_s = {};
  EXPECT_EQ(answer_of({run}), "No job completed.");
}

TEST(Notes, WhatHoldsEverywhereIsSaidOnce) {
  RunResult other = sample_run("easy", 1, 60);
  other.warnings.push_back("aging never ends");
  EXPECT_EQ(notes(std::vector{sample_run("fifo", 1, 60), other}),
            (std::vector<std::string>{"1 of 100 jobs can never run here and were rejected",
                                      "2 of 16 nodes have no price", "easy: aging never ends"}));
}

TEST(Notes, MeansOverDifferentJobsAreNotComparedSilently) {
  RunResult other = sample_run("easy", 1, 60);
  other.jobs = {100, 50, 0, 0, 0, 0, 50};
  other.findings.clear();
  EXPECT_EQ(notes(std::vector{sample_run("fifo", 1, 60), other}),
            (std::vector<std::string>{
                "fifo: 1 of 100 jobs can never run here and were rejected",
                "the policies completed different jobs, so their means are over different sets: "
                "fifo 97, easy 50",
                "2 of 16 nodes have no price"}));
}

}  // namespace
}  // namespace tandem
