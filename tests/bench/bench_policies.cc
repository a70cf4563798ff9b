// What one decision costs with many jobs waiting: a job ends, one is submitted, the policy decides.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "policies/core/scheduler.h"
#include "policies/registry.h"

namespace tandem {
namespace {

constexpr std::uint32_t kTenantCount = 100;

RunHeader busy_cluster() {
  RunHeader header;
  const DeviceTypeId type = header.cluster.add_type("any");
  for (int node = 0; node < 32; ++node) {
    header.cluster.add_node(fmt::format("n{}", node), type, 8);
  }
  for (std::uint32_t tenant = 0; tenant < kTenantCount; ++tenant) {
    header.tenants.add(fmt::format("t{}", tenant));
  }
  return header;
}

/// A scheduler with `waiting` jobs in its queue and every device taken, driven by hand.
class Backlog {
 public:
  Backlog(const std::string& policy, std::int64_t waiting)
      : header_(busy_cluster()),
        scheduler_(header_, make_policy(policy, {header_.cluster, header_.tenants, header_.models}),
                   nullptr) {
    for (std::int64_t job = 0; job < waiting + 256; ++job) submit_later();
    step();
  }

  /// The job that has run longest ends, another comes.
  void one_decision() {
    pending_.emplace_back(Finished{running_[oldest_]});
    running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(oldest_));
    submit_later();
    step();
  }

 private:
  void submit_later() {
    constexpr std::uint32_t kSizes[] = {1, 1, 1, 2, 4, 8, 8, 64};
    Job job;
    job.id = {next_job_};
    job.tenant = {next_job_ * 7 % kTenantCount};
    job.demand.devices = kSizes[next_job_ * 2654435761u >> 29];
    job.estimate = std::chrono::seconds{60 + next_job_ * 7919 % 10'000};
    job.priority = next_job_ % 10;
    job.name = "j";
    ++next_job_;
    pending_.emplace_back(Submitted{std::move(job)});
  }

  void step() {
    now_ += std::chrono::seconds{1};
    Step next{now_, std::move(pending_)};
    pending_.clear();
    for (const Action& action : scheduler_.step(next)) {
      if (const auto* start = std::get_if<Start>(&action)) {
        pending_.emplace_back(Started{start->job});
        running_.push_back(start->job);
      }
    }
  }

  RunHeader header_;
  Scheduler scheduler_;
  Time now_;
  std::vector<Event> pending_;
  std::vector<JobId> running_;
  std::size_t oldest_ = 0;
  std::uint32_t next_job_ = 0;
};

void decide(benchmark::State& state, const std::string& policy) {
  Backlog backlog(policy, state.range(0));
  for (auto _ : state) backlog.one_decision();
}

void register_all() {
  const auto add = [](const char* policy, std::int64_t most) {
    benchmark::RegisterBenchmark(policy,
                                 [policy](benchmark::State& state) { decide(state, policy); })
        ->RangeMultiplier(10)
        ->Range(100, most)
        ->Unit(benchmark::kMicrosecond)
        ->MinTime(0.2);
  };
  for (const char* policy :
       {"fifo", "priority-aging", "fair-share", "fair-share:algorithm=fair-tree", "sjf", "gittins",
        "first-fit", "easy", "priority-aging+easy", "fair-share+easy", "sjf+first-fit"}) {
    add(policy, 100'000);
  }
  // Here gangs end long before their estimates: everybody's place is looked at again.
  for (const char* policy : {"conservative", "fifo+conservative:compression=shift"}) {
    add(policy, 1'000);
  }
}

}  // namespace
}  // namespace tandem

int main(int argc, char** argv) {
  tandem::register_all();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
