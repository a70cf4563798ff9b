// Which published family of models an architecture belongs to: what the trainer computes, and how
// its weights are called, follow from it.
#pragma once

#include <cstdint>
#include <optional>

#include "workloads/catalog/architecture.h"

namespace tandem {

enum class Family : std::uint8_t {
  kGpt2,   ///< Layer norms, learned positions, GELU, biases. Radford et al. 2019.
  kLlama,  ///< RMS norms, rotary positions, SwiGLU, grouped queries. Touvron et al. 2023.
};

/// Nothing for a model that mixes the parts of both.
std::optional<Family> family_of(const Architecture& model);

}  // namespace tandem
