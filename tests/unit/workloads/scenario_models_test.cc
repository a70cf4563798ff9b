// Models, qualities of service, partitions, limits, racks and what preempting costs.
#include <gtest/gtest.h>

#include "tests/unit/workloads/scenario_text.h"

namespace tandem {
namespace {

/// Two types of devices, jobs and what follows them in the workload.
std::string text(const std::string& jobs, const std::string& workload = "",
                 const std::string& rest = "") {
  return "tandem: 1\nname: test\ncluster:\n  nodes:\n"
         "  - { name: h, devices: { type: h100-sxm, count: 8 } }\n"
         "  - { name: a, devices: { type: a100-sxm-80g, count: 8 } }\n"
         "  - { name: head }\n"
         "  partitions: { debug: { types: [h100-sxm], priority: 10 }, batch: { priority: 5 } }\n"
         "workload:\n  jobs:\n" +
         jobs + "\n" + workload + "\n" + rest;
}
std::string job(const std::string& settings) {
  return "  - job: { name: j, duration: 1 h" + settings + " }";
}
const std::string kModels =
    "  models:\n"
    "    gpt: { throughput: { h100-sxm: 100, a100-sxm-80g: 40 }, excludes: [resnet] }\n"
    "    resnet: { throughput: { h100-sxm: 300, a100-sxm-80g: 0 } }\n"
    "    bert: { throughput: { h100-sxm: 3, a100-sxm-80g: 1.5 }, reference: a100-sxm-80g }\n"
    "    plain: { excludes: [plain] }\n";

TEST(ScenarioModels, SpeedsAreAgainstTheReference) {
  const Scenario scenario = load(text(job(", model: gpt"), kModels));
  const Models& models = scenario.models;
  ASSERT_EQ(models.size(), 5U);
  const auto speed = [&](const char* model, std::uint32_t type) {
    return models.speed_ppm(*models.find(model), DeviceTypeId{type});
  };
  EXPECT_EQ(speed("gpt", 0), 1'000'000U);
  EXPECT_EQ(speed("gpt", 1), 400'000U);
  EXPECT_EQ(speed("resnet", 1), 0U);
  EXPECT_EQ(speed("bert", 0), 2'000'000U);
  EXPECT_EQ(speed("bert", 1), 1'000'000U);
  EXPECT_EQ(speed("plain", 1), 1'000'000U);
}

TEST(ScenarioModels, NarrowTheDemandOfTheirJobs) {
  const auto demand = [](const std::string& settings) {
    return all_arrivals(load(text(job(settings), kModels)))[0].job.demand;
  };
  EXPECT_EQ(demand(", model: resnet").types & 3U, 1U);
  EXPECT_EQ(demand(", model: gpt").types & 3U, 3U);
  EXPECT_EQ(demand(", model: resnet").excludes, 1U << 1U);  // gpt, which excludes it.
  EXPECT_EQ(demand(", model: plain").excludes, demand(", model: plain").model);
  EXPECT_EQ(demand("").excludes, 0U);
  EXPECT_EQ(all_arrivals(load(text(job(", model: bert"), kModels)))[0].job.model, ModelId{3});
}

TEST(ScenarioModels, AreDrawnByWeight) {
  const std::string draw =
      "  - generate: { count: 200, arrival: { every: 1 s }, duration: { deterministic: 1 s }, "
      "models: { resnet: 3, gpt: 1 } }";
  const Scenario scenario = load(text(draw, kModels));
  EXPECT_TRUE(scenario.random);
  int resnets = 0;
  for (const Arrival& arrival : all_arrivals(scenario)) {
    const bool is_resnet = arrival.job.model == scenario.models.find("resnet");
    resnets += is_resnet ? 1 : 0;
    EXPECT_EQ(arrival.job.demand.types & 3U, is_resnet ? 1U : 3U);
  }
  EXPECT_NEAR(resnets, 150, 30);
}

TEST(ScenarioModels, MistakesAreExplained) {
  const auto models = [](const std::string& list) {
    return text(job(""), "  models: { " + list + " }");
  };
  expect_error(text(job(", model: gtp"), kModels), "unknown model 'gtp' (did you mean 'gpt'?)");
  expect_error(text(job(", model: gpt")),
               "unknown model 'gpt': the scenario has no workload.models");
  expect_error(
      models("m: { throughput: { h100-sxn: 1, a100-sxm-80g: 1 } }"),
      "device type 'h100-sxn' is neither in the cluster nor in the catalogue (did you mean "
      "'h100-sxm'?)");
  expect_error(models("m: { throughput: { h100-sxm: 1 } }"),
               "s.yaml:12:30: throughput of 'm': the cluster has 'a100-sxm-80g' too; give 0");
  expect_error(models("m: { throughput: { h100-sxm: 1, a100-sxm-80g: 0 }, reference: h200-sxm }"),
               "'h200-sxm' has no throughput above 0 (did you mean 'h100-sxm'?)");
  expect_error(models("m: { throughput: { h100-sxm: 1e9, a100-sxm-80g: 1 } }"),
               "from 1e-6 to 4000");
  expect_error(models("m: { excludes: [n] }"), "s.yaml:12:29: unknown model 'n'");
  expect_error(
      text("  - generate: { count: 2, arrival: { every: 1 s }, duration: { deterministic: 1 "
           "s }, models: { gpt: 1, bret: 1 } }",
           kModels),
      "unknown model 'bret' (did you mean 'bert'?)");
  expect_error(
      text("  - generate: { count: 2, arrival: { every: 1 s }, duration: { deterministic: 1 "
           "s }, models: { gpt: 1 }, model: gpt }",
           kModels),
      "'model' and 'models' exclude each other");
}

TEST(ScenarioClasses, AreSharesOfTheLargest) {
  const std::string qos = "  qos: { high: 100, normal: 10 }";
  const auto made = [&](const std::string& settings) {
    return all_arrivals(load(text(job(settings), qos)))[0].job;
  };
  EXPECT_EQ(made(", qos: high").qos_ppm, 1'000'000U);
  EXPECT_EQ(made(", qos: normal").qos_ppm, 100'000U);
  EXPECT_EQ(made("").qos_ppm, 0U);
  EXPECT_EQ(made(", partition: debug").partition_ppm, 1'000'000U);
  EXPECT_EQ(made(", partition: debug").demand.types, 1U);
  EXPECT_EQ(made(", partition: batch").partition_ppm, 500'000U);
  EXPECT_EQ(made(", partition: batch").demand.types, kAnyType);
  EXPECT_EQ(made(", partition: debug, types: [a100-sxm-80g]").demand.types, 0U);
  expect_error(text(job(", qos: hihg"), qos), "unknown qos 'hihg' (did you mean 'high'?)");
  expect_error(text(job(", qos: high")), "unknown qos 'high': the scenario has no qos");
  expect_error(text(job(", partition: debugg")),
               "unknown partition 'debugg' (did you mean 'debug'?)");
}

TEST(ScenarioLimits, NameWhatTheyAreFor) {
  const Scenario scenario =
      load(text(job(", tenant: vision"), kModels,
                "tenants: { research: { tenants: { vision: {} } } }\n"
                "limits:\n"
                "- { tenant: research, kind: train, model: gpt, running: 4, submitted: 100 }\n"
                "- { submitted: 9 }"));
  ASSERT_EQ(scenario.limits.size(), 2U);
  const Limit& limit = scenario.limits[0];
  EXPECT_EQ(limit.name, "tenant research, kind train, model gpt");
  EXPECT_EQ(limit.tenant, TenantId{0});
  EXPECT_EQ(limit.kind, JobKind::kTrain);
  EXPECT_EQ(limit.model, ModelId{1});
  EXPECT_EQ(limit.running, 4U);
  EXPECT_EQ(limit.submitted, 100U);
  EXPECT_EQ(scenario.limits[1].name, "the workload");
  EXPECT_FALSE(scenario.limits[1].running.has_value());
}

TEST(ScenarioLimits, MistakesAreExplained) {
  const auto limits = [](const std::string& limit) {
    return text(job(""), "", "limits: [{ " + limit + " }]");
  };
  expect_error(limits("tenant: defautl, running: 1"),
               "s.yaml:13:20: unknown tenant 'defautl' (did you mean 'default'?)");
  expect_error(limits("model: gpt, running: 1"), "unknown model 'gpt'");
  expect_error(limits("kind: trian, running: 1"), "unknown value 'trian'");
  expect_error(limits("kind: train"), "a limit needs 'running' or 'submitted'");
  expect_error(limits("running: 0"), "'0' is out of range: it must be from 1");
}

TEST(ScenarioRacks, FillOneAfterTheOther) {
  const Scenario scenario = load(with_cluster(
      "  network: { nic: 1 Gbps, racks_per_pod: 2 }\n"
      "  nodes: [{ name: a, count: 5, rack: 2 }, { name: b, count: 3 }, { name: c, rack: 1 }]"));
  std::vector<std::pair<std::uint32_t, std::uint32_t>> places;
  for (const Node& node : scenario.cluster.nodes()) places.emplace_back(node.rack, node.pod);
  EXPECT_EQ(places, (decltype(places){
                        {0, 0}, {0, 0}, {1, 0}, {1, 0}, {2, 1}, {3, 1}, {3, 1}, {3, 1}, {4, 2}}));
  const Scenario none = load(with_cluster("  nodes: [{ name: a }, { name: b }]"));
  EXPECT_EQ(none.cluster.nodes()[1].rack, 0U);
  expect_error(with_cluster("  nodes: [{ name: a }]\n  network: { nic: 1 Gbps, racks_per_pod: 2 }"),
               "s.yaml:5:42: racks_per_pod needs racks");
}

TEST(ScenarioPreemption, HasACost) {
  const std::string nodes = "  nodes: [{ name: a }]\n";
  EXPECT_TRUE(load(with_cluster(nodes)).preemption.save);
  const Scenario scenario =
      load(with_cluster(nodes + "  preemption: { save: false, restart: 30 s }"));
  EXPECT_FALSE(scenario.preemption.save);
  EXPECT_EQ(scenario.preemption.costs[0].restart, Duration{std::chrono::seconds{30}});
  EXPECT_EQ(scenario.preemption.costs[0].start, Duration::zero());
  ASSERT_EQ(scenario.warnings.size(), 1U);
  EXPECT_NE(scenario.warnings[0].find("lose all they have done"), std::string::npos);
  EXPECT_TRUE(load(with_cluster(nodes + "  preemption: { save: false }\n  failures: { "
                                        "checkpoint_interval: 1 h }"))
                  .warnings.empty());
  expect_error(with_cluster(nodes + "  preemption: { restart: 30 }"), "expected a duration");
  const GangCosts costs =
      load(with_cluster(nodes + "  preemption: { start: 2 s, stop: 3 s }")).preemption.on({0});
  EXPECT_EQ(costs.start, Duration{std::chrono::seconds{2}});
  EXPECT_EQ(costs.restart, Duration::zero());
  EXPECT_EQ(costs.stop, Duration{std::chrono::seconds{3}});
}

TEST(ScenarioTenants, HaveQuotasAndGuaranteesAtEveryLevel) {
  const Scenario scenario =
      load(text(job(", tenant: vision"), "",
                "tenants: { research: { quota: 12, guaranteed: 8, tenants: { vision: { guaranteed: "
                "3, quota: 3 }, nlp: { guaranteed: 5 } } } }"));
  EXPECT_EQ(scenario.tenants.at(TenantId{0}).quota, 12U);
  EXPECT_EQ(scenario.tenants.at(TenantId{0}).guaranteed, 8U);
  EXPECT_EQ(scenario.tenants.at(TenantId{1}).guaranteed, 3U);
}

}  // namespace
}  // namespace tandem
