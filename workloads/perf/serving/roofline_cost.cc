// Operations and bytes of a step over what the device sustains (Williams et al. 2009, Roofline).
#include "workloads/perf/serving/roofline_cost.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "workloads/perf/constants.h"
#include "workloads/perf/serving/picoseconds.h"

namespace tandem {
namespace {

double real(std::int64_t number) { return static_cast<double>(number); }

/// Logits: written in 16 bits, made fp32, read for the maximum and for the sum.
constexpr double kSamplerBytes = 2 + 2 + 4 + 4 + 4;

constexpr const char* kSame = "as the engine's step";

/// What is not a product with the layers' weights stays in 16 bits where these are in fp8.
Precision outside_layers(const ServingLayout& layout) {
  return layout.precision == Precision::kFp8 ? Precision::kBf16 : layout.precision;
}

}  // namespace

double product_seconds(const GemmRates& rates, double m, double n, double k) {
  const GemmWork work = gemm_work(rates, m, n, k);
  return kKernelSeconds + std::sqrt(work.computing * work.computing + work.moving * work.moving);
}

double experts_touched(double experts, double active, std::int64_t tokens) {
  // 1 - (1 - active / experts)^tokens, the power by squaring: the same bits everywhere.
  double missed = 1;
  double factor = 1 - active / experts;
  for (std::int64_t left = tokens; left > 0; left /= 2) {
    if (left % 2 == 1) missed *= factor;
    factor *= factor;
  }
  return experts * (1 - missed);
}

RooflineCost::RooflineCost(const Architecture& model, const Machine& machine,
                           const ServingLayout& layout, const EngineProfile& engine)
    : model_(model),
      machine_(machine),
      layout_(layout),
      engine_(engine),
      wires_(model, machine, layout, engine),
      layers_(real(model.layers)),
      tensor_(real(layout.tensor)),
      hidden_(real(model.hidden)),
      query_width_(real(model.query_width()) / tensor_),
      kv_width_(kv_width_of_rank(model, layout.tensor)),
      element_(bytes_of(layout.precision)),
      bytes_per_s_(machine.device->serving.memory * machine.device->memory_bytes_per_s) {
  const DeviceType& device = *machine.device;
  const bool eighth = layout.precision == Precision::kFp8;
  const double top = peak(device, outside_layers(layout));
  layer_rates_ = {peak(device, layout.precision),
                  eighth ? device.efficiency.gemm_fp8 : device.efficiency.gemm, bytes_per_s_,
                  layout.weight_bytes, element_};
  head_rates_ = {top, device.efficiency.gemm, bytes_per_s_, element_, element_};
  attention_flops_per_s_ = device.efficiency.flash_forward * top;
  context_seconds_ = layers_ * 2 * kv_width_ * layout.kv_bytes / bytes_per_s_;
  launch_seconds_ =
      layers_ * operators_of_layer(model) * engine.operator_seconds * device.serving.host;
}

double RooflineCost::memory(double bytes) const { return memory_time(*machine_.device, bytes); }

double RooflineCost::gemm(double m, double n, double k) const {
  return product_seconds(layer_rates_, m, n, k);
}

double RooflineCost::block(double tokens, double ffn) const {
  const double up = (model_.gated ? 2 : 1) * ffn / tensor_;
  return gemm(tokens, up, hidden_) + gemm(tokens, hidden_, ffn / tensor_);
}

/// One kernel for all experts touched, their tokens spread evenly; and the router.
double RooflineCost::experts(double tokens) const {
  const double active = real(model_.active_experts);
  const double touched = experts_touched(real(model_.experts), active, std::llround(tokens));
  const double each = tokens * active / touched;
  return touched * (block(each, real(model_.ffn)) - 2 * kKernelSeconds) + 2 * kKernelSeconds +
         gemm(tokens, real(model_.experts), hidden_);
}

double RooflineCost::layer_matrices(double tokens) const {
  double seconds =
      gemm(tokens, query_width_ + 2 * kv_width_, hidden_) + gemm(tokens, hidden_, query_width_);
  seconds += model_.is_mixture() ? experts(tokens) : block(tokens, real(model_.ffn));
  if (model_.shared_ffn > 0) seconds += block(tokens, real(model_.shared_ffn));
  return seconds;
}

/// Passes over memory: two norms that add the residual, activation, positions.
double RooflineCost::layer_pointwise(double tokens) const {
  const double active = real(model_.is_mixture() ? model_.active_experts : 1);
  const double inner = (real(model_.ffn) * active + real(model_.shared_ffn)) / tensor_;
  double seconds = 2 * memory(4 * element_ * tokens * hidden_) +
                   memory((model_.gated ? 3 : 2) * element_ * tokens * inner) +
                   memory(2 * element_ * tokens * (query_width_ + kv_width_));
  if (model_.is_mixture()) {
    seconds += 2 * memory(2 * element_ * tokens * active * hidden_);
  }
  return seconds;
}

/// Two operations for each number of a head, pair and product; or reading the tokens looked back
/// at, those of equal chunks, if that takes longer.
double RooflineCost::prefill_attention(const BatchShape& shape) const {
  if (shape.prefill_tokens == 0) return 0;
  const double pairs = real(shape.prefill_pairs);
  const double tokens = real(shape.prefill_tokens);
  const double requests = real(std::max<std::int64_t>(shape.prefill_requests, 1));
  const double computing = 4 * pairs * query_width_ / attention_flops_per_s_;
  const double keys = requests * pairs / tokens + tokens / 2;
  const double moving = keys * 2 * kv_width_ * layout_.kv_bytes / bytes_per_s_;
  return kKernelSeconds + std::max(computing, moving);
}

StepParts RooflineCost::fixed_parts(const BatchShape& shape) const {
  StepParts parts;
  const double tokens = real(shape.prefill_tokens + shape.decode_requests);
  const double host = machine_.device->serving.host;
  parts.host =
      host * (engine_.step_seconds +
              engine_.request_seconds * real(shape.prefill_requests + shape.decode_requests));
  if (tokens <= 0) return parts;
  if (shape.prefill_tokens > 0) parts.host += host * engine_.prefill_seconds;
  parts.matrices = layers_ * layer_matrices(tokens);
  parts.pointwise = layers_ * layer_pointwise(tokens) + memory(2 * element_ * tokens * hidden_);
  parts.prefill_attention = layers_ * prefill_attention(shape);
  if (shape.decode_requests > 0) parts.decode_attention = layers_ * kKernelSeconds;
  if (shape.sampled > 0) {
    const double rows = real(shape.sampled);
    const double vocabulary = real(model_.vocabulary);
    parts.head = product_seconds(head_rates_, rows, vocabulary / tensor_, hidden_) +
                 memory(kSamplerBytes * rows * vocabulary);
  }
  parts.all_reduces = wires_.all_reduces(tokens);
  parts.sends = wires_.stage_sends(tokens);
  return parts;
}

StepParts RooflineCost::parts(const BatchShape& shape) const {
  StepParts parts = fixed_parts(shape);
  parts.decode_attention += context_seconds_ * real(shape.decode_context);
  if (shape.prefill_tokens + shape.decode_requests > 0) {
    parts.waiting = std::max(0.0, launch_seconds_ - parts.device());
  }
  return parts;
}

/// The larger of two lines, the device's and the host's, which is level.
StepLine RooflineCost::line(const BatchShape& shape) const {
  const StepParts parts = fixed_parts(shape);
  const double beside = parts.sends + parts.host;
  const bool computes = shape.prefill_tokens + shape.decode_requests > 0;
  const std::int64_t device = to_picoseconds(parts.device() + beside);
  const std::int64_t host = to_picoseconds((computes ? launch_seconds_ : 0) + beside);
  const std::int64_t slope = to_picoseconds(context_seconds_);
  const bool waits = device + slope * shape.decode_context <= host;
  if (!waits) return {device, slope, std::numeric_limits<std::int64_t>::max()};
  return {host, 0, (host - device) / std::max<std::int64_t>(slope, 1) + 1};
}

CostAccount RooflineCost::account() const {
  const DeviceType& device = *machine_.device;
  const ServingEfficiency& serving = device.serving;
  const std::string engine(engine_.source);
  CostAccount account;
  const auto add = [&](std::string name, double value, const char* unit, std::string source) {
    account.numbers.push_back({std::move(name), value, unit, std::move(source)});
  };
  add("peak", layer_rates_.peak, "FLOP/s", device.sources.front());
  add("memory bandwidth", device.memory_bytes_per_s, "B/s", device.sources.front());
  add("  sustained", serving.memory, "of it", serving.source);
  add("matrix products", layer_rates_.efficiency, "of the peak", device.efficiency.source);
  add("fused attention", device.efficiency.flash_forward, "of the peak", device.efficiency.source);
  add("weights", layout_.weight_bytes, "B a number", "as asked");
  add("keys and values", layout_.kv_bytes, "B a number", "as asked");
  add("host", serving.host, "of an A100 node's time", serving.source);
  add("engine " + std::string(engine_.name) + ", step", engine_.step_seconds, "s", engine);
  add("  request", engine_.request_seconds, "s", kSame);
  add("  step with prompts", engine_.prefill_seconds, "s", kSame);
  add("  operator", engine_.operator_seconds, "s", kSame);
  if (engine_.all_reduce_latency > 0) {
    add("  own all-reduce, latency", engine_.all_reduce_latency, "s", kSame);
    add("  own all-reduce", engine_.all_reduce_bytes_per_s, "B/s", kSame);
  }
  add("sampler", kSamplerBytes, "B a logit", "count: 16 bits out and in, fp32 out and twice in");
  account.prefill = {serving.prefill_low, serving.prefill_high};
  account.decode = {serving.decode_low, serving.decode_high};
  account.band_source =
      serving.points == 0 ? "a guess: " + device.name + " has no measured steps" : serving.source;
  return account;
}

}  // namespace tandem
