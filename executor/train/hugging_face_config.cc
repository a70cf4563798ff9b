#include "executor/train/hugging_face_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "executor/spec/family.h"
#include "policies/core/error.h"
#include "policies/core/nearest.h"

namespace tandem {
namespace {

/// No model comes near.
constexpr std::int64_t kMostSize = 1 << 24;

/// The keys of one config.json; errors name the file.
class Config {
 public:
  Config(const nlohmann::json& json, const std::string& file) : json_(json), file_(file) {}

  template <class Value>
  Value get(const char* key) const {
    if (!json_.contains(key)) fail(fmt::format("'{}' is missing", key));
    return value<Value>(key);
  }
  template <class Value>
  Value get(const char* key, Value otherwise) const {
    const bool said = json_.contains(key) && !json_.at(key).is_null();
    return said ? value<Value>(key) : otherwise;
  }
  /// Anything but `only` would have to be computed otherwise.
  template <class Value>
  void expect(const char* key, const Value& only) const {
    const Value said = get<Value>(key, only);
    if (said != only) fail(fmt::format("'{}' is {}; only {} is computed", key, said, only));
  }
  void expect_none(const char* key) const {
    if (json_.contains(key) && !json_.at(key).is_null()) {
      fail(fmt::format("'{}' is given; models with it are not computed", key));
    }
  }
  /// What stands under `key`; without it, this.
  Config inside(const char* key) const {
    if (!json_.contains(key) || json_.at(key).is_null()) return *this;
    if (!json_.at(key).is_object()) fail(fmt::format("'{}' is no object", key));
    return {json_.at(key), file_};
  }
  [[noreturn]] void fail(const std::string& what) const { throw InputError({file_}, what); }

 private:
  template <class Value>
  Value value(const char* key) const {
    try {
      return json_.at(key).get<Value>();
    } catch (const nlohmann::json::exception&) {
      fail(fmt::format("'{}' is {}, which is of another kind", key, json_.at(key).dump()));
    }
  }

  const nlohmann::json& json_;
  const std::string& file_;
};

Architecture gpt2_of(const Config& config) {
  config.expect<std::string>("activation_function", "gelu_new");
  config.expect("scale_attn_weights", true);
  config.expect("scale_attn_by_inverse_layer_idx", false);
  Architecture model;
  model.layers = config.get<std::int64_t>("n_layer");
  model.hidden = config.get<std::int64_t>("n_embd");
  model.heads = model.kv_heads = config.get<std::int64_t>("n_head");
  model.ffn = config.get("n_inner", 4 * model.hidden);
  model.vocabulary = config.get<std::int64_t>("vocab_size");
  model.positions = model.context = config.get<std::int64_t>("n_positions");
  model.tied = config.get("tie_word_embeddings", true);
  model.biases = Biases::kAll;
  model.norm = Norm::kLayer;
  model.norm_epsilon = config.get("layer_norm_epsilon", 1e-5);
  model.dropout = true;
  return model;
}

Architecture llama_of(const Config& config, const std::string& type) {
  config.expect<std::string>("hidden_act", "silu");
  config.expect("attention_bias", false);
  config.expect("mlp_bias", false);
  config.expect("use_sliding_window", false);
  if (type == "mistral") config.expect_none("sliding_window");
  config.expect_none("rope_scaling");
  Architecture model;
  model.layers = config.get<std::int64_t>("num_hidden_layers");
  model.hidden = config.get<std::int64_t>("hidden_size");
  model.heads = config.get<std::int64_t>("num_attention_heads");
  model.kv_heads = config.get("num_key_value_heads", model.heads);
  model.head_size = config.get("head_dim", std::int64_t{0});
  model.ffn = config.get<std::int64_t>("intermediate_size");
  model.gated = true;
  model.vocabulary = config.get<std::int64_t>("vocab_size");
  model.context = config.get<std::int64_t>("max_position_embeddings");
  model.tied = config.get("tie_word_embeddings", false);
  model.biases = type == "qwen2" ? Biases::kQkv : Biases::kNone;
  model.norm_epsilon = config.get("rms_norm_eps", 1e-6);
  // Since transformers 5 in an object of its own.
  const Config rotary = config.inside("rope_parameters");
  rotary.expect<std::string>("rope_type", "default");
  rotary.expect("partial_rotary_factor", 1.0);
  model.rotary_base = rotary.get("rope_theta", 10'000.0);
  return model;
}

}  // namespace

Architecture architecture_of(const nlohmann::json& json, const std::string& file) {
  static const std::array<std::string, 4> types{"gpt2", "llama", "mistral", "qwen2"};
  const Config config(json, file);
  const auto type = config.get<std::string>("model_type");
  if (std::ranges::find(types, type) == types.end()) {
    config.fail(fmt::format("no model type '{}' is computed{}", type, suggestion(type, types)));
  }
  Architecture model = type == "gpt2" ? gpt2_of(config) : llama_of(config, type);
  model.name = model.title = type;
  for (const std::int64_t size : {model.layers, model.hidden, model.heads, model.kv_heads,
                                  model.ffn, model.vocabulary, model.context}) {
    if (size < 1) config.fail("a size is below 1");
    if (size > kMostSize) config.fail(fmt::format("a size is above {}", kMostSize));
  }
  if (model.heads % model.kv_heads != 0) {
    config.fail(
        fmt::format("{} heads do not share {} keys and values", model.heads, model.kv_heads));
  }
  if (model.head_size == 0) model.head_size = model.hidden / model.heads;
  if (model.head_size < 1) config.fail("a head has no numbers");
  if (!family_of(model)) config.fail("heads of an odd size cannot be turned");
  return model;
}

nlohmann::json config_of(const Architecture& model) {
  if (family_of(model) == Family::kGpt2) {
    return {{"architectures", {"GPT2LMHeadModel"}},
            {"model_type", "gpt2"},
            {"activation_function", "gelu_new"},
            {"n_layer", model.layers},
            {"n_embd", model.hidden},
            {"n_head", model.heads},
            {"n_inner", model.ffn},
            {"vocab_size", model.vocabulary},
            {"n_positions", model.positions},
            {"tie_word_embeddings", model.tied},
            {"layer_norm_epsilon", model.norm_epsilon},
            {"torch_dtype", "float32"}};
  }
  const bool qwen2 = model.biases == Biases::kQkv;
  return {{"architectures", {qwen2 ? "Qwen2ForCausalLM" : "LlamaForCausalLM"}},
          {"model_type", qwen2 ? "qwen2" : "llama"},
          {"hidden_act", "silu"},
          {"num_hidden_layers", model.layers},
          {"hidden_size", model.hidden},
          {"num_attention_heads", model.heads},
          {"num_key_value_heads", model.kv_heads},
          {"head_dim", model.head_size},
          {"intermediate_size", model.ffn},
          {"vocab_size", model.vocabulary},
          {"max_position_embeddings", model.context},
          {"tie_word_embeddings", model.tied},
          {"rms_norm_eps", model.norm_epsilon},
          {"rope_theta", model.rotary_base},
          {"torch_dtype", "float32"}};
}

}  // namespace tandem
