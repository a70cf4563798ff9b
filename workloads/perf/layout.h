// How a training job is spread over devices, and on what machine. Ranks are numbered as Megatron-LM
// does: tensor parallel ranks are neighbours, then data parallel ones, then pipeline stages.
#pragma once

#include <cstdint>
#include <string>

#include "workloads/catalog/catalog.h"
#include "workloads/perf/collective.h"

namespace tandem {

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

  std::int64_t devices() const { return tensor * pipeline * data; }
  std::int64_t micro_batches() const { return batch / (data * micro_batch); }
  /// Of a weight or an activation.
  double element_bytes() const { return bytes_of(precision); }
};

/// What the layout runs on. Points into a catalogue that outlives it.
struct Machine {
  const DeviceType* device = nullptr;
  const Fabric* inside = nullptr;
  const Fabric* between = nullptr;
  std::int64_t devices_per_node = 8;
  std::int64_t nics_per_node = 8;
  double oversubscription = 1;  ///< Of the network between nodes.
  CollectiveAlgorithm algorithm = CollectiveAlgorithm::kBest;

  /// The route of a group of which every `stride`-th rank is a member.
  Route route(std::int64_t members, std::int64_t stride) const;
  /// From a rank to that `stride` further; the slowest of all, when there are `count` of them.
  Link neighbour(std::int64_t stride, std::int64_t count) const;

 private:
  Link share_of_network() const;
};

/// Seconds of sending a buffer of `bytes` that all tensor parallel ranks hold to the next of
/// `stages`: each sends its part (SC21, section 4.1), and gathers the others' if `gathered`.
/// Neighbours in the pipeline are `stride` ranks apart.
double stage_transfer(const Machine& machine, std::int64_t tensor, std::int64_t stride,
                      std::int64_t stages, double bytes, bool gathered);

/// The device in its usual node. Throws InputError if the catalogue does not know one.
Machine usual_machine(const Catalog& catalog, const DeviceType& device);

/// Operations per second at the peak of `precision`; 0 if the maker publishes none.
double peak(const DeviceType& device, Precision precision);

/// Why `model` cannot be laid out so; empty if it can.
std::string obstacle(const Architecture& model, const Machine& machine, const Layout& layout);

/// Layers of a pipeline stage. With two layers less than a multiple, the first and the last stage
/// have one less each, for the embedding and the loss (Llama 3, section 3.3.2).
std::int64_t layers_per_stage(const Architecture& model, const Layout& layout);
bool ends_are_shorter(const Architecture& model, const Layout& layout);

}  // namespace tandem
