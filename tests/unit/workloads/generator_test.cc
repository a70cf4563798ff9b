// Generated jobs as a scenario describes them: loads, streams, names, ends.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/unit/workloads/scenario_text.h"

namespace tandem {
namespace {

std::string generate(const std::string& settings) {
  return with_jobs("  - generate: { " + settings + " }");
}

/// What the jobs ask of `devices` devices until the last of them comes.
double load_of(const std::vector<Arrival>& arrivals, double devices) {
  double asked = 0;
  for (const Arrival& arrival : arrivals) {
    asked += arrival.job.demand.devices * to_seconds(arrival.run_time);
  }
  return asked / devices / to_seconds(arrivals.back().job.submitted);
}

TEST(Generator, MeetsTheLoad) {
  const auto meets = [](const std::string& arrival, const std::string& duration) {
    const Scenario scenario = load(
        generate("count: 300000, load: 0.8, devices: { 1: 6, 4: 3, 8: 1 }, arrival: " + arrival +
                 ", duration: " + duration));
    EXPECT_NEAR(load_of(all_arrivals(scenario), 16), 0.8, 0.012) << arrival << " " << duration;
  };
  meets("poisson", "{ exponential: 1 h }");
  meets("{ gamma: { cv: 2 } }", "{ deterministic: 10 min }");
  meets("{ weibull: { shape: 0.7 } }", "{ lognormal: { mean: 1 h, cv: 1 } }");
  meets("{ diurnal: { amplitude: 0.5 } }", "{ empirical: { values: [1 min, 2 h] } }");
  meets("poisson", "{ lognormal: { median: 20 min, p99: 2 days } }, max: 10 h");
}

TEST(Generator, LoadCountsTheDevicesThatJobsAccept) {
  const std::string text =
      "tandem: 1\nname: two-types\ncluster:\n  nodes:\n"
      "  - { name: a, count: 3, devices: { type: h100-sxm, count: 8 } }\n"
      "  - { name: b, devices: { type: a100-sxm-80g, count: 8 } }\n"
      "workload:\n  jobs:\n"
      "  - generate: { count: 100000, load: 0.5, arrival: poisson, types: [a100-sxm-80g],\n"
      "                duration: { exponential: 1 h } }\n";
  EXPECT_NEAR(load_of(all_arrivals(load(text)), 8), 0.5, 0.01);
}

TEST(Generator, OneDistributionChangesAndOtherDrawsStay) {
  const std::string base =
      "count: 500, arrival: { poisson: 40/h }, estimate: round, tenants: { x: 1, y: 2 }, "
      "priority: { 0: 1, 9: 1 }, ";
  const auto before = all_arrivals(
      load(generate(base + "devices: { 1: 1, 2: 1 }, duration: { exponential: 1 h }")));
  const auto after = all_arrivals(
      load(generate(base + "devices: { 1: 1, 2: 1 }, duration: { deterministic: 2 h }")));
  std::size_t different = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_EQ(before[i].job.submitted, after[i].job.submitted);
    EXPECT_EQ(before[i].job.demand, after[i].job.demand);
    EXPECT_EQ(before[i].job.tenant, after[i].job.tenant);
    EXPECT_EQ(before[i].job.priority, after[i].job.priority);
    different += before[i].run_time != after[i].run_time ? 1 : 0;
  }
  EXPECT_EQ(different, before.size());
}

TEST(Generator, SameSeedSameJobs) {
  const Scenario scenario = load(generate(
      "count: 1000, arrival: { poisson: 40/h }, duration: { exponential: 1 h }, estimate: round"));
  EXPECT_TRUE(scenario.random);
  const auto first = all_arrivals(scenario, 7);
  const auto again = all_arrivals(scenario, 7);
  const auto other = all_arrivals(scenario, 8);
  ASSERT_EQ(first.size(), 1000u);
  for (std::size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(first[i].job.id.value, i);
    EXPECT_EQ(first[i].job.name, fmt::format("g0-{}", i));
    EXPECT_EQ(first[i].job.submitted, again[i].job.submitted);
    EXPECT_EQ(first[i].run_time, again[i].run_time);
    EXPECT_EQ(first[i].job.estimate, again[i].job.estimate);
    EXPECT_NE(first[i].run_time, other[i].run_time);
  }
}

TEST(Generator, WithoutChanceTheSeedMakesNoDifference) {
  const Scenario scenario =
      load(generate("count: 3, start: 5 s, arrival: { every: 10 s }, duration: { deterministic: 1 "
                    "min }, devices: 4, name: tick"));
  EXPECT_FALSE(scenario.random);
  const auto arrivals = all_arrivals(scenario);
  ASSERT_EQ(arrivals.size(), 3u);
  EXPECT_EQ(arrivals[2].job.submitted, Time{std::chrono::seconds{25}});
  EXPECT_EQ(arrivals[2].job.name, "tick-2");
  EXPECT_EQ(arrivals[2].job.demand.devices, 4u);
  EXPECT_EQ(arrivals[2].job.estimate, std::chrono::minutes{1});
}

TEST(Generator, EndsAtATimeOrACount) {
  const auto count = [](const std::string& extent) {
    const Scenario scenario =
        load(generate(extent + ", arrival: { every: 10 s }, duration: { deterministic: 1 min }"));
    EXPECT_EQ(scenario.arrivals(1)->count(), all_arrivals(scenario).size());
    return all_arrivals(scenario).size();
  };
  EXPECT_EQ(count("until: 60 s"), 7u);
  EXPECT_EQ(count("until: 60 s, count: 3"), 3u);
  EXPECT_EQ(count("until: 60 s, count: 30"), 7u);
  EXPECT_EQ(count("until: 60 s, start: 2 min"), 0u);
}

TEST(Generator, SeveralSourcesComeInOrderOfTimeThenPlace) {
  const Scenario scenario = load(with_jobs(
      "  - generate: { name: b, count: 3, arrival: { every: 10 s }, duration: { deterministic: 1 s "
      "} }\n"
      "  - job: { name: late, submit: 20 s, duration: 1 s }\n"
      "  - job: { name: early, duration: 1 s }\n"
      "  - generate: { name: a, count: 2, arrival: { every: 20 s }, duration: { deterministic: 1 s "
      "} }"));
  std::string order;
  for (const Arrival& arrival : all_arrivals(scenario)) order += arrival.job.name + " ";
  EXPECT_EQ(order, "b-0 early a-0 b-1 b-2 late a-1 ");
}

TEST(Generator, ZipfTenantsAreUnequal) {
  const Scenario scenario =
      load(generate("count: 20000, arrival: { poisson: 1/s }, duration: { deterministic: 1 s }, "
                    "tenants: { count: "
                    "100, zipf: 1 }"));
  EXPECT_EQ(scenario.tenants.size(), 100u);
  EXPECT_TRUE(scenario.warnings.empty());
  double first = 0;
  for (const Arrival& arrival : all_arrivals(scenario)) first += arrival.job.tenant.value == 0;
  EXPECT_NEAR(first / 20000, 1 / 5.187377517639621, 0.014);  // The 100th harmonic number.
}

TEST(Generator, ClassesHaveRunTimesOfTheirOwn) {
  const Scenario scenario = load(with_jobs(
      "  - generate:\n"
      "      count: 40000\n"
      "      load: 0.5\n"
      "      arrival: { poisson: { hours: [0,0,0,0,0,0, 1,1,1,1,1,1, 2,2,2,2,2,2, 1,1,1,1,1,1] } "
      "}\n"
      "      classes:\n"
      "      - { weight: 3, share: 0.5, duration: { deterministic: 1 min } }\n"
      "      - { weight: 1, devices: { 2: 1, 4: 1 }, duration: { deterministic: 2 h } }"));
  const auto arrivals = all_arrivals(scenario);
  double small = 0;
  double asked = 0;
  for (const Arrival& arrival : arrivals) {
    const Demand& demand = arrival.job.demand;
    const bool is_small = arrival.run_time == std::chrono::minutes(1);
    small += is_small ? 1 : 0;
    EXPECT_EQ(demand.device_share, is_small ? 500U : kWholeDevice);
    EXPECT_EQ(demand.devices == 1, is_small);
    EXPECT_GE(arrival.job.submitted.time_since_epoch() % std::chrono::hours(24),
              std::chrono::hours(6));
    asked += demand.devices * demand.device_share / 1000.0 * to_seconds(arrival.run_time);
  }
  EXPECT_NEAR(small / 40'000, 0.75, 0.012);
  EXPECT_NEAR(asked / 16 / to_seconds(arrivals.back().job.submitted), 0.5, 0.02);
}

TEST(Generator, RepeatsMakeSeriesAndChangeNothingElse) {
  const std::string rest =
      "count: 100000, arrival: { poisson: 40/h }, duration: { exponential: 1 h }, "
      "devices: { 1: 1, 2: 1 }, tenants: { x: 1, y: 3 }";
  const auto once = all_arrivals(load(generate(rest)));
  const auto series = all_arrivals(load(generate(rest + ", repeats: 0.4")));
  double same = 0;
  double mean = 0;
  double by_x = 0;
  for (std::size_t i = 0; i < series.size(); ++i) {
    EXPECT_EQ(series[i].job.submitted, once[i].job.submitted);
    EXPECT_EQ(series[i].job.name, once[i].job.name);
    mean += to_seconds(series[i].run_time) / 100'000;
    by_x += series[i].job.tenant == series[0].job.tenant ? 1 : 0;
    if (i == 0 || series[i].run_time != series[i - 1].run_time) continue;
    ++same;
    EXPECT_EQ(series[i].job.demand, series[i - 1].job.demand);
    EXPECT_EQ(series[i].job.tenant, series[i - 1].job.tenant);
  }
  EXPECT_NEAR(same / 100'000, 0.4, 0.008);
  // The variance of the mean is larger by (1 + r) / (1 - r).
  EXPECT_NEAR(mean / 3600, 1, 5 * std::sqrt(1.4 / 0.6 / 100'000));
  EXPECT_NEAR(std::min(by_x / 100'000, 1 - by_x / 100'000), 0.25, 0.011);
}

TEST(Generator, SaysWhatIsWrongWithClassesAndQuantiles) {
  const auto error = [](const std::string& settings) {
    return error_of(generate("count: 9, arrival: { poisson: 1/h }, " + settings));
  };
  EXPECT_THAT(error("devices: 1"),
              testing::AllOf(testing::HasSubstr("duration"), testing::HasSubstr("classes")));
  EXPECT_THAT(error("classes: [{ weight: 1, duration: { exponential: 1 h } }], devices: 2"),
              testing::HasSubstr("'devices' and 'classes' exclude each other"));
  EXPECT_THAT(error("classes: [{ weight: 0, duration: { exponential: 1 h } }]"),
              testing::HasSubstr("classes: all weights are 0"));
  EXPECT_THAT(
      error("classes: [{ weight: 1, devices: 2, share: 0.5, duration: { exponential: 1 h } }]"),
      testing::HasSubstr("a part of a device is for jobs with 'devices: 1', not 2"));
  const auto quantiles = [&](const std::string& points) {
    return error("duration: { empirical: { quantiles: " + points + " } }");
  };
  EXPECT_EQ(quantiles("{ 0: 1 s, 0.5: 1 min, 1: 1 h }"), "");
  EXPECT_THAT(quantiles("{ 0.1: 1 s, 1: 1 h }"),
              testing::HasSubstr("quantiles: 0.1 is out of order"));
  EXPECT_THAT(quantiles("{ 0: 1 s, 0.5: 1 h, 1: 1 min }"),
              testing::HasSubstr("quantiles: 1 is out of order"));
  EXPECT_THAT(quantiles("{ 0: 1 s, 0.9: 1 h }"),
              testing::HasSubstr("quantiles: the last one must be of probability 1"));
  EXPECT_THAT(quantiles("{ 0: 1 s, x: 1 h }"), testing::HasSubstr("x"));
  EXPECT_THAT(error_of(generate("count: 9, duration: { exponential: 1 h }, "
                                "arrival: { gamma: { rate: 1/h, cv: 1, hours: [1, 2] } }")),
              testing::HasSubstr("hours"));
}

}  // namespace
}  // namespace tandem
