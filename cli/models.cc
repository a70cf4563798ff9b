// tandem models list and show: language models and what follows from their numbers.
#include <fmt/format.h>

#include <algorithm>

#include "cli/commands.h"
#include "cli/terminal.h"
#include "cli/training_question.h"
#include "workloads/perf/memory.h"

namespace tandem {
namespace {

using nlohmann::ordered_json;

constexpr std::int64_t kLongestShown = 8192;

std::string count_of(double number) {
  if (number >= 1e12) return fmt::format("{:.4g} T", number / 1e12);
  if (number >= 1e9) return fmt::format("{:.3g} B", number / 1e9);
  return fmt::format("{:.3g} M", number / 1e6);
}

std::string with_commas(std::int64_t number) {
  std::string digits = fmt::format("{}", number);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<std::size_t>(at), ",");
  }
  return digits;
}

struct MemoryRow {
  Layout layout;
  MemoryUse use;
};

/// The same model on one device, a node, and several nodes; one sequence, fused attention.
std::vector<MemoryRow> memory_rows(const Architecture& model, const Catalog& catalog) {
  const Machine machine = usual_machine(catalog, catalog.device("h100-sxm"));
  std::vector<MemoryRow> rows;
  for (const auto [t, p, d, zero] : std::initializer_list<std::array<int, 4>>{{1, 1, 1, 0},
                                                                              {1, 1, 8, 1},
                                                                              {1, 1, 8, 3},
                                                                              {8, 1, 1, 0},
                                                                              {8, 1, 8, 1},
                                                                              {1, 1, 64, 3},
                                                                              {8, 8, 1, 0},
                                                                              {8, 8, 8, 1}}) {
    Layout layout;
    layout.tensor = t;
    layout.pipeline = p;
    layout.data = d;
    layout.zero = zero;
    layout.sequence_parallel = t > 1;
    layout.sequence = std::min(model.context, kLongestShown);
    layout.batch = std::int64_t{4} * d * p;
    if (obstacle(model, machine, layout).empty()) {
      rows.push_back({layout, memory_use(model, machine, layout)});
    }
  }
  return rows;
}

ordered_json to_json(const Architecture& model) {
  static constexpr const char* kBiases[] = {"none", "qkv", "all"};
  return {{"name", model.name},
          {"title", model.title},
          {"parameters", parameters(model)},
          {"active_parameters", active_parameters(model)},
          {"layers", model.layers},
          {"hidden", model.hidden},
          {"heads", model.heads},
          {"kv_heads", model.kv_heads},
          {"head_size", model.head_size},
          {"ffn", model.ffn},
          {"gated", model.gated},
          {"vocabulary", model.vocabulary},
          {"tied", model.tied},
          {"positions", model.positions},
          {"context", model.context},
          {"biases", kBiases[static_cast<std::size_t>(model.biases)]},
          {"norm", model.norm == Norm::kLayer ? "layer" : "rms"},
          {"attention", model.unfused_attention ? "unfused" : "flash"},
          {"experts", model.experts},
          {"active_experts", model.active_experts},
          {"shared_ffn", model.shared_ffn},
          {"kv_cache_bytes_per_token", kv_cache_bytes_per_token(model)},
          {"sources", model.sources}};
}

ordered_json details(const Architecture& model, const Catalog& catalog) {
  ordered_json json = to_json(model);
  const std::int64_t s = std::min(model.context, kLongestShown);
  json["sequence"] = s;
  json["forward_flops_per_token"] = forward_flops_per_token(model, s);
  json["training_flops_per_token"] = training_flops_per_token(model, s);
  json["memory"] = ordered_json::array();
  for (const MemoryRow& row : memory_rows(model, catalog)) {
    json["memory"].push_back({{"tp", row.layout.tensor},
                              {"pp", row.layout.pipeline},
                              {"dp", row.layout.data},
                              {"zero", row.layout.zero},
                              {"weights_bytes", row.use.weights},
                              {"gradients_bytes", row.use.gradients},
                              {"optimizer_bytes", row.use.optimizer},
                              {"activations_bytes", row.use.activations + row.use.workspace}});
  }
  return json;
}

void print_model(const Architecture& model, const Catalog& catalog) {
  const std::int64_t s = std::min(model.context, kLongestShown);
  std::string shape =
      fmt::format("{} layers, hidden {}, {} heads of {}, {} for keys and values", model.layers,
                  model.hidden, model.heads, model.head_size, model.kv_heads);
  std::string block = fmt::format("{}{}", model.ffn, model.gated ? ", gated" : "");
  if (model.is_mixture()) {
    block += fmt::format(", {} of {} experts", model.active_experts, model.experts);
    if (model.shared_ffn > 0) block += fmt::format(" and {} for all tokens", model.shared_ffn);
  }
  std::vector<std::vector<std::string>> rows = {{model.name, model.title},
                                                {"  parameters", with_commas(parameters(model))}};
  if (model.is_mixture()) {
    rows.push_back({"  active for a token", with_commas(active_parameters(model))});
  }
  rows.insert(
      rows.end(),
      {{"  shape", shape},
       {"  feed-forward", block},
       {"  vocabulary", fmt::format("{}{}", model.vocabulary, model.tied ? ", tied" : "")},
       {"  context", fmt::format("{} tokens", model.context)},
       {"  FLOPs of a token", fmt::format("{:.4g} G forward, {:.4g} G training, at {} tokens",
                                          forward_flops_per_token(model, s) / 1e9,
                                          training_flops_per_token(model, s) / 1e9, s)},
       {"  KV cache of a token", fmt::format("{} B", kv_cache_bytes_per_token(model))}});
  for (const std::string& source : model.sources) rows.push_back({"  source", source});
  std::vector<std::vector<std::string>> table = {
      {"TP", "PP", "DP", "ZERO", "WEIGHTS", "GRADIENTS", "OPTIMIZER", "ACTIVATIONS", "TOTAL"}};
  const auto gigabytes = [](double bytes) { return fmt::format("{:.4g} GB", bytes / 1e9); };
  for (const MemoryRow& row : memory_rows(model, catalog)) {
    const MemoryUse& use = row.use;
    const double activations = use.activations + use.workspace;
    table.push_back({fmt::format("{}", row.layout.tensor), fmt::format("{}", row.layout.pipeline),
                     fmt::format("{}", row.layout.data), fmt::format("{}", row.layout.zero),
                     gigabytes(use.weights), gigabytes(use.gradients), gigabytes(use.optimizer),
                     gigabytes(activations),
                     gigabytes(use.weights + use.gradients + use.optimizer + activations)});
  }
  print_output(
      fmt::format("{}\nMemory of a device in training, one sequence of {} tokens at a time, "
                  "nothing recomputed:\n\n{}",
                  aligned(rows), s, aligned(table)));
}

}  // namespace

int run_models(const Arguments& arguments) {
  const Catalog catalog = catalog_of(arguments);
  if (!arguments.name.empty()) {
    const Architecture& model = catalog.model(arguments.name);
    arguments.json ? print_json(details(model, catalog)) : print_model(model, catalog);
    return 0;
  }
  ordered_json all = ordered_json::array();
  std::vector<std::vector<std::string>> rows = {
      {"NAME", "PARAMETERS", "LAYERS", "HIDDEN", "CONTEXT", "MODEL"}};
  for (const Architecture& model : catalog.models) {
    all.push_back(to_json(model));
    rows.push_back({model.name, count_of(static_cast<double>(parameters(model))),
                    fmt::format("{}", model.layers), fmt::format("{}", model.hidden),
                    fmt::format("{}", model.context), model.title});
  }
  if (arguments.json) {
    print_json(all);
  } else {
    print_output(aligned(rows) +
                 "\n'tandem models show NAME' tells more, with sources; 'step' and 'fit' how fast\n"
                 "it trains, 'serve' how fast it answers. --catalog FILE adds your own.\n");
  }
  return 0;
}

}  // namespace tandem
