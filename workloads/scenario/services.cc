// The services of a workload: replicas of engines, who asks them, what was promised.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <memory>
#include <set>

#include "policies/batch/batch_registry.h"
#include "workloads/catalog/catalog.h"
#include "workloads/requests/request_plan.h"
#include "workloads/scenario/build.h"
#include "workloads/scenario/scenario_spec.h"
#include "workloads/scenario/service_engine.h"

namespace tandem {
namespace {

constexpr std::array<std::string_view, 5> kRoutings{
    "round-robin", "least-outstanding", "least-tokens", "prefix-affine", "session-sticky"};
constexpr std::array<std::string_view, 4> kMetrics{"ttft", "tpot", "itl", "e2e"};

Duration duration_or(const Value* value, Duration fallback) {
  return value != nullptr ? duration_of(*value) : fallback;
}

JobKind kind_of(const Value& value) {
  const Value* kind = value.find("kind");
  for (const JobKind known : kJobKinds) {
    if (kind != nullptr && name_of(known) == kind->text) return known;
  }
  return JobKind::kServe;
}

AutoscaleSettings autoscale_of(const Value* value) {
  using Signal = AutoscaleSettings::Signal;
  AutoscaleSettings autoscale;
  if (value == nullptr) return autoscale;
  for (const auto& [key, signal] : {std::pair{"utilisation", Signal::kUtilisation},
                                    {"queue", Signal::kQueue},
                                    {"slo", Signal::kObjective}}) {
    const Value* target = value->find(key);
    if (target == nullptr) continue;
    autoscale.signal = signal;
    autoscale.target = number_of(*target);
  }
  autoscale.interval = duration_or(value->find("interval"), std::chrono::seconds(15));
  autoscale.patience = duration_or(value->find("patience"), std::chrono::minutes(5));
  return autoscale;
}

std::string line_of(const CostNumber& number) {
  return fmt::format("{}: {:.4g} {}, {}", number.name, number.value, number.unit, number.source);
}

class ServiceReader {
 public:
  ServiceReader(const Value& value, std::uint32_t place, ScenarioBuild& build)
      : value_(value), place_(place), build_(build) {}

  /// Problems are added to the build; nothing if there is no such model.
  std::optional<ServiceSettings> read() {
    const Value& name = *value_.find("model");
    const Architecture* model = nullptr;
    build_.attempt(name, [&] { model = &build_.scenario.catalog->model(name.text); });
    if (model == nullptr) return std::nullopt;
    service_.model = model;
    service_.deployment = deployment_of(value_.find("deployment"), build_);
    ServiceEngines engines(value_, *model, service_.deployment.precision, build_);
    read_terms();
    read_objectives();
    read_engine(engines);
    const double token = static_cast<double>(kv_cache_bytes_per_token(*model));
    service_.kv_per_token = {std::llround(token * engines.layout().kv_bytes / 2)};
    service_.weights = {
        std::llround(static_cast<double>(parameters(*model)) * engines.layout().weight_bytes) *
        engines.data()};
    service_.pool = pool_of(value_, engines);
    if (const Value* prefill = value_.find("prefill")) {
      if (prefill->has("parallel")) engines.set_parallel(prefill->find("parallel"));
      service_.prefill = pool_of(*prefill, engines);
    }
    service_.context = engines.context();
    read_requests_of(engines.context());
    check();
    tell_band();
    return std::move(service_);
  }

 private:
  void read_terms() {
    service_.name = value_.find("name")->text;
    service_.kind = kind_of(value_);
    const Value* tenant = value_.find("tenant");
    build_.attempt(tenant != nullptr ? *tenant : value_, [&] {
      service_.tenant = build_.tenants.resolve(tenant != nullptr ? std::string_view(tenant->text)
                                                                 : kDefaultTenant);
    });
    if (const Value* priority = value_.find("priority")) service_.priority = integer_of(*priority);
    if (const Value* may = value_.find("preemptible")) service_.preemptible = bool_of(*may);
    service_.startup = duration_or(value_.find("startup"), Duration::zero());
    if (const Value* routing = value_.find("routing")) {
      const Value* policy = routing->find("policy");
      const std::string& name = policy != nullptr ? policy->text : routing->text;
      const auto known = std::ranges::find(kRoutings, name) - kRoutings.begin();
      service_.routing = static_cast<Routing>(known);
      if (policy != nullptr) {
        service_.staleness = duration_or(routing->find("staleness"), Duration::zero());
      }
    }
  }

  void read_objectives() {
    const Value* slo = value_.find("slo");
    if (slo == nullptr) return;
    for (std::size_t metric = 0; metric < kMetrics.size(); ++metric) {
      for (const int percentile : {50, 90, 95, 99}) {
        const Value* limit = slo->find(fmt::format("{}_p{}", kMetrics[metric], percentile));
        if (limit == nullptr) continue;
        service_.objectives.push_back({static_cast<Objective::Metric>(metric),
                                       static_cast<double>(percentile), duration_of(*limit)});
      }
    }
  }

  void read_engine(const ServiceEngines& engines) {
    service_.engine = engines.settings();
    const Value* engine = value_.find("engine");
    const Value* policy = engine != nullptr ? engine->find("policy") : nullptr;
    service_.batch_policy = "fifo";
    if (policy == nullptr) return;
    build_.attempt(*policy, [&] { service_.batch_policy = canonical_batch_policy(policy->text); });
  }

  PoolSettings pool_of(const Value& value, ServiceEngines& engines) {
    PoolSettings pool;
    const std::int64_t devices = engines.layout().devices() * engines.data();
    pool.engines = static_cast<std::uint32_t>(engines.layout().pipeline * engines.data());
    if (const Value* replicas = value.find("replicas")) {
      const Value* least = replicas->find("min");
      pool.least = static_cast<std::uint32_t>(integer_of(least != nullptr ? *least : *replicas));
      pool.most = least != nullptr ? static_cast<std::uint32_t>(integer_of(*replicas->find("max")))
                                   : pool.least;
      if (pool.least > pool.most) {
        build_.fail(*replicas,
                    fmt::format("replicas: min {} is more than max {}", pool.least, pool.most));
      }
    }
    pool.autoscale = autoscale_of(value.find("autoscale"));
    if (pool.autoscale.signal == AutoscaleSettings::Signal::kNone && pool.least < pool.most) {
      build_.fail(value, "replicas: between min and max somebody has to choose; add 'autoscale'");
    }
    pool.demand.devices = static_cast<std::uint32_t>(devices);
    if (const Value* types = value_.find("types")) {
      std::vector<std::string> names;
      for (const Value& type : types->items) names.push_back(type.text);
      build_.attempt(*types, [&] { pool.demand.types = types_named(names, build_); });
    }
    add_engines(engines, pool);
    return pool;
  }

  /// What a replica is on each type; those that it cannot run on are taken out of its demand.
  void add_engines(ServiceEngines& engines, PoolSettings& pool) {
    const Cluster& cluster = build_.scenario.cluster;
    std::vector<std::string> reasons;
    DeviceTypes types = 0;
    std::uint32_t most = 0;
    for (std::uint32_t type = 0; type < cluster.types().size(); ++type) {
      const DeviceTypeId id{type};
      if (!pool.demand.accepts(id) || cluster.device_count(id) == 0) continue;
      auto made = engines.on(id);
      if (const auto* why = std::get_if<std::string>(&made)) {
        reasons.push_back(fmt::format("{}: {}", cluster.types()[type], *why));
        continue;
      }
      ServiceEngine& engine = std::get<ServiceEngine>(made);
      account_for(cluster.types()[type], engine);
      if (!value_.has("startup")) service_.startup = std::max(service_.startup, engine.startup);
      pool.on.emplace(id, std::move(engine.on));
      types |= DeviceTypes{1} << type;
      for (const Node& node : cluster.nodes()) {
        if (node.type == id) most = std::max(most, node.device_count);
      }
    }
    pool.demand.types = types;
    pool.demand.one_node = pool.demand.devices <= most;
    if (types != 0) return;
    build_.fail(value_, fmt::format("{} cannot be served here; {}", value_.find("model")->text,
                                    reasons.empty() ? "it accepts no device of the cluster"
                                                    : fmt::format("{}", fmt::join(reasons, "; "))));
  }

  void account_for(std::string_view device, const ServiceEngine& engine) {
    const CostAccount& account = engine.account;
    for (const CostNumber& number : account.numbers) {
      service_.provenance.push_back(fmt::format("{}, {}", device, line_of(number)));
    }
    service_.provenance.push_back(fmt::format("{}, KV cache: {} blocks of {} tokens", device,
                                              engine.on.kv_blocks, service_.engine.block_tokens));
    const double low = std::min(account.prefill.low, account.decode.low);
    const double high = std::max(account.prefill.high, account.decode.high);
    service_.band_low = std::min(service_.band_low, low);
    service_.band_high = std::max(service_.band_high, high);
    for (const std::string& warning : account.warnings) {
      build_.scenario.warnings.push_back(fmt::format("{}: {}", service_.name, warning));
    }
  }

  void read_requests_of(std::int64_t context) {
    RequestPlan plan = read_requests(*value_.find("requests"), {place_, context}, build_);
    for (const std::string& warning : plan.warnings) {
      build_.scenario.warnings.push_back(fmt::format("{}: {}", service_.name, warning));
    }
    const Value* rate = value_.find("requests")->find("rate");
    if (rate != nullptr) service_.rate = factor_of(*rate);
    service_.max_concurrency = plan.max_concurrency.value_or(0);
    service_.requests = std::move(plan.source);
    build_.scenario.random |= plan.random;
  }

  void tell_band() {
    if (service_.band_low == service_.band_high) return;
    build_.scenario.warnings.push_back(
        fmt::format("{}: nine of ten measured steps took {:.2f} to {:.2f} times ours",
                    service_.name, service_.band_low, service_.band_high));
  }

  void check() {
    const Value* autoscale = value_.find("autoscale");
    if (autoscale == nullptr || !autoscale->has("slo")) return;
    const auto is_ttft = [](const Objective& o) { return o.metric == Objective::Metric::kTtft; };
    if (std::ranges::any_of(service_.objectives, is_ttft)) return;
    build_.fail(*autoscale,
                "slo: the service has no limit of its time to the first token (slo: "
                "{ ttft_p99: … })");
  }

  const Value& value_;
  std::uint32_t place_;
  ScenarioBuild& build_;
  ServiceSettings service_;
};

/// Prefixes are kept in whole blocks of the cache.
void settle_prefixes(const Value& value, ServiceSettings& service, ScenarioBuild& build) {
  const Value* engine = value.find("engine");
  const Value* caching = engine != nullptr ? engine->find("prefix_caching") : nullptr;
  if (caching != nullptr && !bool_of(*caching)) return;
  service.engine.prefix_caching = true;
  const std::uint32_t tokens = service.requests(0)->prefix_block_tokens();
  if (tokens % service.engine.block_tokens != 0) {
    build.fail(value,
               fmt::format("prefixes of the requests are known in blocks of {} tokens, which "
                           "are no whole blocks of {} (engine.block_tokens)",
                           tokens, service.engine.block_tokens));
    return;
  }
  service.engine.hash_tokens = tokens;
}

}  // namespace

void build_services(ScenarioBuild& build) {
  const Value* services = build.document.root.find("workload")->find("services");
  if (services == nullptr) return;
  std::set<std::string> names;
  for (std::uint32_t i = 0; i < services->items.size(); ++i) {
    const Value& value = services->items[i];
    auto service = ServiceReader(value, i, build).read();
    if (!service) continue;
    if (!names.insert(service->name).second) {
      build.fail(*value.find("name"), fmt::format("there are two services '{}'", service->name));
    }
    if (service->requests) settle_prefixes(value, *service, build);
    build.scenario.services.push_back(std::move(*service));
  }
  // Requests may have brought tenants along.
  for (ServiceSettings& service : build.scenario.services) {
    service.engine.tenants = build.scenario.tenants.size();
  }
}

}  // namespace tandem
