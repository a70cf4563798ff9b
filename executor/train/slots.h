// Where each parameter of a model slice lies in the flat buffers: parameters, gradients and both
// moments have the same places, so that reducing, updating and saving are passes over ranges.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "executor/train/model_slice.h"

namespace tandem {

/// How tensor parallelism cuts a parameter.
struct Cut {
  int dimension = -1;  ///< -1: every rank has all of it.
  int parts = 1;       ///< The dimension is so many equal parts (q, k, v), each cut by itself.
};

struct Slot {
  std::string name;                       ///< As Hugging Face's checkpoints have it.
  std::vector<std::int64_t> whole_shape;  ///< Before it is cut.
  std::vector<std::int64_t> shape;        ///< Of this rank's cut.
  Cut cut;
  bool decays = false;  ///< Matrices and embeddings; not norms and biases.
  double mean = 0;      ///< Of its first values, which are normal.
  double deviation = 0;
  /// 0 embedding, 1 + layer, layers + 1 what comes after: parts get their gradients in falling
  /// order.
  std::int64_t part = 0;
  std::int64_t offset = 0;  ///< In numbers.

  std::int64_t numbers() const;
};

/// In the order of the flat buffers. Slots begin at multiples of 64 bytes in any precision, but
/// for those that a fused matrix product takes as one matrix (q, k, v; gate, up): they follow each
/// other without a gap. Requires a model of a known family.
std::vector<Slot> slots_of(const Architecture& model, const ModelSlice& slice);

/// Of the flat buffers.
struct NumberRange {
  std::int64_t begin = 0;
  std::int64_t count = 0;
};
/// Calls `visit` with each slot that has numbers in `range`, and with those numbers.
void for_slots_in(const std::vector<Slot>& slots, const NumberRange& range,
                  const std::function<void(const Slot&, const NumberRange&)>& visit);

/// Names of one layer's parameters that are used together; of several the first, the others follow
/// without a gap. Empty where the family has none.
struct LayerNames {
  std::string attention_norm, attention_norm_bias;
  std::string qkv, qkv_bias;
  std::string projection, projection_bias;
  std::string ffn_norm, ffn_norm_bias;
  std::string up, up_bias;  ///< Of LLaMA: gate and up.
  std::string down, down_bias;
};
LayerNames layer_names(const Architecture& model, std::int64_t layer);

/// And of the rest of the model.
struct ModelNames {
  std::string tokens, positions;
  std::string norm, norm_bias;
  std::string head;  ///< That of `tokens` if they are tied.
};
ModelNames model_names(const Architecture& model);

}  // namespace tandem
