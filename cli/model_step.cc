// tandem models step: how long one training step takes, what it consists of, and whether it fits.
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/layout_figure.h"
#include "cli/terminal.h"
#include "cli/training_question.h"
#include "reports/atomic_file.h"
#include "reports/human.h"
#include "workloads/perf/constants.h"
#include "workloads/perf/step_time.h"

namespace tandem {
namespace {

using nlohmann::ordered_json;
using Rows = std::vector<std::vector<std::string>>;

struct Part {
  const char* name;
  double seconds;
  bool is_detail;
};

std::vector<Part> parts_of(const StepTime& time) {
  std::vector<Part> parts;
  const auto add_spent = [&](const char* name, const Spent& spent) {
    if (spent.total() <= 0) return;
    parts.push_back({name, spent.total(), false});
    for (const auto& [detail, seconds] : std::initializer_list<std::pair<const char*, double>>{
             {"matrix products", spent.gemm},
             {"attention", spent.attention},
             {"pointwise", spent.pointwise},
             {"communication", spent.communication},
             {"waiting for the host", spent.host}}) {
      if (seconds > 0) parts.push_back({detail, seconds, true});
    }
  };
  add_spent("forward", time.forward);
  add_spent("backward", time.backward);
  add_spent("recomputed", time.recompute);
  for (const auto& [name, seconds] : std::initializer_list<std::pair<const char*, double>>{
           {"embedding, logits, loss", time.head},
           {"between pipeline stages", time.transfers},
           {"pipeline bubble", time.bubble},
           {"data parallel, not hidden", time.data},
           {"optimizer", time.optimizer},
           {"once a step", time.overhead}}) {
    if (seconds > 0) parts.push_back({name, seconds, false});
  }
  return parts;
}

std::string seconds_text(double seconds) {
  if (seconds >= 1) return fmt::format("{:.4g} s", seconds);
  return fmt::format("{:.4g} ms", seconds * 1e3);
}

std::string breakdown(const StepTime& time) {
  Rows rows = {{"PART", "TIME", "SHARE"}};
  for (const Part& part : parts_of(time)) {
    rows.push_back({(part.is_detail ? "  " : "") + std::string(part.name),
                    seconds_text(part.seconds),
                    fmt::format("{:.1f} %", 100 * part.seconds / time.seconds())});
  }
  return aligned(rows);
}

std::vector<std::pair<const char*, double>> memory_parts(const MemoryUse& memory) {
  return {{"weights", memory.weights},      {"gradients", memory.gradients},
          {"optimizer", memory.optimizer},  {"activations", memory.activations},
          {"workspace", memory.workspace},  {"runtime and buffers", memory.runtime},
          {"fragmentation", memory.reserve}};
}

std::string memory_table(const MemoryUse& memory) {
  Rows rows = {
      {"MEMORY", fmt::format("{:.1f} of {:.1f} GB on a device of pipeline stage {}",
                             memory.total() / 1e9, memory.capacity / 1e9, memory.stage + 1)}};
  for (const auto& [name, bytes] : memory_parts(memory)) {
    rows.push_back({name, fmt::format("{:.2f} GB", bytes / 1e9)});
  }
  return aligned(rows);
}

std::string answer(const TrainingQuestion& question, const StepTime& time,
                   const MemoryUse& memory) {
  const std::string what = fmt::format("{} on {} {}", question.model->name, question.devices,
                                       question.machine.device->name);
  if (!memory.fits()) {
    return fmt::format("{} does not fit: {:.1f} GB on a device of {:.1f} GB.", what,
                       memory.total() / 1e9, memory.capacity / 1e9);
  }
  const double seconds = time.seconds();
  return fmt::format("{}: {} a step ({} to {}), {} tokens/s, {:.1f} % MFU.", what,
                     seconds_text(seconds), seconds_text(seconds * time.band_low),
                     seconds_text(seconds * time.band_high),
                     human(time.tokens_per_s(), Unit::kPlain), 100 * time.mfu());
}

std::string band_text(const DeviceType& device) {
  const Efficiency& efficiency = device.efficiency;
  if (efficiency.runs == 0) {
    return fmt::format("The range is a guess: {} has {}.", device.name, efficiency.source);
  }
  return fmt::format(
      "Nine of ten of {} published runs on such devices are in a range as wide; "
      "docs/step-time.md.",
      efficiency.runs);
}

Rows provenance(const TrainingQuestion& question) {
  Rows rows = {{"NUMBER", "VALUE", "WHERE FROM"}};
  const auto add = [&](std::string_view name, double value, std::string_view unit,
                       const std::string& source) {
    rows.push_back({std::string(name), fmt::format("{:.4g} {}", value, unit), source});
  };
  const DeviceType& device = *question.machine.device;
  const Efficiency& efficiency = device.efficiency;
  add("peak", peak(device, question.layout.precision), "FLOP/s", device.sources.front());
  add("memory bandwidth", device.memory_bytes_per_s, "B/s", device.sources.front());
  add("matrix products", efficiency.gemm, "of the peak", efficiency.source);
  add("matrix products, fp8", efficiency.gemm_fp8, "of the peak", efficiency.source);
  add("fused attention, forward", efficiency.flash_forward, "of the peak", efficiency.source);
  add("fused attention, backward", efficiency.flash_backward, "of the peak", efficiency.source);
  for (const Fabric* fabric : {question.machine.inside, question.machine.between}) {
    const std::string& last = fabric->sources.back();
    add(fabric->name, fabric->bytes_per_s, "B/s", fabric->sources.front());
    add("  sustained", fabric->efficiency, "of it", last);
    add("  latency", fabric->latency, "s", last);
    add("  of each hop", fabric->hop_latency, "s", last);
  }
  for (const Constant& constant : step_time_constants()) {
    add(constant.name, constant.value, constant.unit, std::string(constant.source));
  }
  add("parameters", static_cast<double>(parameters(*question.model)), "",
      "computed from the shape: " + question.model->sources.front());
  return rows;
}

ordered_json to_json(const Spent& spent) {
  return {{"gemm_s", spent.gemm},           {"attention_s", spent.attention},
          {"pointwise_s", spent.pointwise}, {"communication_s", spent.communication},
          {"host_s", spent.host},           {"total_s", spent.total()}};
}

ordered_json layout_json(const Layout& layout) {
  return {{"tp", layout.tensor},
          {"pp", layout.pipeline},
          {"dp", layout.data},
          {"ep", layout.expert},
          {"interleave", layout.interleave},
          {"batch", layout.batch},
          {"micro_batch", layout.micro_batch},
          {"micro_batches", layout.micro_batches()},
          {"sequence", layout.sequence},
          {"recompute", name_of(layout.recompute)},
          {"precision", name_of(layout.precision)},
          {"zero", layout.zero},
          {"attention", layout.flash_attention ? "flash" : "unfused"},
          {"sequence_parallel", layout.sequence_parallel}};
}

ordered_json document(const TrainingQuestion& question, const StepTime& time,
                      const MemoryUse& memory, bool explain) {
  ordered_json json = {{"model", question.model->name},
                       {"device", question.machine.device->name},
                       {"devices", question.devices},
                       {"layout", layout_json(question.layout)},
                       {"fits", memory.fits()},
                       {"step_s", time.seconds()},
                       {"step_s_low", time.seconds() * time.band_low},
                       {"step_s_high", time.seconds() * time.band_high},
                       {"tokens_per_s", time.tokens_per_s()},
                       {"mfu", time.mfu()},
                       {"model_flops", time.model_flops},
                       {"forward", to_json(time.forward)},
                       {"backward", to_json(time.backward)},
                       {"recompute", to_json(time.recompute)},
                       {"head_s", time.head},
                       {"transfers_s", time.transfers},
                       {"bubble_s", time.bubble},
                       {"data_parallel_s", time.data},
                       {"data_parallel_whole_s", time.data_whole},
                       {"network_bytes_per_device", time.network_bytes},
                       {"optimizer_s", time.optimizer},
                       {"overhead_s", time.overhead}};
  ordered_json& use = json["memory_bytes"];
  for (const auto& [name, bytes] : memory_parts(memory)) use[name] = bytes;
  use["total"] = memory.total();
  use["capacity"] = memory.capacity;
  if (!explain) return json;
  json["numbers"] = ordered_json::array();
  const Rows rows = provenance(question);
  for (std::size_t i = 1; i < rows.size(); ++i) {
    json["numbers"].push_back(
        {{"name", rows[i][0]}, {"value", rows[i][1]}, {"source", rows[i][2]}});
  }
  return json;
}

}  // namespace

int run_model_step(const Arguments& arguments) {
  const TrainingQuestion question(arguments);
  const StepTime time = step_time(*question.model, question.machine, question.layout);
  const MemoryUse memory = memory_use(*question.model, question.machine, question.layout);
  const int code = memory.fits() ? 0 : 3;
  if (!arguments.training.figure.empty()) {
    AtomicFile file(arguments.training.figure);
    file.write(layout_figure(fmt::format("{} on {} {}", question.model->title, question.devices,
                                         question.machine.device->name),
                             question.layout, time));
    file.commit();
  }
  if (arguments.json) {
    print_json(document(question, time, memory, arguments.training.explain));
    return code;
  }
  std::string text = answer(question, time, memory) + "\n";
  if (memory.fits()) text += "\n" + breakdown(time);
  text += "\n" + memory_table(memory);
  if (memory.fits()) text += "\n" + wrapped(band_text(*question.machine.device), 80, 0) + "\n";
  if (arguments.training.explain) text += "\n" + aligned(provenance(question));
  print_output(text);
  return code;
}

}  // namespace tandem
