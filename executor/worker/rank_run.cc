#include "executor/worker/rank_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "executor/worker/rank_folder.h"
#include "executor/worker/step_table.h"
#include "policies/core/error.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto kLogInterval = 1s;

double seconds_since(Clock::time_point begun) {
  return std::chrono::duration<double>(Clock::now() - begun).count();
}

/// Tokens in a second over about the last few seconds.
class Pace {
 public:
  explicit Pace(std::int64_t tokens_per_step) : tokens_(static_cast<double>(tokens_per_step)) {}
  void step(double seconds) {
    constexpr double kWindow = 5;
    const double weight = std::min(1.0, seconds / kWindow);
    mean_s_ = mean_s_ == 0 ? seconds : mean_s_ + weight * (seconds - mean_s_);
  }
  double tokens_per_s() const { return mean_s_ > 0 ? tokens_ / mean_s_ : 0; }

 private:
  double tokens_;
  double mean_s_ = 0;
};

/// The course of the training, for people and for reports.
struct Tables {
  Tables(const fs::path& folder, std::int64_t steps_done)
      : losses(folder / "losses.csv", "step,loss,gradient_norm,learning_rate,tokens_per_s",
               steps_done),
        held_out(folder / "held_out.csv", "step,held_out_loss", steps_done) {}
  void sync() {
    losses.sync();
    held_out.sync();
  }
  StepTable losses;
  StepTable held_out;
};

class TrainingRank {
 public:
  TrainingRank(const RankTask& task, const std::string& device, const MakeComputation& make,
               ControlLink& link)
      : task_(task), link_(link), state_(link.told()) {
    const RankPlace place{static_cast<int>(task.rank),
                          static_cast<int>(task.world),
                          task.folder / fmt::format("meet-{}", task.generation),
                          device,
                          task.threads,
                          task.text_cache,
                          std::chrono::milliseconds(task.patience_ms)};
    computation_ = make(task.spec, place);
    state_.steps_done = state_.steps_saved = computation_->resume(checkpoints());
    if (is_evaluation() && state_.steps_done == 0) {
      throw InputError({checkpoints().string(), 0, 0}, "no checkpoint is here to be evaluated");
    }
    log(task, "rank {} of {} begins after step {}", task.rank, task.world, state_.steps_done);
    if (task.rank == 0) tables_.emplace(task.folder, state_.steps_done);
  }

  void run() {
    state_.memory_bytes = computation_->peak_memory_bytes();
    tell(RankPhase::kComputing);
    Pace pace(computation_->tokens_per_step());
    while (state_.steps_done < task_.spec.steps) {
      if (step(pace) == Wish::kStop && state_.steps_done < task_.spec.steps) {
        save();
        log(task_, "stops after step {}", state_.steps_done);
        return tell(RankPhase::kDrained);
      }
    }
    if (state_.steps_saved < state_.steps_done) save();
    if (is_evaluation() || task_.spec.recipe.evaluate_every > 0) evaluate();
    if (tables_) tables_->sync();
    tell(RankPhase::kFinished);
  }

 private:
  bool is_evaluation() const { return task_.spec.kind == JobKind::kEvaluate; }
  fs::path checkpoints() const {
    return is_evaluation() ? task_.spec.checkpoints : checkpoints_in(task_.folder);
  }

  Wish step(Pace& pace) {
    const auto begun = Clock::now();
    const StepReport report = computation_->step([this] { return link_.take_wish(); });
    const double seconds = seconds_since(begun);
    pace.step(seconds);
    steps_s_ += seconds;
    state_.step_s = steps_s_ / static_cast<double>(++steps_);
    state_.steps_done = report.step;
    state_.loss = report.loss;
    state_.tokens_per_s = pace.tokens_per_s();
    state_.longest_step_s = std::max(state_.longest_step_s, seconds);
    state_.memory_bytes = computation_->peak_memory_bytes();
    if (tables_) {
      tables_->losses.row(
          report.step, fmt::format("{:.9g},{:.6g},{:.6g},{:.6g}", report.loss, report.gradient_norm,
                                   report.learning_rate, state_.tokens_per_s));
    }
    log_step();
    if (is_due(task_.spec.recipe.evaluate_every)) evaluate();
    if (report.agreed == Wish::kSave || is_due(task_.spec.recipe.checkpoint_every)) save();
    tell(RankPhase::kComputing);
    return report.agreed;
  }

  void log_step() {
    if (Clock::now() - logged_ < kLogInterval) return;
    logged_ = Clock::now();
    log(task_, "step {}: loss {:.4f}, {:.0f} tokens/s", state_.steps_done, state_.loss,
        state_.tokens_per_s);
  }

  bool is_due(std::int64_t every) const {
    return every > 0 && state_.steps_done % every == 0 && state_.steps_done < task_.spec.steps;
  }

  void evaluate() {
    const auto begun = Clock::now();
    state_.held_out_loss = computation_->evaluate();
    state_.evaluation_s = seconds_since(begun);
    if (tables_)
      tables_->held_out.row(state_.steps_done, fmt::format("{:.9g}", *state_.held_out_loss));
    log(task_, "step {}: held-out loss {:.4f}", state_.steps_done, *state_.held_out_loss);
  }

  void save() {
    const auto begun = Clock::now();
    computation_->save(checkpoints());
    state_.steps_saved = state_.steps_done;
    if (tables_) tables_->sync();
    state_.save_s = seconds_since(begun);
    log(task_, "step {}: saved in {:.3f} s", state_.steps_done, state_.save_s);
  }

  void tell(RankPhase phase) {
    state_.phase = phase;
    link_.tell(state_);
  }

  const RankTask& task_;
  ControlLink& link_;
  WorkerState state_;
  std::unique_ptr<Computation> computation_;
  Clock::time_point logged_{};
  std::int64_t steps_ = 0;        ///< Since it began,
  double steps_s_ = 0;            ///< and what they took.
  std::optional<Tables> tables_;  ///< Of rank 0.
};

}  // namespace

bool run_rank(const RankTask& task, const std::string& device, const MakeComputation& make,
              ControlLink& link) {
  std::unique_ptr<TrainingRank> rank;
  const bool is_fit = in_folder_of(task, link, [&] {
    rank = std::make_unique<TrainingRank>(task, device, make, link);
    rank->run();
  });
  // Whatever lost its peers may wait for them for ever when it is destroyed.
  if (!is_fit) [[maybe_unused]]
    const TrainingRank* left_behind = rank.release();
  return is_fit;
}

}  // namespace tandem
