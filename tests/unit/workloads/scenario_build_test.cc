// Clusters, failures, tenants and policies as they come out of a scenario.
#include <gtest/gtest.h>

#include "tests/unit/workloads/scenario_text.h"

namespace tandem {
namespace {

TEST(ScenarioCluster, NodesGetTheirDevicesAndRoom) {
  const Scenario scenario =
      load(with_cluster("  nodes:\n"
                        "  - { name: big, count: 2, devices: { type: h100-sxm, count: 8 }, cpus: "
                        "1.5, memory: 2 TB }\n"
                        "  - { name: head }\n"
                        "  - { name: pool, devices: { type: any, count: 5 } }\n"
                        "  price: { big: 2.50 USD/device-hour }\n"
                        "  power: { big: { idle: 90 W }, pool: { busy: 0.5 kW } }"));
  const auto nodes = scenario.cluster.nodes();
  ASSERT_EQ(nodes.size(), 4u);
  EXPECT_EQ(nodes[1].name, "big-1");
  EXPECT_EQ(nodes[1].device_count, 8u);
  EXPECT_EQ(nodes[1].cpus.count, 1500);
  EXPECT_EQ(nodes[1].memory.count, 2'000'000'000'000);
  EXPECT_EQ(nodes[2].name, "head-0");
  EXPECT_EQ(nodes[2].device_count, 0u);
  EXPECT_EQ(nodes[2].cpus.count, kUncounted);
  EXPECT_EQ(scenario.cluster.device_count(), 21u);
  EXPECT_EQ(scenario.power[0].busy_watts, 700.0);  // As the catalogue says.
  EXPECT_EQ(scenario.power[0].idle_watts, 90.0);
  EXPECT_EQ(scenario.power[2].busy_watts, 500.0);
  EXPECT_FALSE(scenario.power[2].idle_watts.has_value());
  EXPECT_EQ(scenario.price_per_device_hour[0], 2.5);
  EXPECT_FALSE(scenario.price_per_device_hour[2].has_value());
}

TEST(ScenarioCluster, MistakesAreExplained) {
  const std::string nodes =
      "  nodes: [{ name: a, devices: { type: h100-sxm } }, { name: b, devices: { type: h100-sxm } "
      "}, "
      "{ name: c }]\n";
  expect_error(with_cluster(nodes + "  price: { aa: 1 USD/device-hour }"),
               "s.yaml:5:12: cluster.price: unknown node group 'aa' (did you mean 'a'?)");
  expect_error(with_cluster(nodes + "  price: { a: 1 USD/device-hour, b: 2 USD/device-hour }"),
               "another price was given for 'h100-sxm'");
  expect_error(with_cluster(nodes + "  price: { c: 1 USD/device-hour }"), "'c' have no devices");
  expect_error(with_cluster(nodes + "  power: { a: { idle: 1 W }, b: { idle: 2 W } }"),
               "another power was given for 'h100-sxm'");
  expect_error(with_cluster(nodes + "  power: { a: { idle: 1 VA } }"),
               "expected a power such as '700 W', not '1 VA'");
  expect_error(with_cluster("  nodes: [{ name: a }, { name: a }]"), "two node groups 'a'");
  expect_error(with_cluster("  nodes: [{ name: a, count: 1000000 }, { name: b }]"),
               "at most 1000000 nodes");
  expect_error(with_cluster("  nodes: [trace: { file: none.csv }]"),
               "s.yaml:4:26: 'none.csv': there is no such file");
  expect_error(with_cluster(nodes + "  storage: { bandwidth: 1 GB/s }"), "needs cluster.network");
  expect_error(with_cluster(nodes + "  network: { nic: 1 Gbps, oversubscription: 2 }"),
               "a flat network is not oversubscribed");
}

TEST(ScenarioCluster, NetworkCountsBits) {
  const Scenario scenario = load(with_cluster(
      "  nodes: [{ name: a }]\n  storage: { bandwidth: 100 GB/s }\n"
      "  network: { topology: fat-tree, nic: 400 Gbps, nics_per_node: 2, oversubscription: 3 }"));
  EXPECT_EQ(scenario.network.nic_bits_per_s, 400e9);
  EXPECT_EQ(scenario.network.nics_per_node, 2u);
  EXPECT_EQ(scenario.network.fidelity, Fidelity::kL1);
  EXPECT_EQ(scenario.network.oversubscription, 3);
  EXPECT_EQ(scenario.network.storage_bits_per_s, 800e9);
}

TEST(ScenarioFailures, OutagesComeInOrder) {
  const Scenario scenario = load(with_cluster(
      "  nodes: [{ name: a, count: 2 }]\n  failures:\n    node_mtbf: 9 days\n    repair: 1 h\n"
      "    checkpoint_interval: 30 min\n    outages:\n"
      "    - { node: a-1, at: 2 h, for: 1 h }\n    - { node: a-0, at: 1 h, for: 1 h }\n"
      "    - { node: a-1, at: 3 h, for: 1 h }"));
  const FailureSettings& failures = scenario.failures;
  EXPECT_TRUE(scenario.random);
  EXPECT_EQ(failures.node_mtbf, Duration{std::chrono::hours{216}});
  EXPECT_EQ(failures.checkpoint_interval, Duration{std::chrono::minutes{30}});
  ASSERT_EQ(failures.outages.size(), 3u);
  EXPECT_EQ(failures.outages[0].node.value, 0u);
  EXPECT_EQ(failures.outages[2].up, Time{std::chrono::hours{4}});
}

TEST(ScenarioFailures, MistakesAreExplained) {
  const std::string nodes = "  nodes: [{ name: node, count: 2 }]\n";
  expect_error(with_cluster(nodes + "  failures: { node_mtbf: 9 days }"), "needs 'repair'");
  expect_error(
      with_cluster(nodes + "  failures: { outages: [{ node: node-3, at: 1 h, for: 1 h }] }"),
      "unknown node 'node-3' (did you mean 'node-0'?)");
  expect_error(
      with_cluster(nodes + "  failures: { outages: [{ node: node-0, at: 1 h, for: 1 h }, { "
                           "node: node-0, at: 90 min, for: 1 h }] }"),
      "two outages of node 'node-0' overlap");
}

TEST(ScenarioTenants, NestToAnyDepth) {
  const Scenario scenario =
      load(with_jobs("  - job: { name: j, duration: 1 h, tenant: alice }\n"
                     "  - job: { name: k, duration: 1 h, tenant: x/y/bob }",
                     "tenants: { x: { weight: 3, tenants: { y: { tenants: { alice: { quota: 8 }, "
                     "bob: {} } } } } }"));
  ASSERT_EQ(scenario.tenants.size(), 4u);
  EXPECT_EQ(scenario.tenants.at(TenantId{2}).name, "x/y/alice");
  EXPECT_EQ(scenario.tenants.at(TenantId{2}).quota, 8u);
  EXPECT_EQ(scenario.tenants.at(TenantId{0}).shares, 3);
  const auto arrivals = all_arrivals(scenario);
  EXPECT_EQ(arrivals[0].job.tenant.value, 2u);
  EXPECT_EQ(arrivals[1].job.tenant.value, 3u);
}

TEST(ScenarioTenants, MistakesAreExplained) {
  const auto job = [](const std::string& tenant, const std::string& tenants) {
    return with_jobs("  - job: { name: j, duration: 1 h, tenant: " + tenant + " }", tenants);
  };
  expect_error(job("alise", "tenants: { alice: {} }"),
               "s.yaml:7:44: unknown tenant 'alise' (did you mean 'alice'?)");
  expect_error(job("z", "tenants: { x: { tenants: { z: {} } }, y: { tenants: { z: {} } } }"),
               "several tenants 'z'");
  expect_error(job("x", "tenants: { x: { tenants: { z: {} } } }"), "'x' has tenants of its own");
  expect_error(job("z", "tenants: { x: { quota: 3, guaranteed: 4, tenants: { z: {} } } }"),
               "s.yaml:8:39: 'x' is guaranteed 4 devices, more than its quota of 3");
  expect_error(job("z",
                   "tenants: { x: { guaranteed: 4, tenants: { z: { guaranteed: 3 }, y: { "
                   "guaranteed: 2 } } } }"),
               "s.yaml:8:29: the tenants of 'x' are guaranteed 5 devices, more than the 4 that it "
               "is guaranteed itself");
  expect_error(job("z", "tenants: { x: { tenants: { z: { guaranteed: 3 } } } }"),
               "s.yaml:8:12: the tenants of 'x' are guaranteed 3 devices, more than the 0");
  expect_error(job("b", "tenants: { a/b: {} }"), "the tenant name 'a/b' has a '/'");
}

TEST(ScenarioTenants, UndeclaredOnesAreAddedAndCounted) {
  const std::string jobs =
      "  - generate: { count: 9, arrival: { every: 1 s }, duration: { deterministic: 1 s }, "
      "tenants: "
      "{ a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1 } }";
  EXPECT_TRUE(load(with_jobs(jobs)).warnings.empty());
  const Scenario scenario = load(with_jobs(jobs, "tenants: { a: {} }"));
  ASSERT_EQ(scenario.warnings.size(), 1u);
  EXPECT_EQ(scenario.warnings[0],
            "6 tenants not declared under 'tenants' got weight 1: b, c, d, e, f …");
}

TEST(ScenarioPolicies, AreCanonical) {
  const auto policies = [](const std::string& list) {
    return load(with_jobs("  - job: { name: j, duration: 1 h }", "policies: " + list)).policies;
  };
  EXPECT_EQ(load(with_jobs("  - job: { name: j, duration: 1 h }")).policies,
            policies("[fifo, easy]"));
  EXPECT_EQ(policies("[{ priority-aging: { max_age: 2 days } }]"),
            policies("['priority-aging:max_age=2days']"));
  EXPECT_EQ(policies("[{ fair-share+easy: { half_life: 3 days } }]"),
            policies("['fair-share:half_life=3days+easy']"));
  expect_error(with_jobs("  - job: { name: j, duration: 1 h }", "policies: [fifo, eazy]"),
               "s.yaml:8:18: ");
  expect_error(with_jobs("  - job: { name: j, duration: 1 h }", "policies: [fifo, fifo]"),
               "is listed twice");
  expect_error(
      with_jobs("  - job: { name: j, duration: 1 h }", "policies: [{ fifo: {}, sjf: {} }]"),
      "one entry is one policy");
}

TEST(ScenarioBuild, FidelityIsOneOfFour) {
  const auto with = [](const std::string& fidelity) {
    return with_cluster("  nodes: [{ name: a }]\n  network: { nic: 1 Gbps, fidelity: " + fidelity +
                        " }");
  };
  EXPECT_EQ(load(with("L0")).network.fidelity, Fidelity::kL0);
  EXPECT_EQ(load(with("L2")).network.fidelity, Fidelity::kL2);
  EXPECT_EQ(load(with("L3")).network.fidelity, Fidelity::kL3);
  expect_error(with("L4"), "fidelity: unknown value 'L4' (did you mean 'L0'?)");
}

}  // namespace
}  // namespace tandem
