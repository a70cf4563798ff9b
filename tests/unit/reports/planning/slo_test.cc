#include "reports/planning/slo.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "tests/support/error_of.h"

namespace tandem {
namespace {

using ::testing::StartsWith;

Slo slo(const std::string& text) {
  RunResult names;
  names.tenants.emplace_back().name = "research";
  for (const char* name : {"chat", "code"}) names.services.emplace_back().name = name;
  return parse_slo(text, named_figures(names));
}

RunResult run_with_wait(double p95) {
  RunResult run;
  run.wait_s = Percentiles{};
  run.wait_s->p95 = p95;
  return run;
}

ServiceResult service(const std::string& name, double ttft_p99_ms, double attainment) {
  ServiceResult result;
  result.name = name;
  result.latencies.ttft_ms = Percentiles{};
  result.latencies.ttft_ms->p99 = ttft_p99_ms;
  result.attainment = attainment;
  return result;
}

TEST(Slo, FindsTheFiguresOfARun) {
  EXPECT_EQ(slo("wait.p95 < 1 s").value(run_with_wait(7)), 7);
  EXPECT_EQ(slo("wait.p95 < 1 s").value(RunResult{}), std::nullopt);
  RunResult run;
  run.services = {service("chat", 300, 0.99), service("code", 700, 0.97)};
  EXPECT_EQ(slo("chat.ttft.p99 < 1 s").value(run), 0.3);
  EXPECT_EQ(slo("ttft.p99 < 1 s").value(run), 0.7) << "the worst service";
  EXPECT_EQ(slo("attainment > 1 %").value(run), 0.97) << "the worst service";
  run.services[0].attainment.reset();
  EXPECT_EQ(slo("attainment > 1 %").value(run), std::nullopt);
  run.tenants.emplace_back();
  run.tenants.back().name = "research";
  run.tenants.back().wait_s_p95 = 5;
  EXPECT_EQ(slo("research.wait.p95 < 1 s").value(run), 5);
}

TEST(Slo, StrainIsOneAtTheBound) {
  EXPECT_DOUBLE_EQ(slo("wait.p95 < 2 s").strain(1), 0.5);
  EXPECT_DOUBLE_EQ(slo("wait.p95 < 2 s").strain(2), 1);
  // One in a hundred may be late: two in a hundred are twice what is allowed.
  EXPECT_NEAR(slo("attainment >= 99 %").strain(0.98), 2, 1e-12);
  EXPECT_DOUBLE_EQ(slo("chat.goodput > 4").strain(8), 0.5);
  EXPECT_DOUBLE_EQ(slo("wait.p95 <= 0 s").strain(0), 0);
  const double infinite = std::numeric_limits<double>::infinity();
  EXPECT_EQ(slo("wait.p95 <= 0 s").strain(1), infinite);
  EXPECT_EQ(slo("wait.p95 < 2 s").strain(infinite), infinite);
  EXPECT_EQ(slo("attainment >= 99 %").strain(-infinite), infinite);
  EXPECT_EQ(slo("chat.goodput > 4").strain(-infinite), infinite);
}

TEST(Slo, IsAboutALevel) {
  EXPECT_DOUBLE_EQ(slo("wait.p95 < 30 min").bound(), 1800);
  EXPECT_EQ(slo("wait_s_p95 <= 30 min").text(), "wait.p95 <= 30.0 min");
  EXPECT_THAT(error_of([] { slo("wait.p95 < -1 s"); }),
              StartsWith("--slo:1:12: a promise is about what a run comes to"));
  EXPECT_THAT(error_of([] { slo("jct.mean < +2 %"); }), StartsWith("--slo:1:12: a promise is"));
  EXPECT_THAT(error_of([] { slo("wiat.p95 < 30 min"); }),
              StartsWith("--slo:1:1: unknown figure 'wiat.p95' (did you mean 'wait.p95'?)"));
}

TEST(Slo, WithoutServicesThereIsNoWorstOne) {
  EXPECT_THROW(parse_slo("ttft.p99 < 1 s", named_figures({})), InputError);
}

}  // namespace
}  // namespace tandem
