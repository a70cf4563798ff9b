// The interface that every batch policy implements: the role of a Policy inside one serving engine.
#pragma once

#include <cstdint>

#include "policies/batch/batch.h"

namespace tandem {

class BatchPlan;
class Engine;

/// Decides what one serving engine computes in its next iteration: tokens known but not yet
/// computed, of which requests. One object serves one engine for a whole run, whatever the world.
class BatchPolicy {
 public:
  virtual ~BatchPolicy() = default;

  /// A request has come.
  virtual void arrived(const Sequence& sequence, Time now) = 0;
  /// A request has ended or was withdrawn; `sequence` is as it was before.
  virtual void gone(const Sequence& sequence, Time now) = 0;
  /// The batch has been computed so many times; the engine is as it was before.
  virtual void computed(const Engine& engine, const Batch& batch, std::int64_t steps) = 0;

  /// Called when the engine has nothing under way. Who is not mentioned stays as it is, and
  /// computes nothing.
  virtual void schedule(const Engine& engine, BatchPlan& plan, Time now) = 0;
};

}  // namespace tandem
