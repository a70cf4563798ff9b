// Weights, gradients and optimizer: Rajbhandari et al. 2020 (ZeRO), section 3. Activations:
// Korthikanti et al. 2022, whose s b h (10 + 24/t + 5 a s / (h t)) comes out for GPT.
#include "workloads/perf/memory.h"

#include <algorithm>

#include "workloads/perf/constants.h"

namespace tandem {
namespace {

/// Master weight and two moments, fp32.
constexpr double kOptimizerStateBytes = 12;
constexpr double kLogitBytes = 6;

double real(std::int64_t number) { return static_cast<double>(number); }

double tokens(const Layout& layout) { return real(layout.micro_batch * layout.sequence); }

/// Scores after softmax, and with dropout their mask and what it leaves.
double score_bytes(const Architecture& model, const Layout& layout) {
  if (layout.flash_attention) return 0;
  const double e = layout.element_bytes();
  const double scores = tokens(layout) * real(layout.sequence * model.heads) / real(layout.tensor);
  return (model.dropout ? 2 * e + 1 : e) * scores;
}

/// `keeps_all`: also what norms and activations give, which is soon had again from what they take.
double other_bytes(const Architecture& model, const Layout& layout, bool keeps_all) {
  const double e = layout.element_bytes();
  // What enters a matrix product is kept as it went in.
  const double in = layout.precision == Precision::kFp8 ? 1 : e;
  const double given = keeps_all ? in : 0;
  const double t = real(layout.tensor);
  const double h = real(model.hidden);
  const double mask = model.dropout ? 1 : 0;
  // Inputs and outputs of both norms, and two masks.
  const double whole = (2 * e + 2 * given + 2 * mask) * h / (layout.sequence_parallel ? t : 1);
  const double active = real(model.is_mixture() ? model.active_experts : 1);
  const double inner = active * real(model.ffn) + real(model.shared_ffn);
  // Queries, keys, values, the result of attention; what enters and leaves the activation.
  const double attention = (e + in) * real(model.query_width()) + 2 * e * real(model.kv_width());
  const double shared = (attention + ((model.gated ? 2 : 1) * e + given) * inner) / t;
  const double copies = model.is_mixture() ? in * active * h / t : 0;
  return tokens(layout) * (whole + shared + copies);
}

double kept_input(const Architecture& model, const Layout& layout) {
  return layout.element_bytes() * tokens(layout) * real(model.hidden) /
         (layout.sequence_parallel ? real(layout.tensor) : 1);
}

/// Layers of micro-batches that a stage has begun and not finished. 1F1B: one for each stage from
/// here on. Interleaved, on the first stage: (1 + (p-1)/(p v)) times its p micro-batches.
double layers_in_flight(const Architecture& model, const Layout& layout, std::int64_t stage) {
  const double p = real(layout.pipeline);
  const double m = real(layout.micro_batches());
  double layers = real(layers_per_stage(model, layout));
  if (ends_are_shorter(model, layout)) layers -= 1;
  if (layout.interleave == 1) return layers * std::min(m, p - real(stage));
  const double first = p * (1 + (p - 1) / (p * real(layout.interleave)));
  return layers * std::min(m, first - real(stage));
}

/// Of the last stage.
double logits(const Architecture& model, const Layout& layout, std::int64_t stage) {
  if (stage + 1 != layout.pipeline) return 0;
  return kLogitBytes * tokens(layout) * real(model.vocabulary) / real(layout.tensor);
}

void add_device(const Machine& machine, MemoryUse& use) {
  use.capacity = real(machine.device->usable_memory.value_or(machine.device->memory).count);
  use.runtime = kRuntimeBytes;
  use.reserve = kFragmentation * use.capacity;
}

MemoryUse stage_use(const Architecture& model, const Machine& machine, const Layout& layout,
                    std::int64_t stage) {
  const RankParameters mine = rank_parameters(model, layout, stage);
  const double d = real(layout.data);
  const double count = mine.dense + mine.experts;
  const double shard = mine.dense / d + mine.experts * real(layout.expert) / d;
  MemoryUse use;
  use.stage = stage;
  // Sharded, weights and gradients take 4 bytes together: FSDP gathers from the optimizer's own
  // weights and sums in fp32, ZeRO-3 keeps both in 2 bytes.
  use.weights = layout.zero >= 3
                    ? real(std::max<std::int64_t>(4 - layout.gradient_bytes, 0)) * shard
                    : layout.element_bytes() * count;
  use.gradients = real(layout.gradient_bytes) * (layout.zero >= 2 ? shard : count);
  use.optimizer = kOptimizerStateBytes * (layout.zero >= 1 ? shard : count);
  use.activations = layers_in_flight(model, layout, stage) * layer_activations(model, layout);
  if (layout.recompute == Recompute::kFull) {
    use.workspace = whole_layer_activations(model, layout);
  }
  use.workspace = std::max(use.workspace, logits(model, layout, stage));
  if (layout.zero >= 3) {
    // Two layers at a time: one in use, one on its way.
    const double layer = count / real(layers_per_stage(model, layout));
    use.workspace += 2 * layer * (layout.element_bytes() + real(layout.gradient_bytes));
  }
  add_device(machine, use);
  return use;
}

MemoryUse forward_stage_use(const Architecture& model, const Machine& machine, const Layout& layout,
                            std::int64_t stage) {
  const RankParameters mine = rank_parameters(model, layout, stage);
  const double d = real(layout.data);
  const double e = layout.element_bytes();
  const double count = mine.dense + mine.experts;
  MemoryUse use;
  use.stage = stage;
  use.weights = e * count;
  use.activations = kept_input(model, layout);
  use.workspace = std::max(whole_layer_activations(model, layout), logits(model, layout, stage));
  if (layout.zero >= 3) {
    use.weights = e * (mine.dense / d + mine.experts * real(layout.expert) / d);
    use.workspace += 2 * e * count / real(layers_per_stage(model, layout));
  }
  add_device(machine, use);
  return use;
}

/// Of the fuller of the first and the last stage.
template <class StageUse>
MemoryUse fullest(const Layout& layout, StageUse use_of) {
  const MemoryUse first = use_of(0);
  if (layout.pipeline == 1) return first;
  const MemoryUse last = use_of(layout.pipeline - 1);
  return last.total() > first.total() ? last : first;
}

}  // namespace

RankParameters rank_parameters(const Architecture& model, const Layout& layout,
                               std::int64_t stage) {
  const double t = real(layout.tensor);
  const bool first = stage == 0;
  const bool last = stage + 1 == layout.pipeline;
  double layers = real(layers_per_stage(model, layout));
  if (ends_are_shorter(model, layout) && (first || last)) layers -= 1;
  RankParameters mine;
  if (model.is_mixture()) {
    mine.experts =
        layers * real(model.experts) * real(expert_parameters(model)) / (t * real(layout.expert));
  }
  const double all = real(layer_parameters(model));
  const double routed =
      model.is_mixture() ? real(model.experts) * real(expert_parameters(model)) : 0;
  mine.dense = layers * (all - routed) / t;
  if (first) mine.dense += real(embedding_parameters(model)) / t;
  const bool own_output = last && !(first && model.tied);
  if (own_output) mine.dense += real(model.vocabulary * model.hidden) / t;
  return mine;
}

double whole_layer_activations(const Architecture& model, const Layout& layout) {
  return other_bytes(model, layout, true) + score_bytes(model, layout);
}

double layer_activations(const Architecture& model, const Layout& layout) {
  switch (layout.recompute) {
    case Recompute::kFull: return kept_input(model, layout);
    // Fused attention keeps no scores; there it is norms and activations that are done again.
    case Recompute::kSelective: return other_bytes(model, layout, !layout.flash_attention);
    case Recompute::kNone: break;
  }
  return whole_layer_activations(model, layout);
}

MemoryUse memory_use(const Architecture& model, const Machine& machine, const Layout& layout) {
  return fullest(layout,
                 [&](std::int64_t stage) { return stage_use(model, machine, layout, stage); });
}

MemoryUse forward_memory_use(const Architecture& model, const Machine& machine,
                             const Layout& layout) {
  return fullest(
      layout, [&](std::int64_t stage) { return forward_stage_use(model, machine, layout, stage); });
}

}  // namespace tandem
