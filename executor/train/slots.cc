#include "executor/train/slots.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "executor/spec/family.h"
#include "policies/core/check.h"

namespace tandem {
namespace {

constexpr double kDeviation = 0.02;      // Of GPT-2's first weights.
constexpr std::int64_t kAlignment = 32;  // 64 bytes of bf16.
constexpr Cut kWhole{};
constexpr Cut kRows{.dimension = 0};
constexpr Cut kColumns{.dimension = 1};

std::int64_t product(const std::vector<std::int64_t>& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

/// Lays slots one behind the other.
class SlotList {
 public:
  SlotList(const Architecture& model, const ModelSlice& slice) : model_(model), slice_(slice) {}

  void begin_part(std::int64_t part) { part_ = part; }
  /// A matrix; `residual`: its product is added to the residual stream, so that its weights begin
  /// smaller the deeper the model is.
  Slot& matrix(const std::string& name, std::int64_t rows, std::int64_t columns, Cut cut,
               bool residual = false) {
    const double share = residual ? 1 / std::sqrt(2.0 * static_cast<double>(model_.layers)) : 1;
    Slot& slot = add(name, {rows, columns}, cut);
    slot.decays = true;
    slot.deviation = kDeviation * share;
    return slot;
  }
  void vector(const std::string& name, std::int64_t size, Cut cut, double mean) {
    if (!name.empty()) add(name, {size}, cut).mean = mean;
  }
  /// What comes next follows without a gap.
  void join() { joined_ = true; }
  std::vector<Slot> take() { return std::move(slots_); }

 private:
  Slot& add(const std::string& name, std::vector<std::int64_t> shape, Cut cut) {
    if (!joined_) end_ = (end_ + kAlignment - 1) / kAlignment * kAlignment;
    joined_ = false;
    Slot& slot = slots_.emplace_back();
    slot.name = name;
    slot.shape = slot.whole_shape = std::move(shape);
    if (cut.dimension >= 0) {
      slot.shape[static_cast<std::size_t>(cut.dimension)] /= slice_.tensor_size;
    }
    slot.cut = cut;
    slot.part = part_;
    slot.offset = end_;
    end_ += slot.numbers();
    return slot;
  }

  const Architecture& model_;
  const ModelSlice& slice_;
  std::vector<Slot> slots_;
  std::int64_t part_ = 0;
  std::int64_t end_ = 0;
  bool joined_ = false;
};

/// GPT-2's matrices stand the other way round than LLaMA's: inputs by outputs.
void add_gpt2_layer(const Architecture& model, std::int64_t layer, SlotList& list) {
  const LayerNames names = layer_names(model, layer);
  const std::int64_t hidden = model.hidden;
  const std::int64_t width = model.query_width();
  list.vector(names.attention_norm, hidden, kWhole, 1);
  list.vector(names.attention_norm_bias, hidden, kWhole, 0);
  list.matrix(names.qkv, hidden, 3 * width, {.dimension = 1, .parts = 3});
  list.vector(names.qkv_bias, 3 * width, {.dimension = 0, .parts = 3}, 0);
  list.matrix(names.projection, width, hidden, kRows, true);
  list.vector(names.projection_bias, hidden, kWhole, 0);
  list.vector(names.ffn_norm, hidden, kWhole, 1);
  list.vector(names.ffn_norm_bias, hidden, kWhole, 0);
  list.matrix(names.up, hidden, model.ffn, kColumns);
  list.vector(names.up_bias, model.ffn, kRows, 0);
  list.matrix(names.down, model.ffn, hidden, kRows, true);
  list.vector(names.down_bias, hidden, kWhole, 0);
}

void add_llama_layer(const Architecture& model, std::int64_t layer, SlotList& list) {
  const LayerNames names = layer_names(model, layer);
  const std::string prefix = fmt::format("model.layers.{}.", layer);
  const std::int64_t hidden = model.hidden;
  list.vector(names.attention_norm, hidden, kWhole, 1);
  list.matrix(names.qkv, model.query_width(), hidden, kRows);
  list.join();
  list.matrix(prefix + "self_attn.k_proj.weight", model.kv_width(), hidden, kRows);
  list.join();
  list.matrix(prefix + "self_attn.v_proj.weight", model.kv_width(), hidden, kRows);
  if (model.biases == Biases::kQkv) {
    list.vector(names.qkv_bias, model.query_width(), kRows, 0);
    list.join();
    list.vector(prefix + "self_attn.k_proj.bias", model.kv_width(), kRows, 0);
    list.join();
    list.vector(prefix + "self_attn.v_proj.bias", model.kv_width(), kRows, 0);
  }
  list.matrix(names.projection, hidden, model.query_width(), kColumns, true);
  list.vector(names.ffn_norm, hidden, kWhole, 1);
  list.matrix(names.up, model.ffn, hidden, kRows);
  list.join();
  list.matrix(prefix + "mlp.up_proj.weight", model.ffn, hidden, kRows);
  list.matrix(names.down, hidden, model.ffn, kColumns, true);
}

LayerNames gpt2_layer_names(const std::string& p) {
  return {p + "ln_1.weight",      p + "ln_1.bias",          p + "attn.c_attn.weight",
          p + "attn.c_attn.bias", p + "attn.c_proj.weight", p + "attn.c_proj.bias",
          p + "ln_2.weight",      p + "ln_2.bias",          p + "mlp.c_fc.weight",
          p + "mlp.c_fc.bias",    p + "mlp.c_proj.weight",  p + "mlp.c_proj.bias"};
}

LayerNames llama_layer_names(const std::string& p, bool biases) {
  LayerNames names;
  names.attention_norm = p + "input_layernorm.weight";
  names.qkv = p + "self_attn.q_proj.weight";
  if (biases) names.qkv_bias = p + "self_attn.q_proj.bias";
  names.projection = p + "self_attn.o_proj.weight";
  names.ffn_norm = p + "post_attention_layernorm.weight";
  names.up = p + "mlp.gate_proj.weight";
  names.down = p + "mlp.down_proj.weight";
  return names;
}

}  // namespace

std::int64_t Slot::numbers() const { return product(shape); }

void for_slots_in(const std::vector<Slot>& slots, const NumberRange& range,
                  const std::function<void(const Slot&, const NumberRange&)>& visit) {
  for (const Slot& slot : slots) {
    const std::int64_t begin = std::max(slot.offset, range.begin);
    const std::int64_t end = std::min(slot.offset + slot.numbers(), range.begin + range.count);
    if (begin < end) visit(slot, {begin, end - begin});
  }
}

LayerNames layer_names(const Architecture& model, std::int64_t layer) {
  if (family_of(model) == Family::kGpt2) {
    return gpt2_layer_names(fmt::format("transformer.h.{}.", layer));
  }
  return llama_layer_names(fmt::format("model.layers.{}.", layer), model.biases == Biases::kQkv);
}

ModelNames model_names(const Architecture& model) {
  ModelNames names;
  if (family_of(model) == Family::kGpt2) {
    names = {"transformer.wte.weight", "transformer.wpe.weight", "transformer.ln_f.weight",
             "transformer.ln_f.bias", "lm_head.weight"};
  } else {
    names = {"model.embed_tokens.weight", "", "model.norm.weight", "", "lm_head.weight"};
  }
  if (model.tied) names.head = names.tokens;
  return names;
}

std::vector<Slot> slots_of(const Architecture& model, const ModelSlice& slice) {
  const auto family = family_of(model);
  CHECK(family.has_value(), "{} is of no family that can be trained", model.name);
  const ModelNames names = model_names(model);
  SlotList list(model, slice);
  if (slice.has_embedding) {
    list.matrix(names.tokens, model.vocabulary, model.hidden, kRows);
    if (!names.positions.empty()) {
      list.matrix(names.positions, model.positions, model.hidden, kWhole);
    }
  }
  for (std::int64_t layer = slice.first_layer; layer < slice.last_layer; ++layer) {
    list.begin_part(1 + layer);
    family == Family::kGpt2 ? add_gpt2_layer(model, layer, list)
                            : add_llama_layer(model, layer, list);
  }
  if (slice.has_head) {
    list.begin_part(1 + model.layers);
    list.vector(names.norm, model.hidden, kWhole, 1);
    list.vector(names.norm_bias, model.hidden, kWhole, 0);
    if (!(model.tied && slice.has_embedding)) {
      list.matrix(names.head, model.vocabulary, model.hidden, kRows);
    }
  }
  return list.take();
}

}  // namespace tandem
