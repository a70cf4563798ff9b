// floor((utilization * memory - weights - activations - runtime) / block), as vLLM profiles it.
#include "workloads/perf/serving/kv_memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "workloads/perf/constants.h"
#include "workloads/perf/memory.h"

namespace tandem {
namespace {

/// 16 bits, and fp32 for the choice.
constexpr double kLogitBytes = 6;

double real(std::int64_t number) { return static_cast<double>(number); }

/// The vocabulary's matrices stay in 16 bits where the layers' have fewer.
double weight_bytes(const Architecture& model, const ServingLayout& layout, std::int64_t stage) {
  const RankParameters mine = rank_parameters(model, as_training(layout), stage);
  const bool first = stage == 0;
  const bool last = stage + 1 == layout.pipeline;
  double vocabulary = first ? real(embedding_parameters(model)) : 0;
  if (last && !(first && model.tied)) vocabulary += real(model.vocabulary * model.hidden);
  vocabulary /= real(layout.tensor);
  return layout.weight_bytes * (mine.dense + mine.experts - vocabulary) +
         bytes_of(layout.precision) * vocabulary;
}

/// The residual stream and its norm, beside the wider of attention and feed-forward: nothing is
/// kept for later.
double activation_bytes(const Architecture& model, const ServingLayout& layout,
                        const KvSettings& settings, std::int64_t stage) {
  const double e = bytes_of(layout.precision);
  const double t = real(layout.tensor);
  const double active = real(model.is_mixture() ? model.active_experts : 1);
  const double inner = (real(model.ffn) * active + real(model.shared_ffn)) / t;
  const double attention =
      2 * real(model.query_width()) / t + 2 * kv_width_of_rank(model, layout.tensor);
  const double widest = std::max(attention, (model.gated ? 3 : 2) * inner);
  const double layer = real(settings.max_batched_tokens) * e * (2 * real(model.hidden) + widest);
  if (stage + 1 < layout.pipeline) return layer;
  return layer + real(settings.max_sequences) * kLogitBytes * real(model.vocabulary);
}

KvMemory of_stage(const Architecture& model, const DeviceType& device, const ServingLayout& layout,
                  const KvSettings& settings, std::int64_t stage) {
  KvMemory memory;
  memory.stage = stage;
  memory.usable = settings.utilization * real(device.usable_memory.value_or(device.memory).count);
  memory.weights = weight_bytes(model, layout, stage);
  memory.activations = activation_bytes(model, layout, settings, stage);
  memory.runtime = kRuntimeBytes;
  memory.block_tokens = settings.block_tokens;
  memory.block = real(settings.block_tokens * layers_per_stage(model, as_training(layout))) * 2 *
                 kv_width_of_rank(model, layout.tensor) * layout.kv_bytes;
  memory.blocks =
      static_cast<std::int64_t>(std::max(0.0, std::floor(memory.left() / memory.block)));
  return memory;
}

}  // namespace

KvMemory kv_memory(const Architecture& model, const DeviceType& device, const ServingLayout& layout,
                   const KvSettings& settings) {
  KvMemory least = of_stage(model, device, layout, settings, 0);
  for (std::int64_t stage = 1; stage < layout.pipeline; ++stage) {
    const KvMemory memory = of_stage(model, device, layout, settings, stage);
    if (memory.blocks < least.blocks) least = memory;
  }
  return least;
}

std::string kv_obstacle(const KvMemory& memory, std::int64_t context) {
  if (memory.left() <= 0) {
    return fmt::format(
        "{:.1f} GB of weights, activations and runtime on a device that may use "
        "{:.1f} GB",
        (memory.weights + memory.activations + memory.runtime) / 1e9, memory.usable / 1e9);
  }
  if (memory.sequences(context) > 0) return {};
  return fmt::format(
      "room for {} tokens of keys and values, but one sequence of {} tokens needs {} blocks of {}",
      memory.tokens(), context, memory.blocks_of(context), memory.block_tokens);
}

}  // namespace tandem
