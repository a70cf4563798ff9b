#include "policies/batch/list_batch_policy.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "policies/core/check.h"

namespace tandem {
namespace {

constexpr std::int64_t kNobody = std::numeric_limits<std::int64_t>::max();

JobId place_of(const Sequence& sequence) { return JobId{sequence.id.value}; }
SequenceId sequence_at(JobId place) { return SequenceId{place.value}; }

}  // namespace

ListBatchPolicy::ListBatchPolicy(std::unique_ptr<Order> order, VirtualTokenCounter* counter,
                                 const BatchRules& rules)
    : order_(std::move(order)),
      counter_(counter),
      rules_(rules),
      queue_(*order_, Queue::Apart::kNone) {}

Claim ListBatchPolicy::claim_of(const Engine* engine, const Sequence& sequence) const {
  const Request& request = sequence.request;
  const std::uint32_t known = engine == nullptr ? sequence.known : engine->known(sequence);
  const bool answered = known > request.prompt_tokens;
  const std::int64_t served =
      rules_.prefill_is_service || answered ? known : std::int64_t{sequence.computed};
  const std::int64_t prompt =
      rules_.size == BatchRules::Size::kPredicted ? 0 : request.prompt_tokens;
  const std::int64_t answer =
      rules_.size == BatchRules::Size::kPrompt ? 0 : request.predicted_output;
  return {.id = sequence.id.value,
          .tenant = request.tenant,
          .priority = request.priority,
          .submitted = request.arrival,
          .eligible = request.arrival,
          .size = kTokenService * (prompt + answer),
          .done = kTokenService * served,
          .devices = 1,
          .device_thousandths = 1000,
          .cpus = {},
          .memory = {},
          .is_served = sequence.state != Sequence::State::kWaiting,
          .since = sequence.since,
          .deadline = request.deadline};
}

void ListBatchPolicy::enqueue(const Engine* engine, const Sequence& sequence, bool ahead,
                              Time now) {
  const Claim claim = claim_of(engine, sequence);
  order_->waits(claim, now);
  queue_.insert(claim, Duration::zero(), {}, ahead, now);
}

void ListBatchPolicy::dequeue(const Sequence& sequence, Time now) {
  queue_.erase(place_of(sequence));
  order_->waits_no_more(claim_of(nullptr, sequence), now);
}

void ListBatchPolicy::arrived(const Sequence& sequence, Time now) {
  enqueue(nullptr, sequence, false, now);
  has_changed_ = true;
}

void ListBatchPolicy::gone(const Sequence& sequence, Time now) {
  if (sequence.state == Sequence::State::kWaiting) dequeue(sequence, now);
  has_changed_ = true;
}

void ListBatchPolicy::computed(const Engine& engine, const Batch& batch, std::int64_t steps) {
  has_changed_ |= !batch.chunks.empty();
  if (counter_ == nullptr) return;
  for (const Chunk& chunk : batch.chunks) {
    if (!chunk.completes) continue;
    counter_->charge_output(engine.sequence(chunk.sequence).request.tenant, 1);
  }
  if (batch.decodes == 0) return;
  for (const TenantId tenant : engine.decoding().tenants()) {
    counter_->charge_output(tenant, steps * engine.decoding().of_tenant(tenant));
  }
}

void ListBatchPolicy::schedule(const Engine& engine, BatchPlan& plan, Time now) {
  if (!queue_.empty()) queue_.refresh(now);
  if (rules_.preempts && !queue_.empty() && looks(engine)) replace(engine, plan, now);
  if (rules_.prefill_first) {
    compute_begun(engine, plan, now);
    admit(engine, plan, now);
    if (plan.computes()) return;
    plan.decode();
    while (plan.blocks() < 0) give_way(engine, plan, victim(engine, kNobody, now), true, now);
  } else {
    plan.decode();
    const std::size_t replaced = plan.evicted();
    while (plan.blocks() < 0) give_way(engine, plan, victim(engine, 0, now), true, now);
    compute_begun(engine, plan, now);
    if (plan.evicted() == replaced) admit(engine, plan, now);
  }
  hold(engine, plan);
}

bool ListBatchPolicy::looks(const Engine& engine) {
  const std::int64_t steps = engine.decoding().steps();
  if (!has_changed_ && steps < looked_ + rules_.quantum) return false;
  has_changed_ = false;
  looked_ = steps;
  return true;
}

void ListBatchPolicy::compute_begun(const Engine& engine, BatchPlan& plan, Time now) {
  begun_.assign(engine.prefilling().begin(), engine.prefilling().end());
  for (const SequenceId id : begun_) {
    const Sequence& sequence = engine.sequence(id);
    const auto runs = [&] { return sequence.state == Sequence::State::kPrefilling; };
    if (plan.tokens() <= 0) return;
    while (runs() && plan.chunk_of(sequence) <= 0) {
      give_way(engine, plan, victim(engine, sequence.admission, now), true, now);
    }
    if (runs()) plan.prefill(id, plan.chunk_of(sequence));
  }
}

void ListBatchPolicy::admit(const Engine& engine, BatchPlan& plan, Time now) {
  while (!queue_.empty()) {
    const SequenceId id = sequence_at(queue_.first());
    const Sequence& sequence = engine.sequence(id);
    if (plan.chunk_if_admitted(sequence) == 0) return;
    dequeue(sequence, now);
    const bool is_new = sequence.evictions == 0 && sequence.generated() == 0;
    if (counter_ != nullptr && is_new) {
      counter_->charge_input(sequence.request.tenant, sequence.request.prompt_tokens);
      queue_.refresh(now);
    }
    plan.admit(id);
  }
}

void ListBatchPolicy::hold(const Engine& engine, BatchPlan& plan) const {
  if (queue_.empty()) return;
  const std::int64_t next_look = looked_ + rules_.quantum - engine.decoding().steps();
  if (rules_.preempts) plan.hold_for(std::max<std::int64_t>(next_look, 1));
  if (engine.running() >= engine.settings().max_sequences) return;
  // It is blocks that are missing, and those who run only take more of them; but somebody else may
  // become the first, whom fewer are enough.
  if (plan.evicted() > 0 || (rules_.order_moves && queue_.size() > 1)) plan.hold_for(1);
}

const Sequence& ListBatchPolicy::victim(const Engine& engine, std::int64_t first, Time now) const {
  const Sequence* victim = nullptr;
  Rank lowest = 0;
  for (const Sequence* at = engine.last_admitted(); at != nullptr; at = at->earlier) {
    if (at->state == Sequence::State::kPrefilling && at->admission < first) continue;
    if (rules_.victim == BatchRules::Victim::kLast) return *at;
    const Rank rank = rules_.victim == BatchRules::Victim::kLargest
                          ? Rank{engine.known(*at)}
                          : order_->rank(claim_of(&engine, *at), now);
    if (victim != nullptr && rank <= lowest) continue;
    victim = at;
    lowest = rank;
  }
  CHECK(victim != nullptr, "nobody can give way");
  return *victim;
}

void ListBatchPolicy::give_way(const Engine& engine, BatchPlan& plan, const Sequence& victim,
                               bool ahead, Time now) {
  const SequenceId id = victim.id;
  plan.evict(id, rules_.keeps && plan.can_keep(victim));
  enqueue(&engine, engine.sequence(id), ahead, now);
}

void ListBatchPolicy::replace(const Engine& engine, BatchPlan& plan, Time now) {
  const Sequence& first = engine.sequence(sequence_at(queue_.first()));
  if (plan.chunk_if_admitted(first) > 0) return;
  const Claim waiting = claim_of(&engine, first);
  const Contender contender{waiting, order_->rank(waiting, now)};
  std::vector<std::pair<Rank, SequenceId>> lower;
  std::int64_t blocks = 0;
  const std::int64_t steps = engine.decoding().steps();
  for (const Sequence* at = engine.last_admitted(); at != nullptr; at = at->earlier) {
    // Each turn gives tokens, so all turns together come to an end.
    if (at->state != Sequence::State::kDecoding) continue;
    if (steps - at->decodes_since < rules_.quantum) continue;
    const Claim claim = claim_of(&engine, *at);
    const Rank rank = order_->rank(claim, now);
    if (!order_->may_replace(contender, {claim, rank}, now)) continue;
    lower.emplace_back(rank, at->id);
    blocks += engine.own_blocks(*at);
  }
  if (blocks < plan.blocks_missing(first)) return;
  std::sort(lower.begin(), lower.end());
  while (!lower.empty() && plan.chunk_if_admitted(first) == 0) {
    give_way(engine, plan, engine.sequence(lower.back().second), false, now);
    lower.pop_back();
  }
}

}  // namespace tandem
