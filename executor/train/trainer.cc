#include "executor/train/trainer.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/ops/tensor.h>
#include <fmt/format.h>
#include <malloc.h>
#include <sys/resource.h>

#include <array>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "executor/data/token_text.h"
#include "executor/train/checkpoint.h"
#include "executor/train/compat.h"
#include "executor/train/optimizer.h"
#include "executor/train/rank_model.h"
#include "executor/train/rows.h"
#include "executor/train/schedule.h"
#include "policies/core/error.h"

namespace tandem {
namespace {

/// What must hold before anything is allocated.
const TrainingSpec& checked(const TrainingSpec& spec, const RankPlace& place) {
  if (const std::string why = why_not_trainable(spec); !why.empty()) throw InputError(why);
  if (const std::string why = why_not_usable(place.device); !why.empty()) throw InputError(why);
  if (place.device != "cpu") compute_reproducibly();
  if (place.world != spec.layout.devices()) {
    throw InputError(fmt::format("{}: the layout is for {} ranks, the gang has {}", spec.model.name,
                                 spec.layout.devices(), place.world));
  }
  // Activations are as large in every step: their pages stay, instead of being cleared each time.
  ::mallopt(M_MMAP_THRESHOLD, std::numeric_limits<int>::max());
  ::mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
  at::set_num_threads(place.threads);
  at::globalContext().setFlushDenormal(true);
  return spec;
}

RankGroups groups_of(const Layout& layout, const RankPlace& place) {
  const Ranks ranks(static_cast<int>(layout.tensor), static_cast<int>(layout.data),
                    static_cast<int>(layout.pipeline));
  return make_rank_groups(ranks, place.rank, place.device, place.rendezvous, place.patience);
}

/// An evaluation has no gradients to follow.
std::vector<NumberRange> owned_by(const TrainingSpec& spec, const RankModel& model) {
  if (spec.kind == JobKind::kEvaluate) return {};
  return model.buckets().owned();
}

}  // namespace

class Trainer::Impl {
 public:
  Impl(const TrainingSpec& spec, const RankPlace& place)
      : spec_(checked(spec, place)),
        rows_(spec_, place.text_cache, at::Device(place.device)),
        model_(spec_, groups_of(spec_.layout, place), at::Device(place.device)),
        optimizer_(spec_.recipe, model_.parameters(), owned_by(spec_, model_)) {}

  std::int64_t resume(const std::filesystem::path& folder) {
    const auto checkpoint = Checkpoint::newest(folder, warnings_);
    agree_on(checkpoint ? checkpoint->step() : 0);
    if (!checkpoint) return 0;
    if (recipe_hash(checkpoint->spec().recipe) != recipe_hash(spec_.recipe)) {
      warnings_.push_back("the checkpoint was written with another recipe; this job's holds");
    }
    SliceState state = on_host(this->state());
    checkpoint->read(state);
    if (at::Tensor master = model_.parameters().master(); !master.is_same(state.parameters)) {
      master.copy_(state.parameters);
    }
    model_.parameters().refresh();
    optimizer_.take(state.moments);
    steps_done_ = checkpoint->step();
    return steps_done_;
  }

  StepReport step(const AskWish& ask) {
    const double loss = model_.forward_backward(batches());
    const bool counts = spec_.layout.zero > 0 || place().data == 0;
    const double squares = optimizer_.gradient_squares(
        [&](const Slot& slot) { return counts && model_.counts(slot); });
    const Wish wish = ask();
    const auto [losses, all_squares, saves, stops] =
        summed({place().tensor == 0 ? loss : 0, squares, wish == Wish::kSave ? 1.0 : 0.0,
                wish == Wish::kStop ? 1.0 : 0.0});
    StepReport report;
    report.step = ++steps_done_;
    report.loss = losses;
    report.gradient_norm = std::sqrt(all_squares);
    report.learning_rate = learning_rate(spec_.recipe, report.step, spec_.steps);
    report.agreed = stops > 0 ? Wish::kStop : saves > 0 ? Wish::kSave : Wish::kGoOn;
    if (!std::isfinite(report.gradient_norm)) {
      throw InputError(
          fmt::format("{}: the loss is no longer finite at step {}; a lower "
                      "learning_rate or a longer warmup may help",
                      spec_.model.name, report.step));
    }
    optimizer_.update(report.step, report.learning_rate,
                      clip_factor(report.gradient_norm, spec_.recipe.clip));
    model_.refresh();
    return report;
  }

  void save(const std::filesystem::path& folder) {
    const CheckpointWriter writer(folder, steps_done_);
    Group& world = *model_.groups().world;
    if (world.rank() == 0) writer.begin();
    SliceState state = this->state();
    model_.buckets().gather(state.moments.first);
    model_.buckets().gather(state.moments.second);
    world.barrier();  // The folder is there.
    if (place().data == 0) writer.write(on_host(state), place().pipeline);
    world.barrier();  // All slices are.
    if (world.rank() == 0) writer.finish(spec_);
    world.barrier();
  }

  double evaluate() {
    const std::int64_t rows = spec_.layout.micro_batch;
    const std::int64_t whole = rows_.held_out() / rows;
    const std::int64_t data = spec_.layout.data;
    const auto read = [&](std::int64_t index, std::int64_t count) {
      return rows_.held_out(index * rows, count);
    };
    // Whole micro-batches by turns; the rest is for whose turn it is then.
    double loss =
        model_.evaluate({.count = static_cast<int>((whole - place().data + data - 1) / data),
                         .tokens = rows * spec_.layout.sequence,
                         .read = [&](int i) { return read(place().data + i * data, rows); }});
    const std::int64_t rest = rows_.held_out() % rows;
    if (rest > 0 && whole % data == place().data) {
      loss +=
          model_.evaluate({.count = 1, .tokens = rest * spec_.layout.sequence, .read = [&](int) {
                             return read(whole, rest);
                           }});
    }
    return summed({place().tensor == 0 ? loss : 0, 0, 0})[0];
  }

  const TrainingSpec& spec() const { return spec_; }
  const std::vector<std::string>& warnings() const { return warnings_; }
  std::int64_t steps_done() const { return steps_done_; }
  std::int64_t moment_bytes() const { return optimizer_.bytes(); }
  std::int64_t peak_memory_bytes() const {
    const at::Device device = rows_.device();
    if (!device.is_cpu()) return peak_device_memory_bytes(device);
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss * std::int64_t{1024};
  }

 private:
  const RankCoordinates& place() { return model_.groups().place; }

  SliceState state() {
    const FlatParameters& parameters = model_.parameters();
    SliceState state{parameters.slots(), model_.slice(), parameters.master(), {}};
    if (spec_.kind != JobKind::kEvaluate) state.moments = optimizer_.moments();
    return state;
  }

  /// Where files are written from and read to; what is there already is not copied.
  static SliceState on_host(const SliceState& state) {
    SliceState host = state;
    for (at::Tensor* numbers : {&host.parameters, &host.moments.first, &host.moments.second}) {
      if (numbers->defined()) *numbers = numbers->cpu();
    }
    return host;
  }

  /// This rank's of the next step. Data parallel ranks have parts of the batch that follow each
  /// other.
  MicroBatches batches() {
    const Layout& layout = spec_.layout;
    const std::int64_t first = place().data * (layout.batch / layout.data);
    return {.count = static_cast<int>(layout.micro_batches()),
            .tokens = layout.micro_batch * layout.sequence,
            .read = [this, first, rows = layout.micro_batch](int i) {
              return rows_.training(steps_done_, first + i * rows, rows);
            }};
  }

  /// Over all ranks.
  std::array<double, 4> summed(const std::array<double, 4>& numbers) {
    at::Tensor sum = at::tensor(numbers, model_.parameters().master().options().dtype(at::kDouble));
    model_.groups().world->begin_all_reduce(sum, Reduction::kSum)->wait();
    const at::Tensor here = sum.cpu();
    const double* of = here.data_ptr<double>();
    return {of[0], of[1], of[2], of[3]};
  }

  /// Ranks that saw different checkpoints must not go on together.
  void agree_on(std::int64_t step) {
    at::Tensor steps =
        at::tensor({step, -step}, model_.parameters().master().options().dtype(at::kLong));
    model_.groups().world->begin_all_reduce(steps, Reduction::kMax)->wait();
    if (steps[0].item<std::int64_t>() != step || steps[1].item<std::int64_t>() != -step) {
      throw std::runtime_error("ranks do not see the same checkpoints");
    }
  }

  const TrainingSpec spec_;
  const Rows rows_;
  RankModel model_;
  Optimizer optimizer_;
  std::int64_t steps_done_ = 0;
  std::vector<std::string> warnings_;
};

Trainer::Trainer(const TrainingSpec& spec, const RankPlace& place)
    : impl_(std::make_unique<Impl>(spec, place)) {}
Trainer::~Trainer() = default;

std::int64_t Trainer::resume(const std::filesystem::path& folder) { return impl_->resume(folder); }
StepReport Trainer::step(const AskWish& wish) { return impl_->step(wish); }
void Trainer::save(const std::filesystem::path& folder) { impl_->save(folder); }
double Trainer::evaluate() { return impl_->evaluate(); }
const std::vector<std::string>& Trainer::warnings() const { return impl_->warnings(); }
std::int64_t Trainer::steps_done() const { return impl_->steps_done(); }

std::int64_t Trainer::moment_bytes() const { return impl_->moment_bytes(); }
std::int64_t Trainer::parameters() const { return tandem::parameters(impl_->spec().model); }

std::int64_t Trainer::tokens_per_step() const {
  return impl_->spec().layout.batch * impl_->spec().layout.sequence;
}

std::int64_t Trainer::peak_memory_bytes() const { return impl_->peak_memory_bytes(); }

}  // namespace tandem
