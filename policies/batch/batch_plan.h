// The draft of an engine's next batch, with its own account of blocks and of tokens: a policy can
// admit several requests in one call, and what is impossible stops in the policy's own stack frame.
#pragma once

#include <algorithm>
#include <cstdint>

#include "policies/batch/engine.h"

namespace tandem {

class BatchPlan {
 public:
  /// For the engine, which has asked for a plan at `now`.
  BatchPlan(Engine& engine, Batch& batch, Time now);

  /// Tokens that the step may still compute.
  std::int64_t tokens() const;
  /// Blocks that may still be given away; below 0 if who decodes wants more than there are: then
  /// somebody must be evicted.
  std::int64_t blocks() const;
  /// Blocks that all who decode need for their next token.
  std::int64_t blocks_to_decode() const;

  /// All who decode when the plan is complete compute a token each.
  void decode();

  /// Whether a request computes a chunk.
  bool is_planned(const Sequence& sequence) const;
  /// How many tokens a request that prefills may compute in this step; 0 if there are no blocks.
  std::int64_t chunk_of(const Sequence& sequence) const;
  void prefill(SequenceId sequence, std::int64_t tokens);

  /// What a waiting request would compute if it were admitted now; 0 if it cannot be, because there
  /// is no place, no token, or not enough blocks for all that is known of it.
  std::int64_t chunk_if_admitted(const Sequence& sequence) const;
  void admit(SequenceId sequence);
  /// Blocks without which it cannot be admitted, whatever else there is; 0: they are there.
  std::int64_t blocks_missing(const Sequence& sequence) const;

  /// A running request that is not planned gives its blocks back and waits again. If it can be
  /// `kept` outside, what it has computed is not lost.
  void evict(SequenceId sequence, bool kept);
  bool can_keep(const Sequence& sequence) const;

  /// Whether anything but decoding is planned, and how many have been evicted.
  bool computes() const { return !batch_.chunks.empty(); }
  std::size_t evicted() const { return batch_.evicted.size(); }

  /// The batch, if it only decodes, is repeated at most so often before the policy is asked again.
  void hold_for(std::int64_t steps) { batch_.repeats = std::min(batch_.repeats, steps); }

 private:
  friend class Engine;
  /// Nothing is added any more.
  void close();

  struct Admission {
    KvCache::Match match;
    std::int64_t found = 0;   ///< Blocks that it held before it gave way.
    std::int64_t cached = 0;  ///< Tokens.
    std::int64_t tokens = 0;  ///< To compute in this step.
    std::int64_t blocks = 0;  ///< To take now, besides the match.
    std::int64_t missing = 0;
  };
  Admission admission(const Sequence& sequence) const;
  void compute(Sequence& sequence, std::int64_t tokens);

  Engine& engine_;
  Batch& batch_;
  Time now_;
  std::int64_t tokens_;  ///< Of the step, without what decoding takes of it.
  bool decodes_ = false;
};

}  // namespace tandem
