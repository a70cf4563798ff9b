// An engine's loop under requests as users send them: what its steps take among each other, when
// caches have seen other things meanwhile, and what the loop does besides computing.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "executor/serve/engine_driver.h"
#include "executor/spec/serving_spec.h"
#include "workloads/perf/serving/step_line.h"

namespace tandem {

/// One turn of the loop.
struct RehearsedTurn {
  BatchShape shape;
  double compute_s = 0;  ///< Of the model.
  double turn_s = 0;     ///< Of the turn: with the engine's decision, its journal, and its news.
};

/// So many users, each of whom asks again when it is answered: prompts of up to half of the longest
/// sequence, answers of up to a quarter, drawn from fixed seeds.
class Rehearsal {
 public:
  /// Model and description must outlive it.
  Rehearsal(LanguageModel& model, const ServingSpec& spec, const EngineDriver::Clock& clock,
            std::int64_t users);
  ~Rehearsal();

  /// Goes on for so long, and at least one turn.
  void play(Duration length, std::vector<RehearsedTurn>& turns);

  /// When all who are there have been answered and `pause` has come back, somebody asks for a short
  /// answer: the turn of the first step.
  RehearsedTurn first_after(const std::function<void()>& pause);

 private:
  class TimedModel;
  class ReadingFront;
  void ask(std::int64_t longest_answer);

  EngineDriver::Clock clock_;
  const std::int64_t longest_;  ///< Tokens of a sequence.
  const std::int64_t vocabulary_;
  std::unique_ptr<TimedModel> model_;
  std::unique_ptr<ReadingFront> front_;
  std::optional<EngineJournalWriter> journal_;
  std::unique_ptr<EngineDriver> driver_;
  std::uint64_t asked_ = 0;
};

}  // namespace tandem
