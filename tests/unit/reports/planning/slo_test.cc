#include "reports/planning/slo.h"

#include <gtest/gtest.h>

#include <limits>

#include "policies/core/error.h"

namespace tandem {
namespace {

const SloNames kNames{{"chat", "code"}, {"research", "research/vision"}};

Slo slo(const std::string& text) { return parse_slo(text, kNames); }

std::string refusal(const std::string& text) {
  try {
    slo(text);
  } catch (const InputError& error) {
    return error.what();
  }
  return "taken";
}

RunResult run_with_wait(double p95) {
  RunResult run;
  run.wait_s = Distribution{};
  run.wait_s->p95 = p95;
  return run;
}

ServiceResult service(const std::string& name, double ttft_p99_ms, double attainment) {
  ServiceResult result;
  result.name = name;
  result.latencies.ttft_ms = Distribution{};
  result.latencies.ttft_ms->p99 = ttft_p99_ms;
  result.attainment = attainment;
  return result;
}

TEST(Slo, BoundsCarryUnits) {
  EXPECT_DOUBLE_EQ(slo("wait.p95 < 30 min").bound, 1800);
  EXPECT_DOUBLE_EQ(slo("wait.p95<30min").bound, 1800);
  EXPECT_DOUBLE_EQ(slo("  wait.mean  <=  1.5 h ").bound, 5400);
  EXPECT_DOUBLE_EQ(slo("chat.ttft.p99 < 800 ms").bound, 0.8);
  EXPECT_DOUBLE_EQ(slo("attainment >= 99 %").bound, 0.99);
  EXPECT_DOUBLE_EQ(slo("attainment >= 0.99").bound, 0.99);
  EXPECT_DOUBLE_EQ(slo("energy < 2 MWh").bound, 2000);
  EXPECT_DOUBLE_EQ(slo("cost < 5000 USD").bound, 5000);
  EXPECT_DOUBLE_EQ(slo("slowdown.p95 < 10").bound, 10);
}

TEST(Slo, NamesAreThoseOfResultsWithDots) {
  EXPECT_EQ(slo("wait_s_p95 < 3 s").figure, "wait.p95");
  EXPECT_EQ(slo("makespan < 3 h").figure, "makespan");
  EXPECT_EQ(slo("jobs.rejected <= 0").figure, "jobs.rejected");
  EXPECT_EQ(slo("queue_length.max < 3").figure, "queue_length.max");
  EXPECT_EQ(slo("research/vision.wait.p95 < 3 h").figure, "research/vision.wait.p95");
  EXPECT_EQ(slo("code.kv_utilization.max < 90 %").figure, "code.kv_utilization.max");
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

TEST(Slo, ComparesAsItSays) {
  EXPECT_FALSE(slo("wait.p95 < 1 s").is_met(1));
  EXPECT_TRUE(slo("wait.p95 <= 1 s").is_met(1));
  EXPECT_FALSE(slo("utilization > 50 %").is_met(0.5));
  EXPECT_TRUE(slo("utilization >= 50 %").is_met(0.5));
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

TEST(Slo, SaysWhereItIsWrong) {
  EXPECT_EQ(refusal("wiat.p95 < 30 min"),
            "--slo:1:1: unknown figure 'wiat.p95' (did you mean 'wait.p95'?), in 'wiat.p95 < 30 "
            "min'");
  EXPECT_EQ(refusal("chatt.ttft.p99 < 1 s").substr(0, 47),
            "--slo:1:1: unknown figure 'chatt.ttft.p99' (did");
  EXPECT_EQ(refusal("wait.p95 30 min"),
            "--slo:1:10: expected <, <=, > or >=, in 'wait.p95 30 min'");
  EXPECT_EQ(refusal("wait.p95 < 30"),
            "--slo:1:14: expected a unit (one of: s, ms, us, min, h, day, days, week, weeks), in "
            "'wait.p95 < 30'");
  EXPECT_EQ(refusal("wait.p95 < 30 mn"),
            "--slo:1:15: unknown unit 'mn' (one of: s, ms, us, min, h, day, days, week, weeks), in "
            "'wait.p95 < 30 mn'");
  EXPECT_EQ(refusal("wait.p95 < -1 s").substr(0, 25), "--slo:1:12: expected a nu");
  EXPECT_EQ(refusal("wait.p95 < 1 s or so").substr(0, 32), "--slo:1:16: expected the end, in");
  EXPECT_EQ(refusal("attainment >= 990 %").substr(0, 38), "--slo:1:15: a share is at most 100 %, ");
  EXPECT_EQ(refusal("slowdown.p95 < 3 s").substr(0, 43),
            "--slo:1:18: this figure has no unit, found ");
  EXPECT_EQ(refusal("").substr(0, 27), "--slo:1:1: expected a figur");
  EXPECT_NE(refusal("wait.p95 < inf s"), "taken");
  EXPECT_NE(refusal("wait.p95 < 1e308 weeks"), "taken");
}

TEST(Slo, WithoutServicesThereIsNoWorstOne) {
  EXPECT_THROW(parse_slo("ttft.p99 < 1 s", {}), InputError);
}

}  // namespace
}  // namespace tandem
