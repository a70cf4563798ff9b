#include "workloads/perf/pipeline_schedule.h"

#include <algorithm>
#include <optional>

namespace tandem {
namespace {

class Schedule {
 public:
  Schedule(std::int64_t stages, std::int64_t pieces, std::int64_t micro_batches, double forward_s,
           double backward_s)
      : stages_(stages),
        pieces_(pieces),
        micro_batches_(micro_batches),
        forward_s_(forward_s),
        backward_s_(backward_s),
        ends_(static_cast<std::size_t>(2 * stages * pieces * micro_batches)) {}

  std::vector<PipelineTask> tasks() {
    std::vector<std::vector<PipelineTask>> of_stage;
    for (std::int64_t stage = 0; stage < stages_; ++stage) of_stage.push_back(order(stage));
    std::vector<std::size_t> next(of_stage.size());
    std::vector<double> free_s(of_stage.size());
    // Each round does what can be done; the first stage that waits is waited for in the next one.
    for (bool goes_on = true; goes_on;) {
      goes_on = false;
      for (std::size_t stage = 0; stage < of_stage.size(); ++stage) {
        while (next[stage] < of_stage[stage].size()) {
          PipelineTask& task = of_stage[stage][next[stage]];
          const auto ready_s = ready(task);
          if (!ready_s) break;
          task.begin_s = std::max(*ready_s, free_s[stage]);
          task.end_s = task.begin_s + (task.is_backward ? backward_s_ : forward_s_);
          free_s[stage] = task.end_s;
          end_of(task) = task.end_s;
          ++next[stage];
          goes_on = true;
        }
      }
    }
    std::vector<PipelineTask> all;
    for (const auto& tasks : of_stage) all.insert(all.end(), tasks.begin(), tasks.end());
    return all;
  }

 private:
  /// The k-th forward or backward pass of a stage: as many micro-batches as there are stages go
  /// through a piece before the next piece is begun.
  PipelineTask pass(std::int64_t stage, std::int64_t k, bool is_backward) const {
    const std::int64_t group = stages_ * pieces_;
    const std::int64_t piece = k % group / stages_;
    const std::int64_t micro_batch = pieces_ == 1 ? k : k / group * stages_ + k % stages_;
    return {stage, is_backward ? pieces_ - 1 - piece : piece, micro_batch, is_backward, 0, 0};
  }

  std::vector<PipelineTask> order(std::int64_t stage) const {
    const std::int64_t all = pieces_ * micro_batches_;
    const std::int64_t behind = stages_ - 1 - stage;
    const std::int64_t ahead =
        std::min(all, pieces_ == 1 ? behind : 2 * behind + (pieces_ - 1) * stages_);
    std::vector<PipelineTask> tasks;
    for (std::int64_t k = 0; k < ahead; ++k) tasks.push_back(pass(stage, k, false));
    for (std::int64_t k = 0; k < all; ++k) {
      if (ahead + k < all) tasks.push_back(pass(stage, ahead + k, false));
      tasks.push_back(pass(stage, k, true));
    }
    return tasks;
  }

  /// When what it computes from is there; nothing: not known yet.
  std::optional<double> ready(const PipelineTask& task) const {
    PipelineTask before = task;
    const bool is_last = task.stage == stages_ - 1 && task.piece == pieces_ - 1;
    if (task.is_backward && is_last) {
      before.is_backward = false;
    } else if (task.is_backward) {
      before.stage = (task.stage + 1) % stages_;
      before.piece += before.stage == 0 ? 1 : 0;
    } else if (task.stage > 0) {
      --before.stage;
    } else if (task.piece > 0) {
      before.stage = stages_ - 1;
      --before.piece;
    } else {
      return 0;
    }
    return ends_[index(before)];
  }

  std::size_t index(const PipelineTask& task) const {
    const std::int64_t place =
        ((task.stage * pieces_ + task.piece) * micro_batches_ + task.micro_batch) * 2;
    return static_cast<std::size_t>(place + (task.is_backward ? 1 : 0));
  }
  std::optional<double>& end_of(const PipelineTask& task) { return ends_[index(task)]; }

  const std::int64_t stages_;
  const std::int64_t pieces_;
  const std::int64_t micro_batches_;
  const double forward_s_;
  const double backward_s_;
  std::vector<std::optional<double>> ends_;
};

}  // namespace

std::vector<PipelineTask> pipeline_schedule(std::int64_t stages, std::int64_t pieces,
                                            std::int64_t micro_batches, double forward_s,
                                            double backward_s) {
  return Schedule(stages, pieces, micro_batches, forward_s, backward_s).tasks();
}

}  // namespace tandem
