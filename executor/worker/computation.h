// What a worker runs, without saying how: a transformer on LibTorch, or in tests something that
// sleeps. All ranks of a gang make the same calls in the same order.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>

#include "executor/train/trainer.h"

namespace tandem {

class Computation {
 public:
  virtual ~Computation() = default;
  /// Goes on from the newest whole checkpoint in `folder`; returns how many steps are done.
  virtual std::int64_t resume(const std::filesystem::path& folder) = 0;
  virtual StepReport step(const AskWish& wish) = 0;
  /// Durable when it returns.
  virtual void save(const std::filesystem::path& folder) = 0;
  /// Mean loss over the held-out text.
  virtual double evaluate() = 0;
  virtual std::int64_t tokens_per_step() const = 0;
  virtual std::int64_t peak_memory_bytes() const = 0;
};

/// Throws InputError for what the user can mend.
using MakeComputation =
    std::function<std::unique_ptr<Computation>(const TrainingSpec&, const RankPlace&)>;

}  // namespace tandem
