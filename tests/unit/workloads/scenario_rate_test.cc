// What a plan does to a workload: more of it, shaken, and the same on every cluster.
#include <gtest/gtest.h>

#include <fstream>
#include <vector>

#include "tests/support/temporary_folder.h"
#include "tests/unit/workloads/scenario_text.h"

namespace tandem {
namespace {

using namespace std::chrono_literals;

std::vector<Time> submissions(const Scenario& scenario, std::uint64_t seed = 1) {
  std::vector<Time> times;
  for (const Arrival& arrival : all_arrivals(scenario, seed)) {
    times.push_back(arrival.job.submitted);
  }
  return times;
}

const std::string kDrawn = with_jobs(
    "  - generate: { count: 50, arrival: poisson, load: 0.5, duration: { exponential: 1 h } }\n"
    "  - job: { name: fixed, submit: 7 h, duration: 1 h }");

TEST(WorkloadRate, DrawnJobsComeMoreOftenAndWrittenOnesAsTheyWould) {
  const auto once = submissions(load(kDrawn));
  const Scenario doubled = load(kDrawn, {{"workload.rate", "x2"}});
  EXPECT_EQ(doubled.rate, 2);
  const auto twice = submissions(doubled);
  EXPECT_EQ(once.size(), twice.size());
  EXPECT_EQ(std::ranges::count(twice, Time{7h}), 1);
  EXPECT_NEAR(to_seconds(twice[0] - kStartOfTime) * 2, to_seconds(once[0] - kStartOfTime), 1e-6);
}

TEST(WorkloadRate, ALoadStaysThatOfTheClusterWithoutThePlan) {
  const Override more{"cluster.nodes.0.count", "4", "", true};
  Override as_set = more;
  as_set.keeps_load = false;
  EXPECT_EQ(submissions(load(kDrawn, {more})), submissions(load(kDrawn)));
  EXPECT_NE(submissions(load(kDrawn, {as_set})), submissions(load(kDrawn)));
  EXPECT_EQ(load(kDrawn, {more}).cluster.device_count(), 32U);
  EXPECT_NE(load(kDrawn, {more}).hash, load(kDrawn, {as_set}).hash);
}

TEST(WorkloadRate, AGroupMayHaveNoNodes) {
  const Scenario empty = load(kDrawn, {{"cluster.nodes.0.count", "0", "", true}});
  EXPECT_EQ(empty.cluster.device_count(), 0U);
  EXPECT_EQ(submissions(empty), submissions(load(kDrawn)));
}

TEST(WorkloadRate, OutagesOfNodesThatAPlanLeavesOutArePassedOver) {
  const std::string text = with_cluster(
      "  nodes: [{ name: h, count: 4, devices: { type: h100-sxm } }]\n"
      "  failures: { outages: [{ node: h-3, at: 1 h, for: 1 h }] }");
  EXPECT_EQ(load(text).failures.outages.size(), 1U);
  EXPECT_TRUE(load(text, {{"cluster.nodes.0.count", "2", "", true}}).failures.outages.empty());
  EXPECT_NE(error_of(text, {{"cluster.nodes.0.count", "2"}}).find("unknown node 'h-3'"),
            std::string::npos);
}

TEST(WorkloadRate, TheClusterAloneIsReadWithoutTheWorkload) {
  const std::string text = with_jobs("  - trace: { file: not-there.csv }");
  EXPECT_EQ(
      load_cluster(text, "s.yaml", {}, {{"cluster.nodes.0.count", "3"}}).cluster.device_count(),
      24U);
  EXPECT_THROW(load_cluster(text, "s.yaml", {}, {{"cluster.nodez", "3"}}), InputError);
}

TEST(WorkloadShake, EverySeedIsAnotherTrace) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "t.csv") << "job_id,submit_time,num_gpu,duration\n"
                                            "a,0,1,9\nb,100,1,9\nc,200,1,9\nd,300,1,9\n";
  const std::string text = with_jobs("  - trace: { file: t.csv }");
  const Scenario plain = load(text, {}, folder.path());
  EXPECT_FALSE(plain.random);
  EXPECT_EQ(submissions(plain, 1), submissions(plain, 2));
  const Scenario shaken = load(text, {{"workload.shake", "0.2"}}, folder.path());
  EXPECT_TRUE(shaken.random);
  EXPECT_EQ(submissions(shaken, 1), submissions(shaken, 1));
  EXPECT_NE(submissions(shaken, 1), submissions(shaken, 2));
  const auto times = submissions(shaken, 1);
  for (std::size_t i = 0; i < times.size(); ++i) {
    const Duration way = times[i] - (kStartOfTime + i * 100s);
    EXPECT_LE(std::chrono::abs(way), Duration{20s}) << "a fifth of the mean gap of 100 s";
  }
  // Twice as often: half the gaps, and half the way.
  const Scenario faster =
      load(text, {{"workload.shake", "0.2"}, {"workload.rate", "x2"}}, folder.path());
  EXPECT_LE(submissions(faster, 1).back(), Time{160s});
}

}  // namespace
}  // namespace tandem
