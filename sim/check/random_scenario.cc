#include "sim/check/random_scenario.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sim/check/listed_scenario.h"
#include "sim/check/random.h"

namespace tandem {
namespace {

class Draw {
 public:
  Draw(std::uint64_t seed, const Mix& mix) : random_(seed), of_pipelines_(~seed), mix_(mix) {}

  Scenario scenario() {
    Cluster cluster = this->cluster();
    const std::uint32_t jobs = 10 + random_.below(40);
    std::vector<Arrival> arrivals = this->arrivals(cluster, jobs);
    Tenants tenants = this->tenants(arrivals);
    Models models = this->models(cluster, arrivals);
    if (some(mix_.dependencies)) add_dependencies(arrivals);
    std::vector<Pipeline> pipelines;
    if (mix_.dependencies) pipelines = this->pipelines(arrivals);
    if (some(mix_.claims)) add_claims(arrivals);
    std::vector<Limit> limits;
    if (some(mix_.limits)) limits = this->limits(tenants, models, arrivals);
    NetworkSettings network;
    if (some(mix_.states)) network = add_states(arrivals);

    Scenario scenario = scenario_of(std::move(cluster), std::move(arrivals));
    scenario.tenants = std::move(tenants);
    scenario.models = std::move(models);
    scenario.limits = std::move(limits);
    scenario.pipelines = std::move(pipelines);
    scenario.network = network;
    GangCosts costs;
    if (some(mix_.restarts)) costs.restart = whole_seconds(0, 3);
    scenario.preemption.costs.assign(scenario.cluster.types().size(), costs);
    if (mix_.failures && random_.chance(60)) add_failures(scenario);
    if (mix_.losses && random_.chance(20)) {
      // Less than gangs compute before they may be stopped: else two could stop each other for
      // ever.
      scenario.preemption.save = false;
      scenario.failures.checkpoint_interval = seconds(1);
    }
    add_changes(scenario, jobs);
    if (mix_.interval && random_.chance(30)) {
      scenario.scheduling_interval = seconds(static_cast<double>(random_.between(1, 14)) / 2);
    }
    if (some(mix_.starts)) add_starts_and_stops(scenario.preemption);
    return scenario;
  }

 private:
  /// Whether a thing that may occur occurs in this scenario at all.
  bool some(bool may) { return may && random_.chance(50); }

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

  std::shared_ptr<const Elastic> elastic(std::uint32_t preferred) {
    auto elastic = std::make_shared<Elastic>();
    elastic->least = 1 + random_.below(preferred);
    elastic->most = preferred + random_.below(5);
    if (random_.chance(40)) leave_out_sizes(preferred, *elastic);
    std::uint64_t speedup = 0;
    const bool is_linear = random_.chance(40);
    for (std::uint32_t devices = elastic->least; !is_linear && devices <= elastic->most;
         devices += 1 + random_.below(2)) {
      speedup += 1'000'000 - (speedup > 0 ? 250'000 * random_.below(5) : 0);
      elastic->speedups.push_back({devices, speedup});
    }
    return elastic;
  }

  void leave_out_sizes(std::uint32_t preferred, Elastic& elastic) {
    for (std::uint32_t size = elastic.least; size <= elastic.most; ++size) {
      if (size == preferred || random_.chance(50)) elastic.sizes.push_back(size);
    }
    elastic.least = elastic.sizes.front();
    elastic.most = elastic.sizes.back();
  }

  std::vector<Arrival> arrivals(const Cluster& cluster, std::uint32_t jobs) {
    std::vector<Arrival> arrivals = arrivals_of(std::vector<JobRow>(jobs));
    Time now;
    const bool shares = some(mix_.shares);
    const bool elastic = some(mix_.elastic);
    const bool kills = some(mix_.kills);
    const bool unpreemptible = some(mix_.unpreemptible);
    for (Arrival& arrival : arrivals) {
      if (random_.chance(50)) now += whole_seconds(1, 4);
      Job& job = arrival.job;
      job.submitted = now;
      job.demand = demand(cluster);
      if (mix_.priorities) job.priority = random_.between(-2, 4);
      arrival.run_time = whole_seconds(0, random_.chance(20) ? 30 : 6);
      job.estimate = arrival.run_time;
      if (mix_.wrong_estimates && random_.chance(50)) job.estimate = whole_seconds(0, 20);
      if (kills && job.estimate < arrival.run_time) {
        arrival.killed = true;
        arrival.run_time = job.estimate;
      }
      job.preemptible = !unpreemptible || random_.chance(75);
      if (shares && job.demand.devices == 1 && random_.chance(60)) {
        job.demand.device_share = 100 * (1 + random_.below(9));
      } else if (elastic && job.demand.devices > 0 && random_.chance(50)) {
        job.elastic = this->elastic(job.demand.devices);
      }
    }
    return arrivals;
  }

  /// Speeds are such that halves of seconds stay whole numbers of nanoseconds, mostly.
  Models models(const Cluster& cluster, std::vector<Arrival>& arrivals) {
    Models models;
    if (!some(mix_.speeds || mix_.exclusions)) return models;
    constexpr std::uint32_t kSpeeds[] = {0, 250'000, 333'333, 1'000'000, 1'000'000, 2'000'000};
    const std::uint32_t count = 1 + random_.below(4);
    for (std::uint32_t i = 0; i < count; ++i) {
      std::vector<std::uint32_t> speeds;
      if (mix_.speeds && random_.chance(60)) {
        for (std::size_t t = 0; t < cluster.types().size(); ++t) {
          speeds.push_back(kSpeeds[mix_.infeasible ? random_.below(6) : 1 + random_.below(5)]);
        }
      }
      models.add(fmt::format("m{}", i), std::move(speeds));
    }
    for (std::uint32_t pairs = mix_.exclusions ? random_.below(3) : 0; pairs > 0; --pairs) {
      models.exclude({1 + random_.below(count)}, {1 + random_.below(count)});
    }
    for (Arrival& arrival : arrivals) {
      arrival.job.model = {random_.below(count + 1)};
      models.constrain(arrival.job);
    }
    return models;
  }

  void add_dependencies(std::vector<Arrival>& arrivals) {
    for (std::uint32_t i = 1; i < arrivals.size(); ++i) {
      if (!random_.chance(25)) continue;
      std::set<JobId> after;
      for (std::uint32_t left = 1 + random_.below(3); left > 0; --left) {
        after.insert({random_.below(i)});
      }
      arrivals[i].after.assign(after.begin(), after.end());
    }
  }

  /// Now and then some of the jobs, in turn, become runs of pipelines.
  std::vector<Pipeline> pipelines(std::vector<Arrival>& arrivals) {
    std::vector<Pipeline> pipelines;
    std::uint32_t next = of_pipelines_.below(4);
    for (std::uint32_t left = of_pipelines_.below(5); left > 2; --left) {
      Pipeline& pipeline = pipelines.emplace_back();
      pipeline.name = fmt::format("p{}", left);
      pipeline.runs = of_pipelines_.below(3);
      for (std::uint32_t stage = 0; stage <= of_pipelines_.below(3); ++stage) {
        pipeline.stages.push_back({fmt::format("s{}", stage), of_pipelines_.below(4), seconds(3),
                                   seconds(of_pipelines_.below(3))});
      }
      const PipelineId id{static_cast<std::uint32_t>(pipelines.size() - 1)};
      for (std::uint32_t run = 0; run < pipeline.most_runs(); ++run) {
        if (next + pipeline.jobs() > arrivals.size()) return pipelines;
        next = add_run(pipeline, {id, run, 0, 0}, next, arrivals);
      }
    }
    return pipelines;
  }

  /// From the job `next` on; returns the first that is left. A stage mostly waits for the last.
  std::uint32_t add_run(const Pipeline& pipeline, PipelinePart part, std::uint32_t next,
                        std::vector<Arrival>& arrivals) {
    std::vector<JobId> last;
    for (; part.stage < pipeline.stages.size(); ++part.stage) {
      std::vector<JobId> stage;
      for (part.slice = 0; part.slice < pipeline.stages[part.stage].jobs(); ++part.slice) {
        Arrival& arrival = arrivals[next];
        arrival.part = part;
        std::set<JobId> after(arrival.after.begin(), arrival.after.end());
        if (of_pipelines_.chance(80)) after.insert(last.begin(), last.end());
        arrival.after.assign(after.begin(), after.end());
        stage.push_back({next++});
      }
      last = std::move(stage);
    }
    return next;
  }

  void add_claims(std::vector<Arrival>& arrivals) {
    for (auto arrival = arrivals.rbegin(); arrival != arrivals.rend(); ++arrival) {
      Job& job = arrival->job;
      if (random_.chance(40)) job.deadline = job.submitted + whole_seconds(0, 60);
      job.qos_ppm = 250'000 * random_.below(5);
      job.partition_ppm = 500'000 * random_.below(3);
      job.critical_path += job.estimate;
      for (const JobId dependency : arrival->after) {
        Duration& path = arrivals[dependency.value].job.critical_path;
        path = std::max(path, job.critical_path);
      }
    }
  }

  std::vector<Limit> limits(const Tenants& tenants, const Models& models,
                            std::vector<Arrival>& arrivals) {
    for (Arrival& arrival : arrivals) arrival.job.kind = kJobKinds[random_.below(3)];
    std::vector<Limit> limits;
    for (std::uint32_t left = 1 + random_.below(3); left > 0; --left) {
      Limit& limit = limits.emplace_back();
      limit.name = fmt::format("limit {}", left);
      if (random_.chance(60)) {
        limit.tenant = TenantId{random_.below(static_cast<std::uint32_t>(tenants.size()))};
      }
      if (random_.chance(40)) limit.kind = kJobKinds[random_.below(3)];
      if (random_.chance(40)) {
        limit.model = ModelId{random_.below(static_cast<std::uint32_t>(models.size()))};
      }
      if (random_.chance(70)) limit.running = 1 + random_.below(5);
      if (mix_.infeasible && random_.chance(50)) limit.submitted = random_.below(15);
    }
    return limits;
  }

  NetworkSettings add_states(std::vector<Arrival>& arrivals) {
    for (Arrival& arrival : arrivals) arrival.state = {1'000'000'000 * random_.between(0, 4)};
    NetworkSettings network;
    network.storage_bits_per_s = 8e9 * static_cast<double>(random_.between(1, 2));
    return network;
  }

  /// Gives an account's guarantee out to the accounts below it, or some of it.
  void add_guarantees(Tenants& tenants) {
    std::vector<std::uint32_t> left(tenants.size());
    for (std::uint32_t i = 0; i < tenants.size(); ++i) {
      const Tenant& tenant = tenants.at(TenantId{i});
      std::uint32_t most = tenant.parent ? left[tenant.parent->value] : random_.below(8);
      if (tenant.quota) most = std::min(most, *tenant.quota);
      if (most == 0 || random_.chance(30)) continue;
      left[i] = 1 + random_.below(most);
      if (tenant.parent) left[tenant.parent->value] -= left[i];
      tenants.guarantee(tenant.id, left[i]);
    }
  }

  /// Up to three levels of accounts; jobs are spread over the leaves.
  Tenants tenants(std::vector<Arrival>& arrivals) {
    Tenants tenants;
    const auto shares = [&] { return static_cast<double>(random_.between(0, 4)); };
    const std::uint32_t tops = 1 + random_.below(4);
    const bool inner_quotas = some(mix_.quotas && mix_.inner_quotas);
    for (std::uint32_t i = 0; i < tops; ++i) {
      const bool has_quota = inner_quotas && random_.chance(30);
      const auto quota = has_quota ? std::optional(1 + random_.below(12)) : std::nullopt;
      tenants.add(fmt::format("a{}", i), {}, 1 + shares(), quota);
    }
    const std::uint32_t nested = random_.below(8);
    for (std::uint32_t i = 0; i < nested; ++i) {
      const TenantId parent{random_.below(static_cast<std::uint32_t>(tenants.size()))};
      if (tenants.at(parent).quota && !inner_quotas) continue;
      const auto quota =
          mix_.quotas && random_.chance(40) ? std::optional(random_.below(8)) : std::nullopt;
      tenants.add(fmt::format("{}/b{}", tenants.at(parent).name, i), parent, shares(), quota);
    }
    if (some(mix_.guarantees)) add_guarantees(tenants);
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
      // A slow gang would need ages to get through without losing a node.
      if (mix_.speeds || mix_.elastic) failures.checkpoint_interval = whole_seconds(1, 4);
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

  void add_starts_and_stops(PreemptionSettings& preemption) {
    for (GangCosts& costs : preemption.costs) {
      costs.start = whole_seconds(0, 2);
      costs.stop = whole_seconds(0, 2);
    }
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
  Random of_pipelines_;  ///< Of their own, so that the rest does not depend on them.
  const Mix mix_;
};

}  // namespace

Scenario random_scenario(std::uint64_t seed, const Mix& mix) { return Draw(seed, mix).scenario(); }

}  // namespace tandem
