// How a training job is spread over devices. Ranks are numbered as Megatron-LM does: tensor
// parallel ranks are neighbours, then data parallel ones, then pipeline stages.
#pragma once

#include <cstdint>
#include <string_view>

#include "workloads/catalog/architecture.h"

namespace tandem {

/// What a step is: forward and backward pass and the optimizer, or the forward pass alone.
enum class StepKind : std::uint8_t { kLearn, kEvaluate };
/// What the backward pass computes again instead of keeping (Korthikanti et al. 2022).
enum class Recompute : std::uint8_t { kNone, kSelective, kFull };
enum class Precision : std::uint8_t { kBf16, kFp16, kTf32, kFp32, kFp8 };
/// Bytes of a number in memory; fp8 is made from 16 bits on the way into a product.
constexpr double bytes_of(Precision precision) {
  return precision == Precision::kTf32 || precision == Precision::kFp32 ? 4 : 2;
}

struct Layout {
  std::int64_t tensor = 1;
  std::int64_t pipeline = 1;
  std::int64_t data = 1;
  std::int64_t expert = 1;      ///< Divides `data`: experts are spread over data parallel ranks.
  std::int64_t interleave = 1;  ///< Pieces of the model on each pipeline stage.
  std::int64_t batch = 1;       ///< Sequences of a step, over all devices.
  std::int64_t micro_batch = 1;
  std::int64_t sequence = 2048;
  Recompute recompute = Recompute::kNone;
  Precision precision = Precision::kBf16;
  int zero = 0;  ///< Sharded over data ranks: 1 optimizer, 2 gradients too, 3 weights too (FSDP).
  bool sequence_parallel = false;
  bool flash_attention = true;
  bool fused_kernels = true;   ///< Pointwise work in few kernels, as Megatron-LM or a compiler.
  bool overlap_data = true;    ///< Gradients are reduced beside the backward pass.
  bool overlap_tensor = true;  ///< All-reduces of input gradients beside weight gradients.
  std::int64_t gradient_bytes = 4;  ///< Of each gradient that is summed and kept.

  /// Of one copy of the model.
  std::int64_t replica_devices() const { return tensor * pipeline; }
  std::int64_t devices() const { return replica_devices() * data; }
  /// The same on so many devices, a multiple of replica_devices(): with more or fewer copies.
  Layout on(std::int64_t devices) const {
    Layout layout = *this;
    layout.data = devices / replica_devices();
    return layout;
  }
  std::int64_t micro_batches() const { return batch / (data * micro_batch); }
  /// Of a weight or an activation.
  double element_bytes() const { return bytes_of(precision); }
};

/// "bf16", "none", as scenarios, the command line and JSON say it.
const char* name_of(Precision precision);
const char* name_of(Recompute recompute);
/// The one of that name, which is one of them.
Precision precision_named(std::string_view name);
Recompute recompute_named(std::string_view name);

/// Layers of a pipeline stage. With two layers less than a multiple, the first and the last stage
/// have one less each, for the embedding and the loss (Llama 3, section 3.3.2).
std::int64_t layers_per_stage(const Architecture& model, const Layout& layout);
bool ends_are_shorter(const Architecture& model, const Layout& layout);

}  // namespace tandem
