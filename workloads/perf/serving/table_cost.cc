// Adds up the layers of a step: those of a block once for each layer of the model, the others once.
#include "workloads/perf/serving/table_cost.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "policies/core/error.h"
#include "policies/core/nearest.h"
#include "workloads/perf/serving/picoseconds.h"
#include "workloads/perf/serving/roofline_cost.h"

namespace tandem {
namespace {

double real(std::int64_t number) { return static_cast<double>(number); }

enum class Needed { kAlways, kWithoutExperts, kSmall };

struct KnownLayer {
  const char* name;
  int in_block;  ///< How often in a block; 0: once in a step.
  Needed needed;
};

/// Of decoders as vLLM builds them. `layernorm` is one call of either norm of a block; profiles
/// that list them apart have the two names after it.
constexpr KnownLayer kDense[] = {{"embedding", 0, Needed::kSmall},
                                 {"layernorm", 2, Needed::kSmall},
                                 {"input_layernorm", 1, Needed::kSmall},
                                 {"post_attention_layernorm", 1, Needed::kSmall},
                                 {"qkv_proj", 1, Needed::kAlways},
                                 {"qk_norm", 1, Needed::kSmall},
                                 {"rotary_emb", 1, Needed::kSmall},
                                 {"o_proj", 1, Needed::kAlways},
                                 {"gate_up_proj", 1, Needed::kWithoutExperts},
                                 {"act_fn", 1, Needed::kSmall},
                                 {"down_proj", 1, Needed::kWithoutExperts},
                                 {"final_layernorm", 0, Needed::kSmall}};
constexpr KnownLayer kPerSequence[] = {{"lm_head", 0, Needed::kAlways},
                                       {"sampler", 0, Needed::kSmall}};

void check_names(const LayerCurves& curves, std::span<const KnownLayer> known,
                 const std::string& file) {
  std::vector<std::string> names;
  for (const KnownLayer& layer : known) names.emplace_back(layer.name);
  for (const auto& [name, curve] : curves) {
    if (std::ranges::find(names, name) != names.end()) continue;
    throw InputError(
        {file}, fmt::format("nothing is known of a layer '{}'{}", name, suggestion(name, names)));
  }
}

/// Whether a table without the layer must be one of another model or broken off.
bool must_have(const KnownLayer& layer, const Architecture& model) {
  if (layer.needed == Needed::kAlways) return true;
  return layer.needed == Needed::kWithoutExperts && (!model.is_mixture() || model.shared_ffn > 0);
}

bool has_no_use(const std::string& name, const Architecture& model, const LayerCurves& curves) {
  if (name == "qk_norm") return !model.qk_norm;
  if (name == "rotary_emb") return model.positions > 0;
  if (name == "layernorm") return curves.contains("input_layernorm");
  if (name.ends_with("_layernorm") && name != "final_layernorm") {
    return curves.contains("layernorm");
  }
  return name == "act_fn" && model.is_mixture() && model.shared_ffn == 0;
}

Curve whole_step(const LayerCurves& curves, std::span<const KnownLayer> known,
                 const Architecture& model, const std::string& file,
                 std::vector<std::string>& warnings) {
  check_names(curves, known, file);
  std::vector<CurveTerm> terms;
  for (const KnownLayer& layer : known) {
    const auto found = curves.find(layer.name);
    if (found != curves.end()) {
      const double times = layer.in_block == 0 ? 1 : real(model.layers * layer.in_block);
      terms.push_back({&found->second, times});
    } else if (must_have(layer, model)) {
      throw InputError({file}, fmt::format("layer '{}' of {} is missing", layer.name, model.name));
    } else if (layer.needed == Needed::kSmall && !has_no_use(layer.name, model, curves)) {
      warnings.push_back(fmt::format("{}: no '{}', counted as 0", file, layer.name));
    }
  }
  return sum_of(terms);
}

double all_measured_to(const LayerCurves& curves) {
  double least = std::numeric_limits<double>::infinity();
  for (const auto& [name, curve] : curves) least = std::min(least, curve.last());
  return least;
}

constexpr std::int64_t kAlways = std::numeric_limits<std::int64_t>::max();
/// Beyond any step, within 64 bits together with one: where a line would leave them it ends.
constexpr std::int64_t kMostPicoseconds = 4'000'000'000'000'000'000;

/// The line through (low, at_low), until `high`, in whole picoseconds.
struct Piece {
  std::int64_t at_low;
  std::int64_t slope;
  std::int64_t low;
  std::int64_t high;
};

/// Always above 0 and within 64 bits, whatever was measured: level where it would not be.
StepLine line_of(const Piece& piece, std::int64_t context) {
  const auto& [at_low, slope, low, high] = piece;
  const StepLine level{std::max<std::int64_t>(at_low, 1), 0, high};
  if (slope == 0 || at_low <= 0) return level;
  const std::int64_t limit = kMostPicoseconds / std::abs(slope);
  if (low >= limit) return level;
  // A falling line may reach 0 beyond what was measured.
  if (slope < 0 && (high >= limit || at_low + slope * (high - low) <= 0)) return level;
  if (context >= limit) return {at_low + slope * (limit - low), 0, high};
  return {at_low - slope * low, slope, std::min(high, limit)};
}

}  // namespace

std::vector<std::int64_t> usual_graph_sizes() {
  std::vector<std::int64_t> sizes{1, 2, 4};
  for (std::int64_t size = 8; size < 256; size += 8) sizes.push_back(size);
  for (std::int64_t size = 256; size <= 512; size += 16) sizes.push_back(size);
  return sizes;
}

TableCost::TableCost(const Architecture& model, const Machine& machine, const ServingLayout& layout,
                     const EngineProfile& engine, EngineTables tables, TableSettings settings)
    : model_(model),
      settings_(std::move(settings)),
      tables_(std::move(tables)),
      wires_(model, machine, layout, engine),
      reduces_(layout.tensor > 1),
      layers_(real(model.layers)),
      by_tokens_(
          whole_step(tables_.dense, kDense, model, tables_.folder + "/dense.csv", warnings_)),
      by_sequences_(whole_step(tables_.per_sequence, kPerSequence, model,
                               tables_.folder + "/per_sequence.csv", warnings_)),
      last_tokens_(all_measured_to(tables_.dense)),
      last_sequences_(all_measured_to(tables_.per_sequence)) {
  if (model.is_mixture() != tables_.experts.has_value()) {
    throw InputError({tables_.folder},
                     fmt::format("{} {} experts, but there is {}", model.name,
                                 model.is_mixture() ? "has" : "has no",
                                 model.is_mixture() ? "no moe.csv" : "a moe.csv"));
  }
  if (!tables_.attention.has_mixed()) {
    warnings_.push_back(tables_.folder +
                        "/attention.csv: no rows with prompts and decoding together; their times "
                        "are added");
  }
}

std::int64_t TableCost::computed_tokens(const BatchShape& shape) const {
  const std::int64_t tokens = shape.prefill_tokens + shape.decode_requests;
  if (shape.prefill_tokens > 0) return tokens;
  const auto graph = std::ranges::lower_bound(settings_.graph_sizes, tokens);
  return graph == settings_.graph_sizes.end() ? tokens : *graph;
}

double TableCost::all_reduces(double tokens) const {
  if (!reduces_ || !tables_.all_reduce) return wires_.all_reduces(tokens);
  return 2 * layers_ * tables_.all_reduce->at(wires_.bytes(tokens));
}

double TableCost::without_attention(const BatchShape& shape) const {
  const double requests = real(shape.prefill_requests + shape.decode_requests);
  double seconds = settings_.step_seconds + settings_.request_seconds * requests;
  const std::int64_t computed = computed_tokens(shape);
  if (computed == 0) return seconds;
  const double tokens = real(computed);
  seconds += by_tokens_.at(tokens) + all_reduces(tokens) + wires_.stage_sends(tokens);
  if (tables_.experts) {
    const double touched =
        experts_touched(real(model_.experts), real(model_.active_experts), computed);
    seconds += layers_ * tables_.experts->at(tokens, touched);
  }
  if (shape.sampled > 0) seconds += by_sequences_.at(real(shape.sampled));
  return seconds;
}

StepLine TableCost::line(const BatchShape& shape) const {
  const double fixed = without_attention(shape);
  const std::int64_t decodes = shape.decode_requests;
  if (shape.prefill_tokens + decodes == 0) return {to_picoseconds(fixed), 0, kAlways};
  // The mean of the pairs, each counted from the middle of its token: see PrefillKey's tables.
  const double key =
      shape.prefill_tokens == 0 ? 0 : real(shape.prefill_pairs) / real(shape.prefill_tokens) - 0.5;
  const double n = real(std::max<std::int64_t>(decodes, 1));
  const AttentionPiece piece = tables_.attention.piece(
      real(shape.prefill_tokens), key, real(decodes), real(shape.decode_context) / n);
  const auto low = static_cast<std::int64_t>(piece.low * n);
  const std::int64_t at_low = to_picoseconds(fixed + layers_ * piece.at_low);
  const std::int64_t slope = to_picoseconds(layers_ * piece.slope / n);
  const std::int64_t high =
      std::isinf(piece.high) ? kAlways : static_cast<std::int64_t>(piece.high * n);
  return line_of({at_low, slope, low, high}, shape.decode_context);
}

bool TableCost::is_beyond(const BatchShape& shape) const {
  const AttentionTable& attention = tables_.attention;
  const double n = real(shape.decode_requests);
  return real(computed_tokens(shape)) > last_tokens_ || real(shape.sampled) > last_sequences_ ||
         real(shape.prefill_tokens) > attention.prefill().last_chunk() ||
         n > attention.decode().last_decodes() ||
         real(shape.decode_context) > n * attention.decode().last_context();
}

CostAccount TableCost::account() const {
  CostAccount account;
  account.warnings = warnings_;
  const auto add = [&](const char* name, double value, const char* unit, std::string source) {
    account.numbers.push_back({name, value, unit, std::move(source)});
  };
  const AttentionTable& attention = tables_.attention;
  const std::string& folder = tables_.folder;
  add("layers, measured to", last_tokens_, "tokens", folder + "/dense.csv");
  add("logits, measured to", last_sequences_, "sequences", folder + "/per_sequence.csv");
  add("attention, measured to", attention.prefill().last_chunk(), "prompt tokens",
      folder + "/attention.csv");
  add("  and to", attention.decode().last_decodes(), "decoding", folder + "/attention.csv");
  add("  and to", attention.decode().last_context(), "tokens of context",
      folder + "/attention.csv");
  if (reduces_) {
    const std::string wires =
        tables_.all_reduce ? folder + "/all_reduce.csv" : "alpha-beta figures of the catalogue";
    add("all-reduce of a token", wires_.bytes(1), "B", wires);
  }
  add("host, step", settings_.step_seconds, "s", "as asked");
  add("host, request", settings_.request_seconds, "s", "as asked");
  account.band_source = "not measured: the tables' own spread is not known";
  return account;
}

}  // namespace tandem
