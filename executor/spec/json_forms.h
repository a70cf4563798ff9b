// How what several descriptions have in common looks as JSON.
#pragma once

#include <nlohmann/json.hpp>

#include "workloads/catalog/architecture.h"
#include "workloads/perf/layout.h"

namespace tandem {

// Found by nlohmann-json through the enumerations' own namespace.
NLOHMANN_JSON_SERIALIZE_ENUM(Norm, {{Norm::kLayer, "layer"}, {Norm::kRms, "rms"}})
NLOHMANN_JSON_SERIALIZE_ENUM(Biases, {{Biases::kNone, "none"},
                                      {Biases::kQkv, "qkv"},
                                      {Biases::kAll, "all"}})
NLOHMANN_JSON_SERIALIZE_ENUM(Precision, {{Precision::kBf16, "bf16"},
                                         {Precision::kFp16, "fp16"},
                                         {Precision::kTf32, "tf32"},
                                         {Precision::kFp32, "fp32"},
                                         {Precision::kFp8, "fp8"}})
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Architecture, name, title, layers, hidden, heads, kv_heads,
                                   head_size, ffn, gated, vocabulary, tied, positions, context,
                                   biases, norm, norm_epsilon, rotary_base, qk_norm, dropout,
                                   unfused_attention, experts, active_experts, shared_ffn,
                                   shared_gate)

}  // namespace tandem
