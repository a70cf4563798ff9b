#include "reports/table.h"

#include <gtest/gtest.h>

#include <sstream>

#include "reports/human.h"
#include "tests/unit/reports/sample_results.h"

namespace tandem {
namespace {

const std::string kLongName = "fair-share:half_life=7d+conservative+pack";

ResultDocument document_of(std::vector<RunResult> runs) {
  ResultDocument document;
  document.runs = std::move(runs);
  return document;
}

ResultDocument three_policies() {
  return document_of(
      {sample_run("fifo", 1, 23040), sample_run("easy", 1, 4320), sample_run(kLongName, 1, 7920)});
}

std::size_t widest_line(const std::string& text) {
  std::istringstream in(text);
  std::size_t widest = 0;
  for (std::string line; std::getline(in, line);) widest = std::max(widest, display_width(line));
  return widest;
}

TEST(Table, AnswerThenNotesThenPoliciesSideBySide) {
  EXPECT_EQ(result_table(three_policies()),
            R"(easy gives the shortest mean wait: 1.20 h, 5.3 times shorter than fifo (6.40 h),
at 93.0 % utilization.
! 1 of 100 jobs can never run here and were rejected
! 2 of 16 nodes have no price

                                                fair-share:half_life=7d
                             fifo        easy        +conservative+pack
wait, mean                 6.40 h      1.20 h*                   2.20 h
wait, p50                  3.20 h    36.0 min*                   1.10 h
wait, p95                  19.2 h      3.60 h*                   6.60 h
wait, p99               1.07 days      4.80 h*                   8.80 h
wait, longest           1.33 days      6.00 h*                   11.0 h
JCT, mean                  7.40 h      2.20 h*                   3.20 h
JCT, p95                   2.75 h      2.75 h                    2.75 h
bounded slowdown, mean       7.40        2.20*                     3.20
bounded slowdown, p95        3.00        3.00                      3.00
makespan                10.0 days   10.0 days                 10.0 days
utilization                93.0 %      93.0 %                    93.0 %
device-hours                 1234        1234                      1234
goodput device-hours         1200        1200                      1200
fairness (Jain)             0.875       0.875                     0.875
unfair finish, rho > 1     25.0 %      25.0 %                    25.0 %
cost                         3086        3086                      3086
energy                   1.11 MWh    1.11 MWh                  1.11 MWh
waited > 10 medians             3           3                         3
queue, mean                  4.50        4.50                      4.50
queue, longest                 17          17                        17
completed                      97          97                        97
failed                          1           1                         1
cancelled                       1           1                         1
rejected                        1           1                         1

* best of its row
)");
}

TEST(Table, IntervalsAlign) {
  EXPECT_EQ(result_table(document_of({sample_run("fifo", 1, 23040), sample_run("fifo", 2, 24040),
                                      sample_run("easy", 1, 4320), sample_run("easy", 2, 4420)}))
                .substr(0, 650),
            R"(easy gives the shortest mean wait: 1.21±0.18 h, 5.4 times shorter than fifo
(6.54±1.76 h), at 93.0 % utilization.
! 1 of 100 jobs can never run here and were rejected
! 2 of 16 nodes have no price

                                  fifo           easy
wait, mean                 6.54±1.76 h    1.21±0.18 h*
wait, p50                  3.27±0.88 h   36.4±5.3 min*
wait, p95                   19.6±5.3 h    3.64±0.53 h*
wait, p99               1.09±0.29 days    4.86±0.71 h*
wait, longest           1.36±0.37 days    6.07±0.88 h*
JCT, mean                  7.54±1.76 h    2.21±0.18 h*
JCT, p95                        2.75 h         2.75 h
)");
}

TEST(Table, WrapsToBlocksThatFit) {
  const std::string text = result_table(three_policies(), {60, false});
  EXPECT_LE(widest_line(text), 60u);
  EXPECT_NE(text.find(" fifo        easy\nwait, mean"), std::string::npos) << text;
  EXPECT_NE(text.find(" fair-share:half_life=7d\n"), std::string::npos) << text;
}

TEST(Table, NamesTooLongForTwoLinesAreShortenedAndExplained) {
  const std::string name = "priority-aging:max_age=7d,step=1h,weight=1000+conservative+pack";
  const std::string text = result_table(document_of({sample_run(name, 1, 60)}));
  EXPECT_NE(text.find("…\n"), std::string::npos) << text;
  EXPECT_NE(text.find("column 1 is " + name + "\n"), std::string::npos) << text;
  EXPECT_LE(widest_line(text), 80u);
}

TEST(Table, ColourOnlyWhenAsked) {
  EXPECT_EQ(result_table(three_policies()).find('\x1b'), std::string::npos);
  EXPECT_NE(result_table(three_policies(), {80, true}).find("\x1b[1;32m1.20 h*\x1b[0m"),
            std::string::npos);
}

TEST(Table, MissingFiguresAreDashesAndEqualRowsUnmarked) {
  RunResult bare = sample_run("bare", 1, 60);
  bare.cost = {};
  const std::string text = result_table(document_of({bare, sample_run("fifo", 1, 60)}));
  EXPECT_NE(text.find("\ncost                            -        3086\n"), std::string::npos)
      << text;
  EXPECT_EQ(text.find("* "), text.rfind("* best")) << text;
}

}  // namespace
}  // namespace tandem
