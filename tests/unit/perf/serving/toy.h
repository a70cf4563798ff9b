// A model, a device and tables small enough to count by hand.
#pragma once

#include "workloads/perf/serving/table_cost.h"

namespace tandem {

inline Architecture toy_model() {
  Architecture model;
  model.name = "toy";
  model.layers = 2;
  model.hidden = 64;
  model.heads = 4;
  model.kv_heads = 2;
  model.head_size = 16;
  model.ffn = 128;
  model.gated = true;
  model.vocabulary = 1000;
  model.context = 4096;
  return model;
}

/// 10^12 operations and 10^10 bytes a second, of which half is sustained.
inline DeviceType toy_device() {
  DeviceType device;
  device.name = "toy";
  device.memory.count = 8'000'000'000;
  device.memory_bytes_per_s = 1e10;
  device.peak_bf16 = 1e12;
  device.efficiency.gemm = 0.5;
  device.efficiency.flash_forward = 0.5;
  device.serving.memory = 0.5;
  device.sources = {"made up"};
  return device;
}

inline Fabric toy_fabric() {
  Fabric fabric;
  fabric.name = "string";
  fabric.bytes_per_s = 1e9;
  fabric.latency = 1e-5;
  fabric.hop_latency = 1e-6;
  fabric.sources = {"made up"};
  return fabric;
}

struct Toy {
  Architecture model = toy_model();
  DeviceType device = toy_device();
  Fabric fabric = toy_fabric();
  Machine machine{&device, &fabric, &fabric, 8, 8, 1, CollectiveAlgorithm::kBest};
};

/// No time but that of the device.
inline const EngineProfile kNoEngine{};

inline constexpr const char* kToyDense =
    "layer,tokens,time_us\n"
    "embedding,1,1\nembedding,100,10\n"
    "layernorm,1,2\nlayernorm,100,20\n"
    "qkv_proj,1,10\nqkv_proj,10,10\nqkv_proj,100,100\n"
    "rotary_emb,1,1\nrotary_emb,100,1\n"
    "o_proj,1,5\no_proj,100,50\n"
    "gate_up_proj,1,20\ngate_up_proj,100,200\n"
    "act_fn,1,1\nact_fn,100,10\n"
    "down_proj,1,10\ndown_proj,100,100\n"
    "final_layernorm,1,2\nfinal_layernorm,100,20\n";
inline constexpr const char* kToyPerSequence =
    "layer,sequences,time_us\nlm_head,1,50\nlm_head,8,60\nsampler,1,20\nsampler,8,20\n";
inline constexpr const char* kToyAttention =
    "layer,prefill_chunk,prefill_key,n_decode,kv_decode,decode_q_len,time_us\n"
    "attention,0,0,1,16,1,8\nattention,0,0,1,64,1,10\nattention,0,0,1,256,1,20\n"
    "attention,0,0,4,16,1,12\nattention,0,0,4,128,1,40\n"
    "attention,16,8,0,0,1,6\nattention,16,40,0,0,1,9\nattention,64,32,0,0,1,30\n"
    "attention,16,8,1,16,1,12\nattention,16,8,4,16,1,16\nattention,16,8,4,128,1,44\n";

inline EngineTables toy_tables() {
  return {"toy",
          read_layer_curves(kToyDense, "dense.csv", "tokens"),
          read_layer_curves(kToyPerSequence, "per_sequence.csv", "sequences"),
          AttentionTable(read_attention(kToyAttention, "attention.csv")),
          std::nullopt,
          std::nullopt};
}

inline BatchShape decode_shape(std::int64_t requests, std::int64_t context) {
  BatchShape shape;
  shape.decode_requests = shape.sampled = requests;
  shape.decode_context = context;
  return shape;
}

/// `requests` prompts of `tokens` each, nothing known of them.
inline BatchShape prefill_shape(std::int64_t tokens, std::int64_t requests = 1) {
  BatchShape shape;
  shape.prefill_tokens = tokens * requests;
  shape.prefill_pairs = requests * tokens * (tokens + 1) / 2;
  shape.prefill_requests = shape.sampled = requests;
  return shape;
}

/// What the step takes, in microseconds.
inline double microseconds(const StepCost& cost, const BatchShape& shape) {
  return static_cast<double>(cost.line(shape).at(shape.decode_context)) * 1e-6;
}

}  // namespace tandem
