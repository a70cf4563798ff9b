// What one allocation of Gavel's linear programmes costs with 1000 different jobs on three device
// types: alone, and after one of nearly the same jobs.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

#include "policies/global/allocation_lp.h"
#include "tests/support/random.h"

namespace tandem {
namespace {

AllocationJob random_job(Random& random, std::uint32_t id) {
  const double slow = static_cast<double>(random.between(100, 1000));
  const double middle = slow * static_cast<double>(random.between(12, 32)) / 10;
  const double fast = middle * static_cast<double>(random.between(11, 31)) / 10;
  AllocationJob job;
  job.id = id;
  job.devices = static_cast<double>(1 << random.below(4));
  job.throughput = {slow, middle, fast};
  job.work = static_cast<double>(random.between(1, 10'000'000));
  job.elapsed = static_cast<double>(random.between(0, 10'000));
  if (random.chance(20)) job.time_left = static_cast<double>(random.between(1000, 1'000'000));
  return job;
}

/// range(0): the goal; range(1): devices of each type; range(2): whether each call follows another,
/// with one job gone, one come and one changed.
void allocate(benchmark::State& state) {
  Random random(1);
  std::vector<AllocationJob> jobs;
  std::uint32_t next_id = 0;
  while (jobs.size() < 1000) jobs.push_back(random_job(random, next_id++));
  const double devices = static_cast<double>(state.range(1));
  const std::vector<DeviceSupply> supplies{{devices, 1}, {devices, 3}, {devices, 8}};
  const auto goal = static_cast<AllocationGoal>(state.range(0));
  AllocationLp warm(goal);
  warm.solve(jobs, supplies);
  for (auto _ : state) {
    if (state.range(2) == 0) {
      benchmark::DoNotOptimize(AllocationLp(goal).solve(jobs, supplies));
      continue;
    }
    jobs.erase(jobs.begin() + random.below(1000));
    jobs.push_back(random_job(random, next_id++));
    jobs[random.below(1000)].throughput[1] *= 1.01;
    benchmark::DoNotOptimize(warm.solve(jobs, supplies));
  }
}

BENCHMARK(allocate)
    ->ArgNames({"goal", "devices", "warm"})
    ->ArgsProduct({{0, 1, 2, 3}, {100, 1000, 4000}, {0, 1}})
    ->Unit(benchmark::kMillisecond)
    ->MinTime(0.3);

}  // namespace
}  // namespace tandem

BENCHMARK_MAIN();
