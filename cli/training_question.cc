// Reads the words of the command line that name things, and checks that the degrees agree.
#include "cli/training_question.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "policies/core/error.h"
#include "policies/core/quantity_text.h"

namespace tandem {
namespace {

constexpr std::int64_t kLongestUsualSequence = 8192;
constexpr std::int64_t kMostDevices = 1 << 20;

Precision precision_of(const std::string& word, const DeviceType& device) {
  if (!word.empty()) return precision_named(word);
  return device.peak_bf16 ? Precision::kBf16 : Precision::kFp16;
}

CollectiveAlgorithm algorithm_of(const std::string& word) {
  if (word == "ring") return CollectiveAlgorithm::kRing;
  if (word == "tree") return CollectiveAlgorithm::kTree;
  return word == "hierarchical" ? CollectiveAlgorithm::kHierarchical : CollectiveAlgorithm::kBest;
}

double oversubscription_of(const std::string& text) {
  const auto number = split_unit(text);
  if (!number || !number->unit.empty() || number->number < 1 || number->number > 1e6) {
    throw InputError(
        fmt::format("--oversubscription: expected a number from 1 to 1000000, found '{}'", text));
  }
  return number->number;
}

Layout layout_of(const TrainingArguments& asked, const TrainingQuestion& question) {
  Layout layout;
  layout.tensor = asked.tensor;
  layout.pipeline = asked.pipeline;
  layout.expert = asked.expert;
  layout.interleave = asked.interleave;
  layout.batch = asked.batch;
  layout.micro_batch = asked.micro_batch;
  layout.sequence = asked.sequence > 0 ? asked.sequence
                                       : std::min(question.model->context, kLongestUsualSequence);
  layout.recompute = recompute_named(asked.recompute);
  layout.precision = precision_of(asked.precision, *question.machine.device);
  layout.zero = static_cast<int>(asked.zero);
  layout.sequence_parallel = asked.sequence_parallel;
  layout.flash_attention =
      asked.attention.empty() ? !question.model->unfused_attention : asked.attention == "flash";
  layout.fused_kernels = asked.kernels == "fused";
  layout.overlap_data = asked.overlap == "all" || asked.overlap == "data";
  layout.overlap_tensor = asked.overlap == "all" || asked.overlap == "tensor";
  layout.gradient_bytes = asked.gradients == "fp32" ? 4 : 2;
  return layout;
}

/// What the devices give when --dp is left out.
std::int64_t data_degree(const TrainingArguments& asked, std::int64_t devices) {
  const std::int64_t others = asked.tensor * asked.pipeline;
  if (asked.data == 0 && devices % others == 0) return devices / others;
  if (asked.data > 0 && others * asked.data == devices) return asked.data;
  const std::string data = asked.data > 0 ? fmt::format(" times --dp {}", asked.data) : "";
  throw InputError(fmt::format("{} devices are not --tp {} times --pp {}{}", devices, asked.tensor,
                               asked.pipeline, asked.data > 0 ? data : " times a whole --dp"));
}

}  // namespace

std::pair<std::int64_t, std::string> parse_devices(const std::string& text) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const auto rest = static_cast<std::size_t>(end - text.data());
  const bool counted = error == std::errc{} && rest + 1 < text.size() && text[rest] == 'x';
  if (!counted || count < 1 || count > kMostDevices) {
    throw InputError(
        fmt::format("--devices: expected NxTYPE such as 64xa100-sxm-80g, N from 1 to "
                    "{}, found '{}'",
                    kMostDevices, text));
  }
  return {count, text.substr(rest + 1)};
}

Machine machine_of(const Catalog& catalog, const DeviceType& device,
                   const MachineArguments& asked) {
  Machine machine = usual_machine(catalog, device);
  if (!asked.fabric.empty()) machine.inside = &catalog.fabric(asked.fabric);
  if (!asked.network.empty()) machine.between = &catalog.fabric(asked.network);
  if (asked.devices_per_node > 0) machine.devices_per_node = asked.devices_per_node;
  if (asked.nics > 0) machine.nics_per_node = asked.nics;
  machine.oversubscription = oversubscription_of(asked.oversubscription);
  return machine;
}

Catalog catalog_of(const Arguments& arguments) {
  return arguments.catalog.empty() ? built_in_catalog() : catalog_with(arguments.catalog);
}

TrainingQuestion::TrainingQuestion(const Arguments& arguments) : catalog(catalog_of(arguments)) {
  const TrainingArguments& asked = arguments.training;
  model = &catalog.model(arguments.name);
  const auto [count, type] = parse_devices(asked.devices);
  devices = count;
  machine = machine_of(catalog, catalog.device(type), asked.machine);
  machine.algorithm = algorithm_of(asked.collective);
  layout = layout_of(asked, *this);
  if (arguments.command == Command::kModelFit) return;
  layout.data = data_degree(asked, devices);
  if (const std::string why = obstacle(*model, machine, layout); !why.empty()) {
    throw InputError(why);
  }
}

}  // namespace tandem
