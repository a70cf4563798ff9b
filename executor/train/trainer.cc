#include "executor/train/trainer.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <fmt/format.h>
#include <malloc.h>
#include <sys/resource.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <limits>

#include "executor/data/token_text.h"
#include "executor/train/checkpoint.h"
#include "executor/train/optimizer.h"
#include "executor/train/rows.h"
#include "executor/train/schedule.h"
#include "executor/train/transformer.h"
#include "policies/core/error.h"

namespace tandem {
namespace {

/// What must hold before anything is allocated.
const TrainingSpec& checked(const TrainingSpec& spec, const RankPlace& place) {
  if (const std::string why = why_not_trainable(spec); !why.empty()) throw InputError(why);
  if (place.device != "cpu") throw InputError("device: only processors can train yet");
  if (place.world != 1) throw InputError("a gang of several ranks cannot train yet");
  // Activations are as large in every step: their pages stay, instead of being cleared each time.
  ::mallopt(M_MMAP_THRESHOLD, std::numeric_limits<int>::max());
  ::mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
  at::set_num_threads(place.threads);
  at::globalContext().setFlushDenormal(true);
  return spec;
}

/// An evaluation has no gradients to follow.
std::vector<NumberRange> owned_by(const TrainingSpec& spec, const FlatParameters& parameters) {
  if (spec.kind == JobKind::kEvaluate) return {};
  return {{0, parameters.numbers()}};
}

TransformerOptions options_of(const TrainingSpec& spec) {
  return {.recomputes = spec.layout.recompute == Recompute::kFull,
          .dropout = spec.recipe.dropout,
          .seed = spec.recipe.seed};
}

}  // namespace

class Trainer::Impl {
 public:
  Impl(const TrainingSpec& spec, const RankPlace& place)
      : spec_(checked(spec, place)),
        slice_(ModelSlice::whole(spec_.model)),
        rows_(spec_, place.text_cache),
        parameters_(slots_of(spec_.model, slice_), spec_.layout.precision, spec_.layout.data,
                    at::Device(place.device)),
        optimizer_(spec_.recipe, parameters_, owned_by(spec_, parameters_)),
        transformer_(spec_.model, slice_, parameters_, options_of(spec_)) {
    begin_weights(spec_.recipe.seed, slice_, parameters_);
  }

  std::int64_t resume(const std::filesystem::path& folder) {
    const auto checkpoint = Checkpoint::newest(folder, warnings_);
    if (!checkpoint) return 0;
    if (recipe_hash(checkpoint->spec().recipe) != recipe_hash(spec_.recipe)) {
      warnings_.push_back("the checkpoint was written with another recipe; this job's holds");
    }
    SliceState state = this->state();
    checkpoint->read(state);
    parameters_.refresh();
    optimizer_.take(state.moments);
    steps_done_ = checkpoint->step();
    return steps_done_;
  }

  StepReport step(bool wants_stop) {
    const Layout& layout = spec_.layout;
    parameters_.gradients().zero_();
    double loss = 0;
    for (std::int64_t row = 0; row < layout.batch; row += layout.micro_batch) {
      loss += learn(rows_.training(steps_done_, row, layout.micro_batch));
    }
    StepReport report;
    report.step = ++steps_done_;
    report.loss = loss;
    report.gradient_norm = std::sqrt(optimizer_.gradient_squares([](const Slot&) { return true; }));
    report.learning_rate = learning_rate(spec_.recipe, report.step, spec_.steps);
    report.stop = wants_stop;
    if (!std::isfinite(report.gradient_norm)) {
      throw InputError(
          fmt::format("{}: the loss is no longer finite at step {}; a lower "
                      "learning_rate or a longer warmup may help",
                      spec_.model.name, report.step));
    }
    optimizer_.update(report.step, report.learning_rate,
                      clip_factor(report.gradient_norm, spec_.recipe.clip));
    parameters_.refresh();
    return report;
  }

  void save(const std::filesystem::path& folder) {
    const CheckpointWriter writer(folder, steps_done_);
    writer.begin();
    writer.write(state(), 0);
    writer.finish(spec_);
  }

  double evaluate() {
    if (rows_.held_out() == 0) throw InputError("held_out: there is no text to evaluate with");
    const at::NoGradGuard no_gradients;
    double sum = 0;
    for (std::int64_t row = 0; row < rows_.held_out(); row += spec_.layout.micro_batch) {
      const std::int64_t count = std::min(spec_.layout.micro_batch, rows_.held_out() - row);
      const MicroBatch batch = rows_.held_out(row, count);
      sum += transformer_.loss(transformer_.hidden({}, batch), batch).item().toDouble();
    }
    return sum;
  }

  const TrainingSpec& spec() const { return spec_; }
  const std::vector<std::string>& warnings() const { return warnings_; }
  std::int64_t steps_done() const { return steps_done_; }

 private:
  SliceState state() {
    if (spec_.kind == JobKind::kEvaluate)
      return {parameters_.slots(), slice_, parameters_.master(), {}};
    return {parameters_.slots(), slice_, parameters_.master(), optimizer_.moments()};
  }

  /// Adds a micro-batch's gradients; returns its part of the loss.
  double learn(const MicroBatch& batch) {
    const at::Tensor loss = transformer_.loss(transformer_.hidden({}, batch), batch);
    torch::autograd::backward({loss}, {});
    return loss.item().toDouble();
  }

  const TrainingSpec spec_;
  const ModelSlice slice_;
  const Rows rows_;
  FlatParameters parameters_;
  Optimizer optimizer_;
  Transformer transformer_;
  std::int64_t steps_done_ = 0;
  std::vector<std::string> warnings_;
};

Trainer::Trainer(const TrainingSpec& spec, const RankPlace& place)
    : impl_(std::make_unique<Impl>(spec, place)) {}
Trainer::~Trainer() = default;

std::int64_t Trainer::resume(const std::filesystem::path& folder) { return impl_->resume(folder); }
StepReport Trainer::step(bool wants_stop) { return impl_->step(wants_stop); }
void Trainer::save(const std::filesystem::path& folder) { impl_->save(folder); }
double Trainer::evaluate() { return impl_->evaluate(); }
const std::vector<std::string>& Trainer::warnings() const { return impl_->warnings(); }
std::int64_t Trainer::steps_done() const { return impl_->steps_done(); }

std::int64_t Trainer::parameters() const { return tandem::parameters(impl_->spec().model); }

std::int64_t Trainer::tokens_per_step() const {
  return impl_->spec().layout.batch * impl_->spec().layout.sequence;
}

std::int64_t Trainer::peak_memory_bytes() const {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss * std::int64_t{1024};
}

}  // namespace tandem
