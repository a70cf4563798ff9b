// What ranks on this machine need to talk to each other, over Gloo on loopback: time of a call by
// size. `bench_collectives [RANKS]` starts the other ranks itself; all do the same, the first
// prints. Bytes per second are of the tensor that every rank has in the end.

#include <ATen/ops/zeros.h>
#include <benchmark/benchmark.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "executor/collective/group.h"

namespace tandem {
namespace {

using Call = std::function<void(Group&, const at::Tensor& whole, const at::Tensor& other)>;

at::Tensor part_of(const at::Tensor& whole, const Group& group) {
  const std::int64_t count = whole.numel() / group.size();
  return whole.narrow(0, group.rank() * count, count);
}

void all_reduce(Group& group, const at::Tensor& whole, const at::Tensor&) {
  group.all_reduce(whole, Reduction::kSum);
}

void reduce_scatter(Group& group, const at::Tensor& whole, const at::Tensor&) {
  group.begin_reduce_scatter(part_of(whole, group), whole)->wait();
}

void all_gather(Group& group, const at::Tensor& whole, const at::Tensor&) {
  group.all_gather(whole, part_of(whole, group));
}

void send_around(Group& group, const at::Tensor& whole, const at::Tensor& other) {
  const auto sent = group.begin_send(whole, (group.rank() + 1) % group.size());
  group.receive(other, (group.rank() + group.size() - 1) % group.size());
  sent->wait();
}

void add(Group& group, const std::string& name, const Call& call) {
  for (const std::int64_t bytes :
       {std::int64_t{1} << 8, std::int64_t{1} << 16, std::int64_t{1} << 20, std::int64_t{1} << 22,
        std::int64_t{1} << 24}) {
    const auto run = [&group, call, bytes](benchmark::State& state) {
      const at::Tensor whole = at::zeros({bytes / 4}, at::kFloat);
      const at::Tensor other = at::zeros({bytes / 4}, at::kFloat);
      group.barrier();
      for (auto _ : state) call(group, whole, other);
      state.SetBytesProcessed(state.iterations() * bytes);
    };
    // All ranks must make equally many calls.
    benchmark::RegisterBenchmark((name + "/" + std::to_string(bytes)).c_str(), run)
        ->Iterations(bytes > 1 << 20 ? 30 : 300)
        ->UseRealTime()
        ->Unit(benchmark::kMicrosecond);
  }
}

void run_rank(int rank, int members, const std::filesystem::path& folder) {
  const auto group =
      make_group("cpu", folder, "bench", rank, members, std::chrono::milliseconds{60'000});
  add(*group, "all_reduce", all_reduce);
  add(*group, "reduce_scatter", reduce_scatter);
  add(*group, "all_gather", all_gather);
  add(*group, "send_around", send_around);
  benchmark::ConsoleReporter reporter(benchmark::ConsoleReporter::OO_Tabular);
  std::ofstream nowhere("/dev/null");
  if (rank > 0) {
    reporter.SetOutputStream(&nowhere);
    reporter.SetErrorStream(&nowhere);
  }
  benchmark::RunSpecifiedBenchmarks(&reporter);
}

void start(int rank, int members, const std::string& folder) {
  std::vector<std::string> words{"/proc/self/exe", std::to_string(members), std::to_string(rank),
                                 folder};
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t id = 0;
  posix_spawn(&id, "/proc/self/exe", nullptr, nullptr, argv.data(), environ);
}

int run(int argc, char** argv) {
  const int members = argc > 1 ? std::stoi(argv[1]) : 2;
  if (argc > 3) {
    run_rank(std::stoi(argv[2]), members, argv[3]);
    return 0;
  }
  std::string folder = "/tmp/bench_collectives.XXXXXX";
  folder = ::mkdtemp(folder.data());
  for (int rank = 1; rank < members; ++rank) start(rank, members, folder);
  run_rank(0, members, folder);
  while (::wait(nullptr) > 0) {
  }
  std::filesystem::remove_all(folder);
  return 0;
}

}  // namespace
}  // namespace tandem

int main(int argc, char** argv) { return tandem::run(argc, argv); }
