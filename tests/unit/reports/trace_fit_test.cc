// What a fit's report says first, and what it calls close.
#include "reports/trace_fit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

FitReport report() {
  FitReport report;
  report.file = "jobs.csv";
  report.noun = "job";
  report.count = 4;
  report.figures = {{"gap_s", "gap", Unit::kSeconds, {1, 2, 3}, {1, 2, 4}, 0.05, 0.4},
                    {"devices", "devices", Unit::kPlain, {1, 1, 8, 8}, {1, 1, 1, 8}, 0.08, 0.4}};
  report.wait = FittedWait{16, 0.7, 1000, {1100, 50}, 10};
  return report;
}

TEST(TraceFit, TheAnswerComesFirst) {
  EXPECT_TRUE(is_close(report()));
  const std::string text = fit_text(report(), 200);
  EXPECT_THAT(text,
              StartsWith("The fit is close: mean wait under FIFO 18.3±0.8 min, the trace's 16.7 "
                         "min (+10 %); distributions at most 0.080 apart (devices).\n"));
  EXPECT_THAT(text, HasSubstr("0.050 (0.400)"));
  EXPECT_THAT(text, HasSubstr("16 devices, of which the trace keeps 70.0 % busy; ± 95 % confidence "
                              "over 10 seeds"));
}

TEST(TraceFit, AQuarterOfTheWaitOrItsIntervalIsClose) {
  FitReport fit = report();
  fit.wait->drawn_s = {1250, 1};
  EXPECT_TRUE(is_close(fit));
  fit.wait->drawn_s = {1251, 1};
  EXPECT_FALSE(is_close(fit));
  EXPECT_THAT(fit_text(fit, 200), StartsWith("The fit is not close: mean wait under FIFO"));
  fit.wait->drawn_s = {1900, 900};
  EXPECT_TRUE(is_close(fit));
  fit.wait->drawn_s = {1900, std::nullopt};
  EXPECT_FALSE(is_close(fit));
}

TEST(TraceFit, DistancesAndSharesCount) {
  FitReport fit = report();
  fit.figures[1].distance = 0.11;
  EXPECT_FALSE(is_close(fit));
  fit = report();
  fit.wait.reset();
  fit.numbers = {{"gap_cv", "variation of gaps", Unit::kPlain, 13, 3}};
  EXPECT_TRUE(is_close(fit));
  fit.numbers.push_back({"prefix_hits", "cache hits", Unit::kFraction, 0.64, 0});
  EXPECT_FALSE(is_close(fit));
  const std::string text = fit_text(fit, 200);
  EXPECT_THAT(text, StartsWith("The fit is not close: distributions at most 0.080 apart (devices); "
                               "cache hits: 0 %, the trace's 64.0 %.\n"));
  EXPECT_THAT(text, HasSubstr("variation of gaps  trace 13.0, drawn 3.00"));
}

TEST(TraceFit, ForPrograms) {
  const auto json = fit_json(report());
  EXPECT_EQ(json["schema"], "tandem.fit/1");
  EXPECT_EQ(json["close"], true);
  EXPECT_TRUE(json["scenario"].is_null());
  EXPECT_EQ(json["figures"][1]["trace"]["mean"], 4.5);
  EXPECT_EQ(json["figures"][1]["ks_distance"], 0.08);
  EXPECT_EQ(json["wait"]["drawn_s"]["ci95"], 50);
  FitReport fit = report();
  fit.wait.reset();
  EXPECT_TRUE(fit_json(fit)["wait"].is_null());
}

}  // namespace
}  // namespace tandem
