// Batch policies composed of an order, a rule of what is computed together, and a rule of who gives
// way: continuous batching as serving engines do it.
#pragma once

#include <memory>
#include <vector>

#include "policies/batch/batch_plan.h"
#include "policies/batch/batch_policy.h"
#include "policies/core/order.h"
#include "policies/core/queue.h"
#include "policies/orders/token_counter.h"

namespace tandem {

struct BatchRules {
  /// What stands for the size of a request in orders that ask for one.
  enum class Size { kPrompt, kPredicted, kBoth };
  /// Who gives way when blocks run out: the last admitted, who goes last by the order, or who holds
  /// most tokens.
  enum class Victim { kLast, kLowest, kLargest };
  Size size = Size::kPrompt;
  Victim victim = Victim::kLast;
  bool keeps = false;          ///< Victims are kept outside the cache while there is room.
  bool prefill_first = false;  ///< Prompts are computed alone, before anybody decodes.
  bool preempts = false;       ///< Who goes before one that runs takes its place.
  /// Steps between two looks at that, and tokens that a request is given before it is replaced.
  std::int64_t quantum = 32;
  /// Orders by service count a prompt before it is computed.
  bool prefill_is_service = false;
  bool order_moves = false;  ///< Requests that wait change places by themselves.
};

/// All who run decode a token in each step; what the step may compute besides goes to prompts that
/// have begun, then to waiting requests in order, until the first that cannot be admitted: nobody
/// overtakes. (Yu et al., Orca, OSDI'22; Agrawal et al., Sarathi-Serve, OSDI'24; vLLM's scheduler.)
/// Requests that gave way for want of blocks wait ahead of all others.
class ListBatchPolicy final : public BatchPolicy {
 public:
  /// `counter`: the order itself, if it has to be told of tokens.
  ListBatchPolicy(std::unique_ptr<Order> order, VirtualTokenCounter* counter,
                  const BatchRules& rules);

  void arrived(const Sequence& sequence, Time now) override;
  void gone(const Sequence& sequence, Time now) override;
  void computed(const Engine& engine, const Batch& batch, std::int64_t steps) override;
  void schedule(const Engine& engine, BatchPlan& plan, Time now) override;

 private:
  Claim claim_of(const Engine* engine, const Sequence& sequence) const;
  void enqueue(const Engine* engine, const Sequence& sequence, bool ahead, Time now);
  void dequeue(const Sequence& sequence, Time now);

  /// Those who run give way to the first that waits, as the order says.
  void replace(const Engine& engine, BatchPlan& plan, Time now);
  void compute_begun(const Engine& engine, BatchPlan& plan, Time now);
  void admit(const Engine& engine, BatchPlan& plan, Time now);
  /// How long the plan holds although somebody waits.
  void hold(const Engine& engine, BatchPlan& plan) const;
  bool looks(const Engine& engine);
  /// Of those that have no part in the plan yet: who decode, and who prefill from `first` on.
  const Sequence& victim(const Engine& engine, std::int64_t first, Time now) const;
  void give_way(const Engine& engine, BatchPlan& plan, const Sequence& victim, bool ahead,
                Time now);

  std::unique_ptr<Order> order_;
  VirtualTokenCounter* counter_;
  BatchRules rules_;
  Queue queue_;
  /// Whether somebody has come, gone or moved since it was last looked at who goes before whom,
  /// and the engine's decode steps by then.
  bool has_changed_ = false;
  std::int64_t looked_ = 0;
  std::vector<SequenceId> begun_;  ///< Copy to walk over while requests give way.
};

}  // namespace tandem
