// Puts layers together into a step. Pipelines: Narayanan et al. 2021 (SC21), section 2.2: with m
// micro-batches the slowest of p stages works m times, and (p-1)/v times a stage's work is waited
// for. Data parallelism: all-reduce of a rank's gradients, or gather and scatter of shards (ZeRO).
#include "workloads/perf/step_time.h"

#include <algorithm>

#include "workloads/perf/constants.h"

namespace tandem {
namespace {

double real(std::int64_t number) { return static_cast<double>(number); }

enum class Passes : std::uint8_t { kForward, kBoth };

/// What of a layer or the head is done.
LayerTime done_of(LayerTime time, Passes passes) {
  if (passes == Passes::kForward) time.backward = time.recompute = {};
  return time;
}

class Step {
 public:
  Step(const Architecture& model, const Machine& machine, const Layout& layout, Passes passes)
      : model_(model),
        machine_(machine),
        layout_(layout),
        learns_(passes == Passes::kBoth),
        directions_(learns_ ? 2 : 1),
        m_(real(layout.micro_batches())),
        layers_(real(layers_per_stage(model, layout))),
        layer_(done_of(layer_time(model, machine, layout), passes)),
        head_(done_of(head_time(model, machine, layout), passes)),
        dense_(machine.route(layout.data, layout.tensor)),
        experts_(machine.route(layout.data / layout.expert, layout.tensor * layout.expert)) {
    layer_seconds_ = layer_.forward.total() + layer_.backward.total() + layer_.recompute.total();
  }

  StepTime time() const {
    StepTime time;
    add_stages(time);
    add_tensor_traffic(time);
    if (layout_.data > 1) add_data(time);
    if (learns_) add_optimizer(time);
    time.overhead = kStepSeconds;
    time.tokens = real(layout_.batch) * real(layout_.sequence);
    time.model_flops = time.tokens * (learns_ ? training_flops_per_token(model_, layout_.sequence)
                                              : forward_flops_per_token(model_, layout_.sequence));
    time.peak_flops = real(layout_.devices()) * peak(*machine_.device, layout_.precision);
    time.band_low = machine_.device->efficiency.band_low;
    time.band_high = machine_.device->efficiency.band_high;
    return time;
  }

 private:
  void add_stages(StepTime& time) const {
    const double loss = head_.forward.total() + head_.backward.total();
    // The last stage has the loss, and sets the pace unless it has a layer less.
    const bool short_last = ends_are_shorter(model_, layout_);
    const bool last_is_slowest = !short_last || loss > layer_seconds_;
    const double layers = short_last && last_is_slowest ? layers_ - 1 : layers_;
    time.forward = layer_.forward * (m_ * layers);
    time.backward = layer_.backward * (m_ * layers);
    time.recompute = layer_.recompute * (m_ * layers);
    if (last_is_slowest) time.head = m_ * loss;
    if (layout_.pipeline == 1) {
      time.head += m_ * directions_ / 2 * embedding_time(model_, machine_, layout_);
      return;
    }
    const double v = real(layout_.interleave);
    time.transfers = directions_ * v * m_ * transfer();
    if (stages_are_apart()) time.network_bytes += directions_ * v * m_ * boundary_bytes();
    time.bubble =
        (real(layout_.pipeline) - 1) * (layers_ * layer_seconds_ / v + directions_ * transfer());
  }

  /// What a rank sends to the next stage for each micro-batch.
  double boundary_bytes() const {
    return real(layout_.micro_batch * layout_.sequence) * real(model_.hidden) *
           layout_.element_bytes() / real(layout_.tensor);
  }

  bool stages_are_apart() const { return layout_.devices() > machine_.devices_per_node; }

  double transfer() const {
    return stage_transfer(machine_, layout_.tensor, layout_.tensor * layout_.data, layout_.pipeline,
                          boundary_bytes() * real(layout_.tensor), !layout_.sequence_parallel);
  }

  /// Only of groups wider than a node; the time is in the layers already.
  void add_tensor_traffic(StepTime& time) const {
    const bool again = learns_ && layout_.recompute == Recompute::kFull;
    const double passes = m_ * layers_ * (again ? 3 : directions_);
    const double whole = boundary_bytes() * real(layout_.tensor);
    const Route tensor = machine_.route(layout_.tensor, 1);
    time.network_bytes += passes * 4 * sent_between_nodes(tensor, whole);
    if (!model_.is_mixture()) return;
    const double routed = boundary_bytes() * real(model_.active_experts);
    const Route experts = machine_.route(layout_.expert, layout_.tensor);
    const double far = real(experts.members - experts.per_node) / real(experts.members);
    time.network_bytes += passes * 2 * far * routed;
  }

  void add_data(StepTime& time) const {
    if (layout_.zero >= 3) {
      add_sharded_weights(time);
    } else if (learns_) {
      add_gradients(time);
    }
  }

  /// Once a step, beside the last micro-batch's backward pass.
  void add_gradients(StepTime& time) const {
    const RankParameters mine = rank_parameters(model_, layout_, 0);
    const double g = real(layout_.gradient_bytes);
    const double e = layout_.element_bytes();
    double whole = 0;
    if (layout_.zero == 0) {
      whole = all_reduce(dense_, g * mine.dense) + all_reduce(experts_, g * mine.experts);
    } else {
      whole = reduce_scatter(dense_, g * mine.dense) + all_gather(dense_, e * mine.dense) +
              reduce_scatter(experts_, g * mine.experts) + all_gather(experts_, e * mine.experts);
    }
    const double halves = layout_.zero == 0 ? 2 * g : g + e;
    time.network_bytes += sent_between_nodes(dense_, halves * mine.dense) +
                          sent_between_nodes(experts_, halves * mine.experts);
    time.data_whole = whole;
    time.data = whole;
    if (!layout_.overlap_data) return;
    const double beside =
        layers_ * (layer_.backward.total() + layer_.recompute.total()) / real(layout_.interleave);
    time.data = exposed(whole, beside);
  }

  /// FSDP: each layer's weights are gathered for each pass of each micro-batch, its gradients
  /// scattered; the next layer's while this one computes.
  void add_sharded_weights(StepTime& time) const {
    const RankParameters mine = rank_parameters(model_, layout_, 0);
    const double dense =
        (mine.dense - real(embedding_parameters(model_)) / real(layout_.tensor)) / layers_;
    const double expert = mine.experts / layers_;
    const double e = layout_.element_bytes();
    const double g = real(layout_.gradient_bytes);
    const double gather = all_gather(dense_, e * dense) + all_gather(experts_, e * expert);
    const double scatter =
        learns_ ? reduce_scatter(dense_, g * dense) + reduce_scatter(experts_, g * expert) : 0;
    const double each = directions_ * e + (learns_ ? g : 0);
    time.network_bytes +=
        m_ * layers_ *
        (sent_between_nodes(dense_, each * dense) + sent_between_nodes(experts_, each * expert));
    time.data_whole = m_ * layers_ * (directions_ * gather + scatter);
    if (!layout_.overlap_data) {
      time.data = time.data_whole;
      return;
    }
    const double forward = exposed(gather, layer_.forward.total());
    const double backward =
        learns_ ? exposed(gather + scatter, layer_.backward.total() + layer_.recompute.total()) : 0;
    // The first gather of each direction and the last scatter have nothing beside them.
    time.data = m_ * layers_ * (forward + backward) + directions_ * gather + scatter;
  }

  /// What a collective adds that runs beside computation of `beside` seconds: what it takes from
  /// it, or what is left when the computation is over.
  static double exposed(double collective, double beside) {
    return std::max(kOverlapCost * collective, collective - (1 - kOverlapCost) * beside);
  }

  void add_optimizer(StepTime& time) const {
    const RankParameters mine = rank_parameters(model_, layout_, 0);
    const double d = real(layout_.data);
    double count = mine.dense + mine.experts;
    if (layout_.zero >= 1) count = mine.dense / d + mine.experts * real(layout_.expert) / d;
    time.optimizer = memory_time(*machine_.device, kOptimizerBytes * count);
  }

  const Architecture& model_;
  const Machine& machine_;
  const Layout& layout_;
  bool learns_;
  double directions_;
  double m_;
  double layers_;
  LayerTime layer_;
  LayerTime head_;
  Route dense_;
  Route experts_;
  double layer_seconds_ = 0;
};

}  // namespace

StepTime step_time(const Architecture& model, const Machine& machine, const Layout& layout) {
  return Step(model, machine, layout, Passes::kBoth).time();
}

StepTime forward_time(const Architecture& model, const Machine& machine, const Layout& layout) {
  return Step(model, machine, layout, Passes::kForward).time();
}

}  // namespace tandem
