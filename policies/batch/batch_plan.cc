#include "policies/batch/batch_plan.h"

#include <algorithm>
#include <utility>

#include "policies/core/check.h"

namespace tandem {

BatchPlan::BatchPlan(Engine& engine, Batch& batch, Time now)
    : engine_(engine), batch_(batch), now_(now), tokens_(engine.settings_.batch_tokens) {}

std::int64_t BatchPlan::blocks() const {
  const std::int64_t promised = decodes_ ? blocks_to_decode() : 0;
  return engine_.cache_.available() - promised;
}

std::int64_t BatchPlan::blocks_to_decode() const { return engine_.decoding_.blocks_for(1); }

void BatchPlan::decode() {
  CHECK(!decodes_, "a plan decodes once");
  decodes_ = true;
}

std::int64_t BatchPlan::tokens() const {
  return tokens_ - (decodes_ ? engine_.decoding_.size() : 0);
}

void BatchPlan::close() {
  if (!decodes_) return;
  CHECK(blocks() >= 0, "{} blocks too few to decode with", -blocks());
  batch_.decodes = engine_.decoding_.size();
  batch_.decode_context = engine_.decoding_.context();
}

std::int64_t BatchPlan::chunk_of(const Sequence& sequence) const {
  const std::int64_t held = engine_.blocks_of(sequence.computed);
  const std::int64_t room = (held + blocks()) * engine_.settings_.block_tokens - sequence.computed;
  return std::min({std::int64_t{sequence.left()}, tokens(), room});
}

void BatchPlan::prefill(SequenceId id, std::int64_t tokens) {
  Sequence& sequence = engine_.sequences_.at(id);
  CHECK(sequence.state == Sequence::State::kPrefilling, "request {} does not prefill", id.value);
  compute(sequence, tokens);
}

void BatchPlan::compute(Sequence& sequence, std::int64_t tokens) {
  CHECK(tokens > 0 && tokens <= this->tokens() && tokens <= sequence.left(),
        "{} tokens of request {}, {} left in the step", tokens, sequence.id.value, this->tokens());
  const std::int64_t after = sequence.computed + tokens;
  const std::int64_t wanted = engine_.blocks_of(after) - engine_.blocks_of(sequence.computed);
  CHECK(wanted <= blocks(), "{} blocks wanted, {} there", wanted, blocks());
  engine_.cache_.take(wanted, sequence.holding);
  engine_.publish(sequence, after);
  tokens_ -= tokens;
  batch_.chunks.push_back({.sequence = sequence.id,
                           .computed = sequence.computed,
                           .tokens = static_cast<std::uint32_t>(tokens),
                           .completes = after == sequence.known});
}

BatchPlan::Admission BatchPlan::admission(const Sequence& sequence) const {
  Admission plan;
  const Engine& engine = engine_;
  const std::int64_t size = engine.settings_.block_tokens;
  if (sequence.kept == 0) {
    // At least the last token is computed, to know what follows it.
    const std::int64_t most = (sequence.known - 1) / size;
    plan.match = engine.cache_.match(sequence.request.prefix, most);
    if (plan.match.blocks == sequence.shared_before) {
      plan.found = std::min({engine.cache_.remaining(sequence.remains), sequence.full_before,
                             most - plan.match.blocks});
    }
    plan.cached = (plan.match.blocks + plan.found) * size;
  } else {
    plan.cached = sequence.kept;
  }
  const std::int64_t all = engine.blocks_of(sequence.known) - plan.match.blocks;
  const std::int64_t spare = engine.running_ == 0 ? 0 : engine.settings_.watermark_blocks;
  plan.missing = all + spare - (blocks() - plan.match.idle);
  const std::int64_t left = sequence.known - plan.cached;
  const bool whole = !engine.settings_.chunked_prefill;
  if (plan.missing > 0 || engine.running_ >= engine.settings_.max_sequences) return plan;
  if (tokens() <= 0 || (whole && left > tokens() && computes())) return plan;
  plan.tokens = whole ? left : std::min(left, tokens());
  plan.blocks = engine_.blocks_of(plan.cached) - plan.match.blocks - plan.found;
  return plan;
}

std::int64_t BatchPlan::chunk_if_admitted(const Sequence& sequence) const {
  return admission(sequence).tokens;
}

std::int64_t BatchPlan::blocks_missing(const Sequence& sequence) const {
  return std::max(std::int64_t{0}, admission(sequence).missing);
}

void BatchPlan::admit(SequenceId id) {
  Sequence& sequence = engine_.sequences_.at(id);
  CHECK(sequence.state == Sequence::State::kWaiting, "request {} does not wait", id.value);
  const Admission plan = admission(sequence);
  CHECK(plan.tokens > 0, "request {} cannot be admitted", id.value);
  // A prompt that has to be computed at once may exceed what a step should compute.
  tokens_ += std::max(std::int64_t{0}, plan.tokens - tokens());
  if (plan.match.blocks > 0) {
    engine_.cache_.share(sequence.request.prefix, plan.match, sequence.holding);
  }
  if (plan.found > 0) engine_.cache_.take_back(sequence.remains, plan.found, sequence.holding);
  engine_.cache_.take(plan.blocks, sequence.holding);
  // What another engine has handed over comes through the network, not from the host.
  const bool restores = sequence.swapped > 0;
  if (sequence.kept > 0) {
    if (restores) batch_.blocks_in += plan.blocks;
    engine_.swapped_ -= sequence.swapped;
    sequence.swapped = 0;
    sequence.kept = 0;
  } else if (sequence.evictions == 0) {
    engine_.counts_.prompt_tokens += sequence.known;
    engine_.counts_.cached_tokens += plan.cached;
    sequence.cached = static_cast<std::uint32_t>(plan.cached);
    sequence.hashes_found = plan.match.hashes;
  } else {
    engine_.counts_.computed_again += sequence.known - plan.cached;
  }
  sequence.computed = static_cast<std::uint32_t>(plan.cached);
  sequence.state = Sequence::State::kPrefilling;
  sequence.since = now_;
  engine_.append(sequence);
  engine_.prefilling_.push_back(id);
  compute(sequence, plan.tokens);
  batch_.chunks.back().admits = true;
  batch_.chunks.back().restores = restores;
}

bool BatchPlan::is_planned(const Sequence& sequence) const {
  return std::ranges::any_of(batch_.chunks,
                             [&](const Chunk& chunk) { return chunk.sequence == sequence.id; });
}

bool BatchPlan::can_keep(const Sequence& sequence) const {
  const std::int64_t blocks = engine_.blocks_of(engine_.computed(sequence));
  return engine_.swapped_ + blocks <= engine_.settings_.swap_blocks;
}

void BatchPlan::evict(SequenceId id, bool kept) {
  Sequence& sequence = engine_.sequences_.at(id);
  CHECK(!is_planned(sequence), "request {} is part of the plan", id.value);
  CHECK(sequence.state != Sequence::State::kWaiting, "request {} holds nothing", id.value);
  CHECK(!kept || can_keep(sequence), "no place to keep request {}", id.value);
  Eviction eviction{.sequence = id, .kept = kept};
  if (kept) eviction.blocks = sequence.holding.table;
  engine_.take_out(sequence);
  ++sequence.evictions;
  ++engine_.counts_.evictions;
  if (kept) {
    sequence.kept = sequence.computed;
    sequence.swapped = engine_.blocks_of(sequence.computed);
    engine_.swapped_ += sequence.swapped;
    batch_.blocks_out += sequence.swapped;
    ++engine_.counts_.swaps;
  }
  sequence.computed = 0;
  sequence.since = now_;
  batch_.evicted.push_back(std::move(eviction));
}

}  // namespace tandem
