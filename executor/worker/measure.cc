#include "executor/worker/measure.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <vector>

#include "executor/collective/group.h"
#include "executor/worker/measure_engine.h"
#include "executor/worker/served_model.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr double kShortest = 0.2;  ///< Seconds that are spent on each figure at least.
constexpr std::int64_t kMegabyte = std::int64_t{1} << 20;

/// Seconds of one call: the best of several bursts, after one to warm up. `wait` ends what a device
/// may still be doing.
double seconds_of(const std::function<void()>& act, const std::function<void()>& wait) {
  act();
  wait();
  double best = 1e9;
  double spent = 0;
  for (int burst = 0; burst < 3 || spent < kShortest; ++burst) {
    const auto begun = Clock::now();
    act();
    wait();
    const double seconds = std::chrono::duration<double>(Clock::now() - begun).count();
    best = std::min(best, seconds);
    spent += seconds;
  }
  return best;
}

/// Reading one number makes the host wait for the device.
std::function<void()> waiter(const at::Tensor& of) {
  return [of] { of.view({-1})[0].item(); };
}

json matrix_products(const at::TensorOptions& options) {
  json all = json::array();
  const std::vector<std::int64_t> sizes = options.device().is_cpu()
                                              ? std::vector<std::int64_t>{128, 256, 512, 1024}
                                              : std::vector<std::int64_t>{1024, 4096, 8192};
  for (const auto& [name, type] :
       {std::pair{"fp32", at::kFloat}, std::pair{"bf16", at::kBFloat16}}) {
    for (const std::int64_t size : sizes) {
      const at::Tensor a = at::ones({size, size}, options.dtype(type));
      at::Tensor product;
      const double seconds =
          seconds_of([&] { product = at::mm(a, a); }, [&] { product.view({-1})[0].item(); });
      const auto n = static_cast<double>(size);
      all.push_back({{"type", name}, {"size", size}, {"flops_per_s", 2 * n * n * n / seconds}});
    }
  }
  return all;
}

/// Copying reads every byte once and writes it once.
double memory_bytes_per_s(const at::TensorOptions& options) {
  const std::int64_t bytes = 256 * kMegabyte;
  const at::Tensor from = at::ones({bytes / 4}, options);
  at::Tensor to = at::empty({bytes / 4}, options);
  return 2 * static_cast<double>(bytes) / seconds_of([&] { to.copy_(from); }, waiter(to));
}

json all_reduces(Group& group, const at::TensorOptions& options) {
  json all = json::array();
  for (const std::int64_t bytes :
       {std::int64_t{4}, 64 * kMegabyte / 1024, kMegabyte, 16 * kMegabyte}) {
    at::Tensor tensor = at::zeros({bytes / 4}, options);
    constexpr int kTimes = 10;  // The same on all ranks, which cannot look at their own clocks.
    double best = 1e9;
    for (int i = 0; i < kTimes; ++i) {
      group.barrier();
      const auto begun = Clock::now();
      group.begin_all_reduce(tensor, Reduction::kSum)->wait();
      waiter(tensor)();
      best = std::min(best, std::chrono::duration<double>(Clock::now() - begun).count());
    }
    all.push_back({{"ranks", group.size()}, {"bytes", bytes}, {"seconds", best}});
  }
  return all;
}

int measure_as_rank(const MeasureRequest& request, const at::TensorOptions& options) {
  const auto group = make_group(request.on, request.meet, "measure", request.rank, request.ranks,
                                std::chrono::seconds(60));
  const json all = all_reduces(*group, options);
  if (request.rank == 0) fmt::print("{}\n", all.dump());
  return 0;
}

/// Starts the ranks as processes of this program and reads what the first one prints.
json collectives(const MeasureRequest& request) {
  if (request.ranks < 2) return json::array();
  std::string meet = (fs::temp_directory_path() / "tandem-measure-XXXXXX").string();
  if (mkdtemp(meet.data()) == nullptr) throw std::runtime_error("no temporary folder");
  std::string command;
  for (int rank = request.ranks - 1; rank >= 0; --rank) {
    command += fmt::format("'{}' --measure {} --on {} --threads {} --rank {} --meet '{}'{}",
                           fs::read_symlink("/proc/self/exe").string(), request.ranks, request.on,
                           request.threads, rank, meet, rank > 0 ? " & " : "; wait");
  }
  std::FILE* pipe = popen(command.c_str(), "re");
  if (pipe == nullptr) throw std::runtime_error("cannot start ranks");
  std::string text;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) text += static_cast<char>(c);
  pclose(pipe);
  fs::remove_all(meet);
  const json all = json::parse(text, nullptr, false);
  if (!all.is_array()) throw std::runtime_error("the ranks did not come together");
  return all;
}

std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown processor";
}

int measure_served(const MeasureRequest& request) {
  std::ifstream file(request.engine);
  const ServingSpec spec = serving_spec_of(json::parse(file));
  const auto begun = Clock::now();
  const auto model = served_model(spec, request.on, request.threads);
  const Duration start = Clock::now() - begun;
  MeasuredEngine engine =
      measure_engine(*model, spec, [] { return Time{Clock::now().time_since_epoch()}; });
  engine.start = start;
  fmt::print("{}\n", to_json(engine).dump());
  return 0;
}

double memory_bytes() {
  return static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGE_SIZE));
}

}  // namespace

int measure(const MeasureRequest& request) {
  if (!request.engine.empty()) return measure_served(request);
  at::set_num_threads(request.threads);
  const at::TensorOptions options = at::TensorOptions().device(at::Device(request.on));
  if (request.rank >= 0) return measure_as_rank(request, options);
  const json all = {
      {"processor", processor_name()},    {"threads", request.threads},
      {"memory_bytes", memory_bytes()},   {"memory_bytes_per_s", memory_bytes_per_s(options)},
      {"gemm", matrix_products(options)}, {"all_reduce", collectives(request)}};
  fmt::print("{}\n", all.dump());
  return 0;
}

}  // namespace tandem
