#include "cli/engine_measurement.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <fstream>
#include <stdexcept>
#include <vector>

#include "executor/control/worker_settings.h"

namespace tandem {
namespace {

using nlohmann::ordered_json;

constexpr auto kCurves = {"tokens", "sampled", "context", "pairs", "after_pause"};

void add_points(ordered_json& sum, const ordered_json& points) {
  for (std::size_t i = 0; i < sum.size() && i < points.size(); ++i) {
    sum[i]["seconds"] = sum[i]["seconds"].get<double>() + points[i]["seconds"].get<double>();
  }
  // One copy may have left out a large batch that took too long.
  while (sum.size() > points.size()) sum.erase(sum.size() - 1);
}

}  // namespace

WorkerOutput::WorkerOutput(const LocalMachine& machine, std::size_t device, std::size_t threads,
                           const std::string& arguments)
    : command_(fmt::format("{} '{}' {} --on {} --threads {}", fmt::join(worker_settings(), " "),
                           machine.worker.string(), arguments, machine.devices.at(device),
                           threads)),
      pipe_(popen(command_.c_str(), "re"), pclose) {
  if (!pipe_) throw std::runtime_error("cannot start " + command_);
}

ordered_json WorkerOutput::take() {
  std::string text;
  std::array<char, 4096> piece{};
  while (const std::size_t length = std::fread(piece.data(), 1, piece.size(), pipe_.get())) {
    text.append(piece.data(), length);
  }
  auto json = ordered_json::parse(text, nullptr, false);
  if (json.is_discarded()) throw std::runtime_error(command_ + " measured nothing");
  return json;
}

ordered_json measure_engines(const LocalMachine& machine, std::size_t threads,
                             const ServingSpec& spec, std::size_t copies,
                             const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "engine.json";
  std::ofstream(file) << to_json(spec);
  std::vector<WorkerOutput> outputs;
  for (std::size_t copy = 0; copy < copies; ++copy) {
    outputs.emplace_back(machine, copy, threads,
                         fmt::format("--measure 1 --engine '{}'", file.string()));
  }
  ordered_json mean = outputs.front().take();
  for (std::size_t copy = 1; copy < copies; ++copy) {
    const ordered_json one = outputs[copy].take();
    for (const char* curve : kCurves) {
      add_points(mean[curve], one.at(curve));
    }
  }
  for (const char* curve : kCurves) {
    for (ordered_json& point : mean[curve]) {
      point["seconds"] = point["seconds"].get<double>() / static_cast<double>(copies);
    }
  }
  return mean;
}

}  // namespace tandem
