// Coefficients: evaluated by hand, and found again from steps made with them.

#include "workloads/perf/serving/fitted_cost.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/error_of.h"
#include "tests/unit/perf/serving/toy.h"

namespace tandem {
namespace {

constexpr const char* kHeader =
    "prefill_tokens,prefill_pairs,prefill_requests,decode_requests,decode_context,time_us\n";

std::string steps_of(const StepCoefficients& c) {
  std::string csv = kHeader;
  for (const auto& [tokens, requests, decodes, context] :
       std::initializer_list<std::array<std::int64_t, 4>>{{0, 0, 1, 100},
                                                          {0, 0, 8, 9000},
                                                          {0, 0, 64, 20000},
                                                          {512, 1, 0, 0},
                                                          {2048, 1, 0, 0},
                                                          {2048, 4, 0, 0},
                                                          {300, 2, 40, 50000}}) {
    const double pairs = static_cast<double>(tokens * (tokens + 1)) / 2;
    const double seconds = c.step + c.prefill_tokens * static_cast<double>(tokens) +
                           c.prefill_pairs * pairs +
                           c.requests * static_cast<double>(requests + decodes) +
                           c.decode_context * static_cast<double>(context);
    csv += fmt::format("{},{},{},{},{},{}\n", tokens, pairs, requests, decodes, context,
                       seconds * 1e6);
  }
  return csv;
}

TEST(FittedCost, ByHand) {
  const FittedCost cost({1e-3, 2e-6, 1e-9, 1e-5, 3e-8}, "mine");
  BatchShape shape = prefill_shape(100);
  shape.decode_requests = 3;
  shape.decode_context = 1000;
  // 1 ms + 200 us + 5.05 us + 40 us + 30 us.
  EXPECT_DOUBLE_EQ(microseconds(cost, shape), 1275.05);
  EXPECT_EQ(cost.line(shape).slope_ps, 30000);
}

TEST(FittedCost, RefusesWhatIsNoTime) {
  EXPECT_EQ(error_of([] {
              FittedCost({-1, 0, 0, 0, 0}, "mine");
            }),
            "mine: coefficient step is -1: expected seconds, 0 to a day");
  EXPECT_EQ(error_of([] { FittedCost({}, "mine"); }), "mine: all coefficients are 0");
}

TEST(FitCoefficients, FindsThemAgain) {
  const StepFit fit = fit_coefficients(steps_of({5e-3, 2e-5, 1e-9, 1e-5, 3e-8}), "steps.csv");
  EXPECT_NEAR(fit.coefficients.step, 5e-3, 1e-8);
  EXPECT_NEAR(fit.coefficients.prefill_tokens, 2e-5, 1e-10);
  EXPECT_NEAR(fit.coefficients.prefill_pairs, 1e-9, 1e-14);
  EXPECT_NEAR(fit.coefficients.requests, 1e-5, 1e-10);
  EXPECT_NEAR(fit.coefficients.decode_context, 3e-8, 1e-13);
  EXPECT_EQ(fit.steps, 7U);
  EXPECT_LT(fit.mean_error, 1e-6);
  EXPECT_NEAR(fit.band.low, 1, 1e-6);
  EXPECT_NEAR(fit.band.high, 1, 1e-6);
}

TEST(FitCoefficients, NoneIsBelowZero) {
  // Longer contexts were faster: what fits best without a negative coefficient has none for them.
  std::string csv = kHeader;
  for (int i = 1; i <= 8; ++i) csv += fmt::format("0,0,0,1,{},{}\n", 100 * i, 1000 - i);
  const StepFit fit = fit_coefficients(csv, "steps.csv");
  EXPECT_EQ(fit.coefficients.decode_context, 0);
  EXPECT_EQ(fit.coefficients.prefill_tokens, 0);
  // Step and request cannot be told apart here: one of them has it all.
  EXPECT_NEAR(fit.coefficients.step + fit.coefficients.requests, 995.5e-6, 1e-9);
}

TEST(FitCoefficients, SaysWhatIsWrong) {
  EXPECT_EQ(error_of([] { fit_coefficients(kHeader, "steps.csv"); }),
            "steps.csv: 0 measured steps are too few to fit 5 coefficients: expected 6 or more");
  EXPECT_EQ(error_of([] { fit_coefficients(std::string(kHeader) + "0,0,0,1,5,-3\n", "s.csv"); }),
            "s.csv:2:11: time_us is '-3': expected microseconds, above 0, at most a day");
}

}  // namespace
}  // namespace tandem
