#include "cli/device_profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace tandem {
namespace {

using nlohmann::json;

/// Of the matrix products of one type, the best; 0 if there are none.
double best_flops(const json& hardware, const std::string& type) {
  double best = 0;
  for (const json& product : hardware.at("gemm")) {
    if (product.at("type") == type) best = std::max(best, product.at("flops_per_s").get<double>());
  }
  return best;
}

/// What collectives cost between devices here: latency from the smallest, bandwidth from the
/// largest all-reduce of most ranks, which sends 2 (n-1)/n of its bytes over each wire.
struct Wires {
  double latency_s = 0;
  double bytes_per_s = 0;
};
Wires wires_of(const json& hardware) {
  Wires wires;
  double largest = 0;
  double smallest = HUGE_VAL;
  for (const json& reduction : hardware.at("all_reduce")) {
    const double bytes = reduction.at("bytes");
    const double ranks = reduction.at("ranks");
    const double seconds = reduction.at("seconds");
    if (bytes < smallest) {
      smallest = bytes;
      wires.latency_s = seconds;
    }
    if (bytes > largest) {
      largest = bytes;
      wires.bytes_per_s = 2 * (ranks - 1) / ranks * bytes / seconds;
    }
  }
  return wires;
}

double mean_of(const std::vector<MeasuredGang>& gangs, double MeasuredGang::*figure) {
  double sum = 0;
  for (const MeasuredGang& gang : gangs) sum += gang.*figure;
  return gangs.empty() ? 0 : sum / static_cast<double>(gangs.size());
}

std::string step_line(const TrainingSpec& spec, const std::string& figures) {
  const Layout& layout = spec.layout;
  return fmt::format(
      "        - {{ model: {}, {}tp: {}, pp: {}, dp: {}, zero: {}, batch: {}, micro_batch: {}, "
      "sequence: {}, precision: {}, recompute: {}, {} }}\n",
      spec.model.name, spec.kind == JobKind::kEvaluate ? "kind: evaluate, " : "", layout.tensor,
      layout.pipeline, layout.data, layout.zero, layout.batch, layout.micro_batch, layout.sequence,
      name_of(layout.precision), layout.recompute == Recompute::kFull ? "full" : "none", figures);
}

std::string figures_of(const MeasuredGang& gang) {
  std::string text = fmt::format("seconds: {:.6f}", gang.step_s);
  if (gang.evaluation_s > 0) text += fmt::format(", evaluation: {:.6f}", gang.evaluation_s);
  return text;
}

std::string gangs_text(const DeviceProfile& profile) {
  const std::vector<MeasuredGang>& gangs = profile.gangs;
  if (gangs.empty() && profile.evaluations.empty()) return {};
  std::string text;
  if (!gangs.empty()) {
    text = fmt::format(
        "      start: {:.4f} s\n      load: {:.4f} s\n      save: {:.4f} s\n      stop: {:.4f} s\n",
        mean_of(gangs, &MeasuredGang::start_s), mean_of(gangs, &MeasuredGang::load_s),
        mean_of(gangs, &MeasuredGang::save_s), mean_of(gangs, &MeasuredGang::stop_s));
  }
  text += "      steps:  # with every device of the node busy\n";
  for (const MeasuredGang& gang : gangs) text += step_line(gang.spec, figures_of(gang));
  for (const auto& [spec, step_s] : profile.evaluations) {
    text += step_line(spec, fmt::format("seconds: {:.6f}", step_s));
  }
  return text;
}

/// JSON is YAML; a line for each key.
std::string engines_text(const std::vector<nlohmann::ordered_json>& engines) {
  if (engines.empty()) return {};
  std::string text = "      engines:\n";
  for (const auto& engine : engines) {
    std::string_view before = "        - ";
    for (const auto& [key, value] : engine.items()) {
      text += fmt::format("{}{}: {}\n", before, key, value.dump());
      before = "          ";
    }
  }
  return text;
}

std::string measured_text(const DeviceProfile& profile) {
  const std::string text = gangs_text(profile) + engines_text(profile.engines);
  return text.empty() ? text : "    measured:\n" + text;
}

std::string table_of(const json& hardware) {
  std::string text = "# Matrix products, n x n by n x n:\n";
  for (const json& product : hardware.at("gemm")) {
    text += fmt::format("#   {} {:5} {:8.2f} GFLOP/s\n", product.at("type").get<std::string>(),
                        product.at("size").get<std::int64_t>(),
                        product.at("flops_per_s").get<double>() / 1e9);
  }
  text += "# All-reduces:\n";
  for (const json& reduction : hardware.at("all_reduce")) {
    text += fmt::format("#   {} ranks {:10} bytes {:10.6f} s\n", reduction.at("ranks").get<int>(),
                        reduction.at("bytes").get<std::int64_t>(),
                        reduction.at("seconds").get<double>());
  }
  return text;
}

}  // namespace

std::string text_of(const DeviceProfile& profile) {
  const json& hardware = profile.hardware;
  const Wires wires = wires_of(hardware);
  const double memory =
      hardware.at("memory_bytes").get<double>() / static_cast<double>(profile.devices);
  std::string text = fmt::format(
      "# Measured by 'tandem calibrate' on this machine: {}, {} devices of {} threads.\n{}"
      "devices:\n"
      "  - name: {}\n    title: {}\n    memory: {:.0f} B\n    memory_bytes_per_s: {:.4g}\n",
      hardware.at("processor").get<std::string>(), profile.devices,
      hardware.at("threads").get<int>(), table_of(hardware), profile.name,
      json(hardware.at("processor")).dump(), memory,
      hardware.at("memory_bytes_per_s").get<double>());
  for (const char* type : {"fp32", "bf16"}) {
    if (const double flops = best_flops(hardware, type); flops > 0) {
      text += fmt::format("    peak_{}: {:.4g}\n", type, flops);
    }
  }
  text += measured_text(profile);
  if (wires.bytes_per_s > 0) {
    text += fmt::format(
        "    node: {{ devices: {0}, fabric: {1}-wires, network: {1}-wires, nics: 1 }}\n",
        profile.devices, profile.name);
  }
  text += "    sources: [tandem calibrate]\n";
  if (wires.bytes_per_s > 0) {
    text += fmt::format(
        "fabrics:\n  - name: {}-wires\n    title: between processes of this machine\n"
        "    bytes_per_s: {:.4g}\n    latency: {:.1f} us\n    sources: [tandem calibrate]\n",
        profile.name, wires.bytes_per_s, wires.latency_s * 1e6);
  }
  return text;
}

}  // namespace tandem
