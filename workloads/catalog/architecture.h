// What a language model is made of, as its paper states it. Parameters, operations and memory are
// computed from these numbers, never stated, so that they cannot disagree with the shape.
//
// Not `Model`: that word is the scheduler's, for how fast jobs run on which device type.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tandem {

enum class Norm : std::uint8_t { kLayer, kRms };
/// Which matrices have a bias: none, queries, keys and values (Qwen 2), or all (GPT).
enum class Biases : std::uint8_t { kNone, kQkv, kAll };

/// A decoder-only transformer.
struct Architecture {
  std::string name;   ///< "llama-3-70b".
  std::string title;  ///< "Llama 3 70B".
  std::int64_t layers = 0;
  std::int64_t hidden = 0;
  std::int64_t heads = 0;
  std::int64_t kv_heads = 0;
  std::int64_t head_size = 0;
  std::int64_t ffn = 0;  ///< Of the dense block, or of one expert.
  bool gated = false;    ///< SwiGLU: three matrices instead of two.
  std::int64_t vocabulary = 0;
  bool tied = false;           ///< The output matrix is the embedding.
  std::int64_t positions = 0;  ///< Learned position embeddings; 0: rotary.
  std::int64_t context = 0;    ///< Longest sequence.
  Biases biases = Biases::kNone;
  Norm norm = Norm::kRms;
  double norm_epsilon = 1e-5;   ///< Added to the variance.
  double rotary_base = 10'000;  ///< Of rotary positions: the longest of their periods, over 2 pi.
  bool qk_norm = false;         ///< A norm over each head of queries and keys (Qwen 3).
  bool dropout = false;  ///< Trained with dropout, whose masks are kept for the backward pass.
  /// Its published runs are older than fused attention; a layout may still have it.
  bool unfused_attention = false;
  std::int64_t experts = 0;
  std::int64_t active_experts = 0;
  std::int64_t shared_ffn = 0;  ///< Size of the expert that every token passes; 0: none.
  bool shared_gate = false;     ///< Its output is scaled by a learned gate (Qwen 2 MoE).
  std::vector<std::string> sources;

  bool is_mixture() const { return experts > 0; }
  std::int64_t query_width() const { return heads * head_size; }
  std::int64_t kv_width() const { return kv_heads * head_size; }
};

/// Exact number of parameters, as a checkpoint holds them.
std::int64_t parameters(const Architecture& model);
/// Those that one token passes: of the experts only the active ones.
std::int64_t active_parameters(const Architecture& model);
/// Of one layer's attention, with its share of norms and biases.
std::int64_t attention_parameters(const Architecture& model);
/// Of one expert; of the whole dense block if there are no experts.
std::int64_t expert_parameters(const Architecture& model);
/// Of one layer: attention, all experts, router, norms.
std::int64_t layer_parameters(const Architecture& model);
/// Of the embeddings of tokens and positions.
std::int64_t embedding_parameters(const Architecture& model);

/// Operations of one token's forward pass over a sequence: 2 for each parameter of a matrix it
/// passes, 4 layers * heads * head size * sequence for the scores and the weighted sum. PaLM
/// (Chowdhery et al. 2022), appendix B; a causal mask is not subtracted, by that convention.
double forward_flops_per_token(const Architecture& model, std::int64_t sequence);
/// Three times the forward pass.
double training_flops_per_token(const Architecture& model, std::int64_t sequence);

/// Keys and values of one token, at 2 bytes a number.
std::int64_t kv_cache_bytes_per_token(const Architecture& model);

}  // namespace tandem
