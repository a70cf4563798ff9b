// How one engine is spread over devices, how many bytes its numbers have, and what its ranks send
// each other in a step.
#pragma once

#include <string>
#include <string_view>

#include "workloads/perf/machine.h"
#include "workloads/perf/serving/engine_profile.h"

namespace tandem {

struct ServingLayout {
  std::int64_t tensor = 1;
  std::int64_t pipeline = 1;
  Precision precision = Precision::kBf16;  ///< Of the matrix products.
  double weight_bytes = 2;                 ///< Of a number in the layers; the vocabulary has 2.
  double kv_bytes = 2;                     ///< Of a number of a key or a value.

  std::int64_t devices() const { return tensor * pipeline; }
};

/// The numbers of weights called bf16, fp16, fp8, int8 or int4, and of keys and values called fp8;
/// other words: 16 bits, of the kind that the device is made for.
ServingLayout numbers_of(std::string_view weights, std::string_view kv, const DeviceType& device);

/// Why `model` cannot be served so; empty if it can.
std::string serving_obstacle(const Architecture& model, const Machine& machine,
                             const ServingLayout& layout);

/// The same layout as training sees it.
Layout as_training(const ServingLayout& layout);

/// Numbers of one token's keys that a rank keeps for each layer: ranks beyond the key heads keep
/// copies.
double kv_width_of_rank(const Architecture& model, std::int64_t tensor);

/// What the ranks of an engine send each other. The machine must outlive it.
class EngineWires {
 public:
  EngineWires(const Architecture& model, const Machine& machine, const ServingLayout& layout,
              const EngineProfile& engine);

  /// Two all-reduces of a layer's results, behind attention and feed-forward, in all layers.
  double all_reduces(double tokens) const;
  /// Between all pipeline stages, one after the other.
  double stage_sends(double tokens) const;
  double bytes(double tokens) const { return tokens * token_bytes_; }

 private:
  double one_all_reduce(double bytes) const;

  const Machine* machine_;
  std::int64_t tensor_;
  std::int64_t pipeline_;
  double layers_;
  double token_bytes_;
  Route route_;
  double kernel_latency_ = 0;  ///< 0: the engine has no kernel of its own for all-reduces here.
  double kernel_bytes_per_s_ = 1;
};

}  // namespace tandem
