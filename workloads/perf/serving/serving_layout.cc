// Alpha-beta times (collective.h) of tensor and pipeline parallel engines.
#include "workloads/perf/serving/serving_layout.h"

#include <algorithm>

namespace tandem {
namespace {

double real(std::int64_t number) { return static_cast<double>(number); }

}  // namespace

ServingLayout numbers_of(std::string_view weights, std::string_view kv, const DeviceType& device) {
  const Precision wide = device.peak_bf16 ? Precision::kBf16 : Precision::kFp16;
  ServingLayout layout;
  layout.precision = weights == "fp8"    ? Precision::kFp8
                     : weights == "fp16" ? Precision::kFp16
                     : weights == "bf16" ? Precision::kBf16
                                         : wide;
  if (weights == "fp8" || weights == "int8") layout.weight_bytes = 1;
  // A scale of 16 bits for each 128.
  if (weights == "int4") layout.weight_bytes = 0.5 + 2.0 / 128;
  if (kv == "fp8") layout.kv_bytes = 1;
  return layout;
}

Layout as_training(const ServingLayout& layout) {
  Layout training;
  training.tensor = layout.tensor;
  training.pipeline = layout.pipeline;
  training.precision = layout.precision;
  training.sequence = 1;
  return training;
}

std::string serving_obstacle(const Architecture& model, const Machine& machine,
                             const ServingLayout& layout) {
  return obstacle(model, machine, as_training(layout));
}

double kv_width_of_rank(const Architecture& model, std::int64_t tensor) {
  return std::max(real(model.kv_width()) / real(tensor), real(model.head_size));
}

EngineWires::EngineWires(const Architecture& model, const Machine& machine,
                         const ServingLayout& layout, const EngineProfile& engine)
    : machine_(&machine),
      tensor_(layout.tensor),
      pipeline_(layout.pipeline),
      layers_(real(model.layers)),
      token_bytes_(real(model.hidden) * bytes_of(layout.precision)),
      route_(machine.route(layout.tensor, 1)) {
  // Such kernels read the neighbours' memory, through NVLink.
  if (route_.nodes() == 1 && machine.device->link_bytes_per_s) {
    kernel_latency_ = engine.all_reduce_latency;
    kernel_bytes_per_s_ = engine.all_reduce_bytes_per_s;
  }
}

double EngineWires::one_all_reduce(double bytes) const {
  const double library = all_reduce(route_, bytes);
  if (kernel_latency_ <= 0) return library;
  const double n = real(tensor_);
  return std::min(library, kernel_latency_ + 2 * (n - 1) / n * bytes / kernel_bytes_per_s_);
}

double EngineWires::all_reduces(double tokens) const {
  if (tensor_ == 1 || tokens <= 0) return 0;
  return 2 * layers_ * one_all_reduce(bytes(tokens));
}

double EngineWires::stage_sends(double tokens) const {
  if (pipeline_ == 1 || tokens <= 0) return 0;
  return real(pipeline_ - 1) *
         stage_transfer(*machine_, tensor_, tensor_, pipeline_, bytes(tokens), true);
}

}  // namespace tandem
