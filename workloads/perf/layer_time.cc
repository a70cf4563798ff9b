// Counts the operations and bytes of a layer and divides by what the device sustains. Symbols are
// those of Korthikanti et al. 2022: n tokens of a micro-batch, h hidden, t tensor parallel degree.
#include "workloads/perf/layer_time.h"

#include <algorithm>
#include <cmath>

#include "workloads/perf/constants.h"

namespace tandem {
namespace {

double real(std::int64_t number) { return static_cast<double>(number); }

/// Attention and the loss stay in 16 bits where matrices are in fp8.
Precision outside_matrices(Precision precision) {
  return precision == Precision::kFp8 ? Precision::kBf16 : precision;
}

class Layer {
 public:
  Layer(const Architecture& model, const Machine& machine, const Layout& layout)
      : model_(model),
        machine_(machine),
        layout_(layout),
        t_(real(layout.tensor)),
        n_(real(layout.micro_batch * layout.sequence)),
        h_(real(model.hidden)),
        element_(layout.element_bytes()),
        passes_(layout.fused_kernels ? 1 : kEagerPasses) {}

  LayerTime time() const {
    LayerTime time;
    add_matrices(time);
    add_attention(time);
    add_pointwise(time);
    if (model_.is_mixture()) add_routing(time);
    wait_for_host(time.forward, 1);
    wait_for_host(time.backward, 2);
    if (layout_.recompute == Recompute::kSelective && !layout_.flash_attention) {
      time.recompute.attention = time.forward.attention;
    }
    add_tensor_collectives(time);
    if (layout_.recompute == Recompute::kFull) time.recompute = time.forward;
    return time;
  }

 private:
  double gemm(double m, double n, double k) const {
    return gemm_time(*machine_.device, layout_.precision, m, n, k);
  }
  double memory(double bytes) const { return memory_time(*machine_.device, bytes); }

  /// Both products of the backward pass have the operations of the forward one.
  void add_matrices(LayerTime& time) const {
    const double kv = std::max(real(model_.kv_width()) / t_, real(model_.head_size));
    const double q = real(model_.query_width()) / t_;
    double seconds = gemm(n_, q + 2 * kv, h_) + gemm(n_, h_, q);
    seconds += model_.is_mixture() ? experts() : block(n_, real(model_.ffn));
    if (model_.shared_ffn > 0) seconds += block(n_, real(model_.shared_ffn));
    time.forward.gemm = seconds;
    time.backward.gemm = 2 * seconds;
  }

  double block(double tokens, double ffn) const {
    const double up = (model_.gated ? 2 : 1) * ffn / t_;
    return gemm(tokens, up, h_) + gemm(tokens, h_, ffn / t_);
  }

  /// Tokens are taken to be spread evenly; a rank has the tokens of its group for its experts,
  /// whose products are one kernel if kernels are fused.
  double experts() const {
    const double local = real(model_.experts) / real(layout_.expert);
    const double each = n_ * real(model_.active_experts) / local;
    const double grouped = layout_.fused_kernels ? 2 * kKernelSeconds * (local - 1) : 0;
    return local * block(each, real(model_.ffn)) - grouped + gemm(n_, real(model_.experts), h_);
  }

  void add_attention(LayerTime& time) const {
    const double heads = real(layout_.micro_batch * model_.heads) / t_;
    const double s = real(layout_.sequence);
    const double scores = heads * s * s;
    const double product = 2 * scores * real(model_.head_size);
    const double top = peak(*machine_.device, outside_matrices(layout_.precision));
    const Efficiency& efficiency = machine_.device->efficiency;
    if (layout_.flash_attention) {
      // Two products forward, five backward (Dao 2022), of which a causal mask needs half.
      time.forward.attention = kKernelSeconds + product / (efficiency.flash_forward * top);
      time.backward.attention = kKernelSeconds + 2.5 * product / (efficiency.flash_backward * top);
      return;
    }
    const double moved = (scores + 2 * heads * s * real(model_.head_size)) * element_;
    const double bandwidth = kMemoryEfficiency * machine_.device->memory_bytes_per_s;
    const double one = kKernelSeconds + std::max(product / (kBatchedGemm * top), moved / bandwidth);
    const double mask = model_.dropout ? memory((2 * element_ + 1) * scores) : 0;
    time.forward.attention = 2 * one + memory(2 * element_ * scores) + mask;
    time.backward.attention = 4 * one + memory(3 * element_ * scores) + mask;
  }

  /// Passes over memory, counted kernel by kernel as fused implementations launch them.
  void add_pointwise(LayerTime& time) const {
    const double e = element_;
    const double wide = n_ * h_ / (layout_.sequence_parallel ? t_ : 1);
    const double active = real(model_.is_mixture() ? model_.active_experts : 1);
    const double inner = n_ * (real(model_.ffn) * active + real(model_.shared_ffn)) / t_;
    const double mask = model_.dropout ? 1 : 0;
    const double norm = memory(2 * e * wide);
    const double add = memory((3 * e + mask) * wide);
    const double rotary =
        model_.positions > 0
            ? 0
            : memory(2 * e * n_ * real(model_.query_width() + model_.kv_width()) / t_);
    const double activation = memory((model_.gated ? 3 : 2) * e * inner);
    time.forward.pointwise = passes_ * (2 * norm + 2 * add + activation + rotary);
    if (layout_.recompute == Recompute::kSelective && layout_.flash_attention) {
      time.recompute.pointwise = passes_ * (2 * norm + activation);
    }

    const double norm_back = memory(3 * e * wide) + memory(2 * e * wide);
    const double add_back = memory((model_.dropout ? 2 * e + mask : 3 * e) * wide);
    double back =
        2 * norm_back + 2 * add_back + memory((model_.gated ? 5 : 3) * e * inner) + rotary;
    if (model_.biases == Biases::kAll) {
      back += 2 * memory(e * wide) + memory(e * n_ * 7 * h_ / t_);
    }
    time.backward.pointwise = passes_ * back;
  }

  /// Mixture of experts: tokens are sorted, sent to their experts and back (GShard, 2020).
  void add_routing(LayerTime& time) const {
    const double moved = n_ * real(model_.active_experts) * h_ * element_ / t_;
    const double sorting = 2 * passes_ * memory(2 * moved);
    time.forward.pointwise += sorting;
    time.backward.pointwise += sorting;
    const double exchange = 2 * all_to_all(machine_.route(layout_.expert, layout_.tensor), moved);
    time.forward.communication += exchange;
    time.backward.communication += exchange;
  }

  void wait_for_host(Spent& spent, double times) const {
    const double launches = times * passes_ * kKernelsPerLayer * kLaunchSeconds;
    spent.host = std::max(0.0, launches - spent.gemm - spent.attention - spent.pointwise);
  }

  /// Two all-reduces of n h forward and two backward; as many bytes with sequence parallelism, in
  /// halves (Korthikanti et al. 2022, section 4.2.2). Those of input gradients run beside the
  /// products of weight gradients; the all-gathers in front of the second matrix of each pair do
  /// not, and those that fetch inputs again do.
  void add_tensor_collectives(LayerTime& time) const {
    if (layout_.tensor == 1) return;
    const Route route = machine_.route(layout_.tensor, 1);
    const double whole = all_reduce(route, n_ * h_ * element_);
    const double hidden_share = layout_.overlap_tensor ? kOverlapCost : 1;
    time.forward.communication += 2 * whole;
    if (layout_.sequence_parallel) {
      time.backward.communication += whole + 2 * whole * hidden_share;
    } else {
      time.backward.communication += 2 * whole * hidden_share;
    }
  }

  const Architecture& model_;
  const Machine& machine_;
  const Layout& layout_;
  double t_;
  double n_;
  double h_;
  double element_;
  double passes_;
};

}  // namespace

Spent& Spent::operator+=(const Spent& other) {
  gemm += other.gemm;
  attention += other.attention;
  pointwise += other.pointwise;
  communication += other.communication;
  host += other.host;
  return *this;
}

double gemm_time(const DeviceType& device, Precision precision, double m, double n, double k) {
  const double efficiency =
      precision == Precision::kFp8 ? device.efficiency.gemm_fp8 : device.efficiency.gemm;
  const double e = bytes_of(precision);
  const GemmWork work = gemm_work(
      {peak(device, precision), efficiency, kMemoryEfficiency * device.memory_bytes_per_s, e, e}, m,
      n, k);
  return kKernelSeconds + std::max(work.computing, work.moving);
}

GemmWork gemm_work(const GemmRates& rates, double m, double n, double k) {
  const double at_peak = 2 * m * n * k / rates.peak;
  const double moved = rates.value_bytes * m * (k + n) + rates.weight_bytes * k * n;
  return {(at_peak + std::sqrt(kFillSeconds * at_peak)) / rates.efficiency,
          moved / rates.bytes_per_s};
}

double memory_time(const DeviceType& device, double bytes) {
  return kKernelSeconds / 2 + bytes / (kMemoryEfficiency * device.memory_bytes_per_s);
}

LayerTime layer_time(const Architecture& model, const Machine& machine, const Layout& layout) {
  return Layer(model, machine, layout).time();
}

LayerTime head_time(const Architecture& model, const Machine& machine, const Layout& layout) {
  const double tokens = real(layout.micro_batch * layout.sequence);
  const double vocabulary = real(model.vocabulary) / real(layout.tensor);
  const double product = gemm_time(*machine.device, outside_matrices(layout.precision), tokens,
                                   vocabulary, real(model.hidden));
  LayerTime time;
  time.forward.gemm = product;
  time.backward.gemm = 2 * product;
  time.forward.pointwise = memory_time(*machine.device, kLossForwardBytes * tokens * vocabulary);
  time.backward.pointwise = memory_time(*machine.device, kLossBackwardBytes * tokens * vocabulary);
  return time;
}

double embedding_time(const Architecture& model, const Machine& machine, const Layout& layout) {
  const double tokens = real(layout.micro_batch * layout.sequence);
  return 2 * memory_time(*machine.device, 2 * layout.element_bytes() * tokens * real(model.hidden));
}

}  // namespace tandem
