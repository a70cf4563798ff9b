#include "executor/train/pipeline_schedule.h"

#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "workloads/perf/pipeline_schedule.h"

namespace tandem {
namespace {

std::string text_of(const std::vector<PassOfMicroBatch>& order) {
  std::string text;
  for (const auto& [pass, micro_batch] : order) {
    text += fmt::format("{}{}{}", text.empty() ? "" : " ", pass == Pass::kForward ? 'F' : 'B',
                        micro_batch);
  }
  return text;
}

TEST(PipelineSchedule, WorkedExample) {
  // Narayanan et al. 2021, figure 4, with four stages and five micro-batches.
  EXPECT_EQ(text_of(one_forward_one_backward(0, 4, 5)), "F0 F1 F2 F3 B0 F4 B1 B2 B3 B4");
  EXPECT_EQ(text_of(one_forward_one_backward(2, 4, 5)), "F0 F1 B0 F2 B1 F3 B2 F4 B3 B4");
  EXPECT_EQ(text_of(one_forward_one_backward(3, 4, 5)), "F0 B0 F1 B1 F2 B2 F3 B3 F4 B4");
  EXPECT_EQ(text_of(one_forward_one_backward(0, 4, 2)), "F0 F1 B0 B1");
}

/// Calls `check(stages, micro_batches)` for all pipelines of up to eight stages.
template <class Check>
void for_pipelines(Check check) {
  for (int stages = 1; stages <= 8; ++stages) {
    for (int micro_batches = 1; micro_batches <= 8; ++micro_batches) {
      SCOPED_TRACE(fmt::format("{} stages, {} micro-batches", stages, micro_batches));
      check(stages, micro_batches);
    }
  }
}

TEST(PipelineSchedule, RealStagesFollowTheSimulatedOnes) {
  for_pipelines([](int stages, int micro_batches) {
    std::vector<std::vector<PassOfMicroBatch>> simulated(static_cast<std::size_t>(stages));
    for (const PipelineTask& task : pipeline_schedule(stages, 1, micro_batches, 1, 2)) {
      simulated[static_cast<std::size_t>(task.stage)].push_back(
          {task.is_backward ? Pass::kBackward : Pass::kForward,
           static_cast<int>(task.micro_batch)});
    }
    for (int stage = 0; stage < stages; ++stage) {
      EXPECT_EQ(text_of(one_forward_one_backward(stage, stages, micro_batches)),
                text_of(simulated[static_cast<std::size_t>(stage)]));
    }
  });
}

TEST(PipelineSchedule, EveryPassComesOnceAndBackwardAfterForward) {
  for_pipelines([](int stages, int micro_batches) {
    for (int stage = 0; stage < stages; ++stage) {
      const auto order = one_forward_one_backward(stage, stages, micro_batches);
      std::set<int> kept;
      int forward = 0;
      int backward = 0;
      for (const auto& [pass, micro_batch] : order) {
        EXPECT_EQ(micro_batch, pass == Pass::kForward ? forward++ : backward++);
        if (pass == Pass::kForward) {
          kept.insert(micro_batch);
        } else {
          EXPECT_EQ(kept.erase(micro_batch), 1U);
        }
        // What it is for: activations of as many micro-batches as there are stages from here on.
        EXPECT_LE(static_cast<int>(kept.size()), stages - stage);
      }
      EXPECT_EQ(forward, micro_batches);
      EXPECT_EQ(backward, micro_batches);
    }
  });
}

/// Stages that compute in their order and talk as executor/train/pipeline.h does. A stage that
/// cannot go on never changes what another can do, so that whoever goes first, all get equally far.
class PipelineModel {
 public:
  enum class Sends { kBegun, kWaitedFor };

  PipelineModel(int stages, int micro_batches, Sends sends) : sends_(sends) {
    for (int stage = 0; stage < stages; ++stage) {
      stages_.push_back(actions_of(stage, stages, micro_batches));
    }
  }
  /// False if stages are left that wait for each other.
  bool finishes() {
    while (std::ranges::any_of(stages_, [this](Stage& stage) { return advances(stage); })) {
    }
    return std::ranges::all_of(
        stages_, [](const Stage& stage) { return stage.next == stage.actions.size(); });
  }

 private:
  struct Action {
    bool is_send = false;
    std::pair<int, int> wire;  ///< From a stage to a stage.
  };
  struct Stage {
    std::vector<Action> actions;
    std::size_t next = 0;
    bool begun = false;  ///< The send it is at.
  };

  static Stage actions_of(int stage, int stages, int micro_batches) {
    Stage result;
    const auto add = [&](bool is_send, int from, int to) {
      if (std::min(from, to) >= 0 && std::max(from, to) < stages) {
        result.actions.push_back({is_send, {from, to}});
      }
    };
    for (const auto& [pass, micro_batch] : one_forward_one_backward(stage, stages, micro_batches)) {
      const int step = pass == Pass::kForward ? 1 : -1;
      add(false, stage - step, stage);
      add(true, stage, stage + step);
    }
    return result;
  }

  /// Nothing lies on the wire: a send is done when the other has received it.
  bool advances(Stage& stage) {
    if (stage.next == stage.actions.size()) return false;
    const auto& [is_send, wire] = stage.actions[stage.next];
    if (!is_send) {
      if (on_wire_.erase(wire) == 0) return false;
      ++stage.next;
      return true;
    }
    if (!stage.begun) {
      if (!on_wire_.insert(wire).second) return false;  // The one before is not received yet.
      stage.begun = sends_ == Sends::kWaitedFor;
      stage.next += stage.begun ? 0 : 1;
      return true;
    }
    if (on_wire_.contains(wire)) return false;
    stage.begun = false;
    ++stage.next;
    return true;
  }

  Sends sends_;
  std::vector<Stage> stages_;
  std::set<std::pair<int, int>> on_wire_;
};

TEST(PipelineSchedule, NobodyWaitsForEver) {
  for_pipelines([](int stages, int micro_batches) {
    EXPECT_TRUE(PipelineModel(stages, micro_batches, PipelineModel::Sends::kBegun).finishes());
  });
}

TEST(PipelineSchedule, StagesThatWaitForTheirSendsWouldHang) {
  // The model can fail: this is why sends are only begun.
  EXPECT_FALSE(PipelineModel(2, 4, PipelineModel::Sends::kWaitedFor).finishes());
}

}  // namespace
}  // namespace tandem
