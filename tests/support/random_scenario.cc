#include "tests/support/random_scenario.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/random.h"
#include "tests/support/runs.h"

namespace tandem {
namespace {

class Draw {
 public:
  Draw(std::uint64_t seed, const Mix& mix) : random_(seed), mix_(mix) {}

  Scenario scenario() {
    Cluster cluster = this->cluster();
    const std::uint32_t jobs = 10 + random_.below(40);
    std::vector<Arrival> arrivals = this->arrivals(cluster, jobs);
    Tenants tenants = this->tenants(arrivals);
    Scenario scenario = scenario_of(std::move(cluster), std::move(arrivals));
    scenario.tenants = std::move(tenants);
    if (mix_.failures && random_.chance(60)) add_failures(scenario);
    add_changes(scenario, jobs);
    if (mix_.interval && random_.chance(30)) {
      scenario.scheduling_interval = seconds(static_cast<double>(random_.between(1, 14)) / 2);
    }
    return scenario;
  }

 private:
  Duration whole_seconds(std::int64_t least, std::int64_t most) {
    return seconds(static_cast<double>(random_.between(least, most)));
  }

  Cluster cluster() {
    Cluster cluster;
    const std::uint32_t types = mix_.types ? 1 + random_.below(3) : 1;
    for (std::uint32_t i = 0; i < types; ++i) cluster.add_type(fmt::format("t{}", i));
    const std::uint32_t count = 1 + random_.below(6);
    for (std::uint32_t i = 0; i < count; ++i) {
      const bool no_devices = mix_.rooms && i > 0 && random_.chance(10);
      const std::uint32_t devices = no_devices ? 0 : 1 + random_.below(6);
      const bool counted = mix_.rooms && random_.chance(60);
      const MilliCpus cpus{counted ? 1000 * random_.between(1, 12) : kUncounted};
      const Bytes memory{counted ? random_.between(4, 40) : kUncounted};
      cluster.add_node(fmt::format("n{}", i), {random_.below(types)}, devices, cpus, memory);
    }
    return cluster;
  }

  Demand demand(const Cluster& cluster) {
    Demand demand;
    const std::uint32_t type = random_.below(static_cast<std::uint32_t>(cluster.types().size()));
    const std::uint32_t most = std::max(1U, cluster.device_count({type}));
    // Half of the gangs are small; now and then one that nothing has room for.
    demand.devices = random_.chance(50) ? 1 : 1 + random_.below(most);
    if (mix_.infeasible && random_.chance(4)) demand.devices = cluster.device_count() + 1;
    if (mix_.types && random_.chance(30)) {
      demand.types = static_cast<DeviceTypes>(random_.between(mix_.infeasible ? 0 : 1, 7));
    }
    if (!mix_.rooms) return demand;
    demand.one_node = random_.chance(20);
    if (random_.chance(8)) demand.devices = 0;
    if (random_.chance(25)) demand.cpus_per_rank = {500 * random_.between(1, 6)};
    if (random_.chance(25)) demand.memory_per_rank = {random_.between(1, 8)};
    return demand;
  }

  std::vector<Arrival> arrivals(const Cluster& cluster, std::uint32_t jobs) {
    std::vector<Arrival> arrivals = arrivals_of(std::vector<JobRow>(jobs));
    Time now;
    for (Arrival& arrival : arrivals) {
      if (random_.chance(50)) now += whole_seconds(1, 4);
      Job& job = arrival.job;
      job.submitted = now;
      job.demand = demand(cluster);
      if (mix_.priorities) job.priority = random_.between(-2, 4);
      arrival.run_time = whole_seconds(0, random_.chance(20) ? 30 : 6);
      job.estimate = arrival.run_time;
      if (mix_.wrong_estimates && random_.chance(50)) job.estimate = whole_seconds(0, 20);
    }
    return arrivals;
  }

  /// Up to three levels of accounts; jobs are spread over the leaves.
  Tenants tenants(std::vector<Arrival>& arrivals) {
    Tenants tenants;
    const auto shares = [&] { return static_cast<double>(random_.between(0, 4)); };
    const std::uint32_t tops = 1 + random_.below(4);
    for (std::uint32_t i = 0; i < tops; ++i) tenants.add(fmt::format("a{}", i), {}, 1 + shares());
    const std::uint32_t nested = random_.below(8);
    for (std::uint32_t i = 0; i < nested; ++i) {
      const TenantId parent{random_.below(static_cast<std::uint32_t>(tenants.size()))};
      if (tenants.at(parent).quota) continue;
      const auto quota =
          mix_.quotas && random_.chance(40) ? std::optional(random_.below(8)) : std::nullopt;
      tenants.add(fmt::format("{}/b{}", tenants.at(parent).name, i), parent, shares(), quota);
    }
    std::vector<TenantId> leaves;
    for (const Tenant& tenant : tenants.all()) {
      if (tenants.is_leaf(tenant.id)) leaves.push_back(tenant.id);
    }
    for (Arrival& arrival : arrivals) {
      arrival.job.tenant = leaves[random_.below(static_cast<std::uint32_t>(leaves.size()))];
    }
    return tenants;
  }

  void add_failures(Scenario& scenario) {
    FailureSettings& failures = scenario.failures;
    if (random_.chance(50)) failures.checkpoint_interval = whole_seconds(1, 4);
    if (random_.chance(40)) {
      failures.node_mtbf = whole_seconds(30, 200);
      failures.repair = whole_seconds(1, 10);
    }
    for (const Node& node : scenario.cluster.nodes()) {
      Time free;
      for (std::uint32_t left = random_.below(3); left > 0; --left) {
        const Time down = free + whole_seconds(0, 20);
        free = down + whole_seconds(0, 8);
        failures.outages.push_back({node.id, down, free});
      }
    }
    std::ranges::sort(failures.outages, {},
                      [](const Outage& o) { return std::pair(o.down, o.node); });
  }

  void add_changes(Scenario& scenario, std::uint32_t jobs) {
    Time now;
    for (std::uint32_t left = random_.below(12); left > 0; --left) {
      if (random_.chance(60)) now += whole_seconds(1, 8);
      const std::string job = fmt::format("j{}", random_.below(jobs));
      const bool cancel = mix_.cancellations && (!mix_.priorities || random_.chance(40));
      if (cancel) {
        scenario.changes.push_back({now, job, std::nullopt});
      } else if (mix_.priorities) {
        scenario.changes.push_back({now, job, random_.between(-4, 6)});
      }
    }
  }

  Random random_;
  const Mix mix_;
};

}  // namespace

Scenario random_scenario(std::uint64_t seed, const Mix& mix) { return Draw(seed, mix).scenario(); }

}  // namespace tandem
