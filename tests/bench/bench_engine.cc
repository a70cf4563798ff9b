// What a request costs on its way through one serving engine, and through a service of 64 replicas,
// with lengths like those of the Azure conversation trace of 2023 (19,366 requests in 58 minutes;
// mean prompt 1,155 tokens, median 1,020; mean answer 211, median 129: Patel et al., Splitwise,
// ISCA'24, and the trace itself).
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "policies/registry.h"
#include "reports/service_metrics.h"
#include "sim/check/listed_scenario.h"
#include "sim/simulated_world.h"
#include "sim/simulation.h"
#include "tests/support/random.h"
#include "tests/support/service_run.h"
#include "workloads/run_header.h"

namespace tandem {
namespace {

/// Log-normal, by the sum of twelve even numbers.
std::uint32_t length(Random& random, double median, double mean, std::uint32_t most) {
  double normal = -6;
  for (int i = 0; i < 12; ++i) normal += static_cast<double>(random.below(1U << 30)) / (1U << 30);
  const double spread = std::sqrt(2 * std::log(mean / median));
  const double tokens = median * std::exp(spread * normal);
  return static_cast<std::uint32_t>(std::clamp(tokens, 1.0, static_cast<double>(most)));
}

/// Drawn one at a time: millions of them take no memory.
class Conversations final : public RequestSource {
 public:
  Conversations(std::uint64_t count, double per_s) : count_(count), gap_s_(1 / per_s) {}
  bool next(RequestArrival& next) override {
    if (drawn_ == count_) return false;
    const double even = (static_cast<double>(random_.below(1U << 30)) + 1) / (1U << 30);
    now_ += Duration{static_cast<std::int64_t>(-std::log(even) * gap_s_ * 1e9)};
    next.request.id = {static_cast<std::uint32_t>(drawn_++)};
    next.request.arrival = now_;
    next.request.prompt_tokens = length(random_, 1020, 1155, 8000);
    next.output_tokens = length(random_, 129, 211, 1500);
    next.request.output_limit = next.output_tokens;
    return true;
  }
  std::uint64_t count() const override { return count_; }

 private:
  Random random_{1};
  std::uint64_t count_;
  double gap_s_;
  std::uint64_t drawn_ = 0;
  Time now_{};
};

class Deaf final : public ServiceRecorder {
  void arrived(ServiceId, const Request&) override {}
  void ended(const RequestRecord&) override {}
  void gave_tokens(ServiceId, const TokenGaps&) override {}
  void load(ServiceId, std::uint32_t, Time, const EngineLoad&) override {}
};

void per_request(benchmark::State& state, double requests) {
  state.counters["per_request"] = benchmark::Counter(
      requests, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

/// range(0): requests in a hundred seconds; range(1): blocks of the cache.
void one_engine(benchmark::State& state) {
  constexpr std::uint64_t kRequests = 20'000;
  Tenants tenants;
  tenants.add("default");
  PlainCost cost;
  ServingEngine::Settings settings;
  settings.engine.kv_blocks = state.range(1);
  Deaf nobody;
  for (auto _ : state) {
    ServingEngine engine(settings, make_batch_policy("fifo", tenants), cost, nobody);
    Conversations source(kRequests, static_cast<double>(state.range(0)) / 100);
    std::vector<ServedRequest> ended;
    RequestArrival arrival;
    while (source.next(arrival)) {
      while (engine.next_time() < arrival.request.arrival) {
        engine.advance(engine.next_time(), ended);
        ended.clear();
      }
      engine.submit({.arrival = arrival, .answer = arrival.output_tokens}, arrival.request.arrival);
    }
    while (engine.next_time() != kForever) engine.advance(engine.next_time(), ended);
    state.counters["evictions"] = static_cast<double>(engine.engine().counts().evictions);
  }
  per_request(state, kRequests);
}
BENCHMARK(one_engine)
    ->ArgNames({"per_100s", "blocks"})
    ->ArgsProduct({{300, 560}, {700, 40'000}})
    ->Unit(benchmark::kMillisecond);

double peak_mib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

/// range(0): thousands of requests; 4 a second for each of 64 replicas. With all figures.
void a_service(benchmark::State& state) {
  const auto requests = static_cast<std::uint64_t>(state.range(0)) * 1000;
  Scenario scenario = scenario_of(nodes(64, 1), std::vector<JobRow>{});
  ServiceSettings service = service_of(scenario, {}, PlainCost{});
  service.engine = {};
  for (auto& [type, on] : service.pool.on) on.kv_blocks = 40'000;
  service.pool.least = service.pool.most = 64;
  service.requests = [=](std::uint64_t) {
    return std::make_unique<Conversations>(requests, 64 * 4);
  };
  scenario.services.push_back(std::move(service));
  for (auto _ : state) {
    ServiceMetrics metrics({{.name = "chat", .objectives = {}}}, scenario.tenants);
    SimulatedWorld world(scenario, 1, false, &metrics);
    Scheduler scheduler(header_of(scenario, "fifo", 1, "bench"),
                        make_policy("fifo", {scenario.cluster, scenario.tenants, scenario.models}),
                        nullptr);
    drive(world, scheduler);
    benchmark::DoNotOptimize(metrics.result());
  }
  per_request(state, static_cast<double>(requests));
  state.counters["peak_mib"] = peak_mib();
}
BENCHMARK(a_service)
    ->ArgName("thousands")
    ->Arg(100)
    ->Arg(1000)
    ->Arg(10'000)
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tandem

BENCHMARK_MAIN();
