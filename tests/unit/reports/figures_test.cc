#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policies/core/error.h"
#include "reports/figures/figure.h"
#include "reports/figures/plot.h"
#include "reports/figures/svg.h"
#include "reports/history/report.h"

namespace tandem {
namespace {

using testing::HasSubstr;

std::vector<std::string> texts(const std::vector<Mark>& marks) {
  std::vector<std::string> result;
  for (const Mark& mark : marks) result.push_back(mark.text);
  return result;
}

TEST(Marks, AreRound) {
  using Kind = PlotAxis::Kind;
  EXPECT_EQ(texts(marks_of({0, 10, Kind::kNumber, "", false}, 5)),
            (std::vector<std::string>{"0", "2", "4", "6", "8", "10"}));
  EXPECT_EQ(texts(marks_of({0, 1, Kind::kShare, "", false}, 4)),
            (std::vector<std::string>{"0 %", "50 %", "100 %"}));
  EXPECT_EQ(texts(marks_of({0, 28. * 86400, Kind::kSeconds, "", false}, 5)),
            (std::vector<std::string>{"0 days", "7 days", "14 days", "21 days", "28 days"}));
  EXPECT_EQ(texts(marks_of({0, 5400, Kind::kSeconds, "", false}, 5)),
            (std::vector<std::string>{"0 min", "20 min", "40 min", "60 min", "80 min"}));
  EXPECT_TRUE(marks_of({0, 0, Kind::kNumber, "", false}, 5).empty());
}

TEST(Svg, TextIsTextWhateverItHolds) {
  EXPECT_EQ(xml_escaped("<a href=\"x\">&"), "&lt;a href=&quot;x&quot;&gt;&amp;");
  EXPECT_EQ(xml_escaped("日\x01\xFF"), "日\uFFFD\uFFFD");
}

TEST(Svg, NumbersAreShort) {
  Svg svg;
  svg.box(1, 2.5, 3.333333, 0, "#fff");
  EXPECT_THAT(svg.document(10, 20, "t"),
              HasSubstr("<rect x=\"1\" y=\"2.5\" width=\"3.33\" height=\"0\" fill=\"#fff\"/>"));
}

PolicySummary summary(double cost, double wait) {
  RunResult run;
  run.policy = fmt::format("{} {}", cost, wait);
  run.cost = cost;
  run.wait_s = Percentiles{wait, wait, wait, wait, wait, wait};
  return summarize(std::span(&run, 1)).front();
}

TEST(ParetoFront, HasWhomNobodyBeatsInBoth) {
  const std::vector<PolicySummary> policies = {summary(10, 5), summary(8, 7), summary(9, 9),
                                               summary(12, 5), summary(12, 1)};
  EXPECT_EQ(pareto_front(policies), (std::vector<std::size_t>{1, 0, 4}));
  EXPECT_TRUE(pareto_front({}).empty());
}

TEST(Figure, WithoutWhatItShowsIsRefused) {
  const Report report = make_report("t", {RunResult{}}, {ReportedRun{}});
  for (const char* name : {"wait", "first-token", "cost", "loss"}) {
    EXPECT_THROW(figure(name, report), InputError) << name;
  }
}

}  // namespace
}  // namespace tandem
