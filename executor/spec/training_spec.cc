#include "executor/spec/training_spec.h"

#include <fmt/format.h>

#include "executor/spec/family.h"
#include "executor/spec/json_forms.h"
#include "policies/core/error.h"

namespace tandem {

// Found by nlohmann-json through the enumerations' own namespace.
NLOHMANN_JSON_SERIALIZE_ENUM(Recompute, {{Recompute::kNone, "none"},
                                         {Recompute::kSelective, "selective"},
                                         {Recompute::kFull, "full"}})
NLOHMANN_JSON_SERIALIZE_ENUM(Tokens, {{Tokens::kBytes, "bytes"},
                                      {Tokens::kGpt2, "gpt2"},
                                      {Tokens::kShards, "shards"}})
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Layout, tensor, pipeline, data, expert, interleave, batch,
                                   micro_batch, sequence, recompute, precision, zero,
                                   sequence_parallel, overlap_data)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TextSource, files, tokens, vocabulary, held_out)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Recipe, text, learning_rate, final_learning_rate, warmup, beta1,
                                   beta2, epsilon, weight_decay, clip, dropout, seed,
                                   checkpoint_every, evaluate_every)

namespace {

/// Each with what a user would call it; the first that holds is the answer.
std::string obstacle_of(const TrainingSpec& spec) {
  const Architecture& model = spec.model;
  const Layout& layout = spec.layout;
  if (model.is_mixture()) return "mixtures of experts are not trained yet";
  if (model.qk_norm) return "norms over heads of queries and keys are not trained yet";
  if (!family_of(model)) return "models of the forms of GPT-2 and LLaMA are trained";
  if (layout.precision != Precision::kFp32 && layout.precision != Precision::kBf16) {
    return "precision: fp32 and bf16 are trained";
  }
  if (layout.zero > 1) return "zero: 0 and 1 are trained";
  if (layout.expert > 1) return "ep: there are no experts";
  if (layout.interleave > 1) return "interleave: one piece of the model on each stage is trained";
  if (layout.sequence_parallel) return "sequence_parallel is not trained yet";
  if (layout.recompute == Recompute::kSelective) return "recompute: none and full are trained";
  if (layout.pipeline > model.layers) return "pp: more stages than layers";
  if (model.heads % layout.tensor != 0 || model.kv_heads % layout.tensor != 0) {
    return "tp: does not divide the heads";
  }
  if (model.ffn % layout.tensor != 0) return "tp: does not divide ffn";
  if (model.vocabulary % layout.tensor != 0) return "tp: does not divide the vocabulary";
  if (layout.batch % (layout.data * layout.micro_batch) != 0) {
    return "batch: dp * micro_batch does not divide it";
  }
  if (layout.sequence > model.context) {
    return fmt::format("sequence: {} has positions for {}", model.name, model.context);
  }
  return {};
}

}  // namespace

nlohmann::json to_json(const TrainingSpec& spec) {
  return {{"kind", name_of(spec.kind)},
          {"model", spec.model},
          {"layout", spec.layout},
          {"steps", spec.steps},
          {"rows", spec.rows},
          {"recipe", spec.recipe},
          {"checkpoints", spec.checkpoints}};
}

TrainingSpec training_spec_of(const nlohmann::json& json) {
  try {
    TrainingSpec spec;
    spec.kind =
        json.at("kind") == name_of(JobKind::kEvaluate) ? JobKind::kEvaluate : JobKind::kTrain;
    json.at("model").get_to(spec.model);
    json.at("layout").get_to(spec.layout);
    json.at("steps").get_to(spec.steps);
    json.at("rows").get_to(spec.rows);
    json.at("recipe").get_to(spec.recipe);
    json.at("checkpoints").get_to(spec.checkpoints);
    return spec;
  } catch (const nlohmann::json::exception& error) {
    throw InputError(fmt::format("the description of a training job is damaged: {}", error.what()));
  }
}

std::string why_not_trainable(const TrainingSpec& spec) {
  const std::string why = obstacle_of(spec);
  return why.empty() ? why : fmt::format("{}: {}", spec.model.name, why);
}

}  // namespace tandem
