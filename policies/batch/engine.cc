#include "policies/batch/engine.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "policies/batch/batch_plan.h"
#include "policies/core/check.h"

namespace tandem {
namespace {

std::int64_t hash_blocks(const EngineSettings& settings) {
  const std::int64_t blocks = settings.hash_tokens / settings.block_tokens;
  CHECK(blocks * settings.block_tokens == settings.hash_tokens,
        "a hash of {} tokens is not of whole blocks", settings.hash_tokens);
  return blocks;
}

}  // namespace

Engine::Engine(const EngineSettings& settings, BatchPolicy& policy)
    : settings_(settings),
      policy_(policy),
      cache_(settings.kv_blocks, hash_blocks(settings), settings.prefix_caching,
             settings.number_blocks),
      decoding_(settings.block_tokens, settings.tenants) {
  CHECK(settings.batch_tokens >= settings.max_sequences, "a step has a token for each request");
}

bool Engine::fits(std::int64_t tokens) const {
  // The last token is never computed.
  return tokens - 1 <= settings_.kv_blocks * settings_.block_tokens;
}

SequenceId Engine::submit(Request request, std::uint32_t generated, Time now) {
  const SequenceId id{next_id_++};
  Sequence& sequence = sequences_.emplace(id);
  sequence.id = id;
  sequence.known = request.prompt_tokens + generated;
  sequence.kept = generated > 0 ? sequence.known - 1 : 0;
  sequence.request = std::move(request);
  sequence.since = now;
  apart_tokens_ += sequence.known;
  policy_.arrived(sequence, now);
  return id;
}

void Engine::cancel(SequenceId id, Time now) { end(id, now); }

const Batch& Engine::next(Time now) {
  batch_.chunks.clear();
  batch_.evicted.clear();
  const auto most = std::numeric_limits<std::int64_t>::max();
  batch_ = {
      .chunks = std::move(batch_.chunks), .evicted = std::move(batch_.evicted), .repeats = most};
  if (idle()) return batch_;
  BatchPlan plan(*this, batch_, now);
  policy_.schedule(*this, plan, now);
  plan.close();
  const bool only_decodes = batch_.chunks.empty() && batch_.decodes > 0;
  const bool copies = batch_.blocks_in + batch_.blocks_out > 0;
  batch_.repeats = only_decodes && !copies
                       ? std::min(batch_.repeats, decoding_.steps_within(cache_.available()))
                       : 1;
  CHECK(!batch_.empty() || running_ == 0, "the policy leaves {} requests running idle", running_);
  if (settings_.number_blocks && batch_.decodes > 0) number_decodes();
  return batch_;
}

void Engine::number_decodes() {
  batch_.repeats = 1;
  cache_.reserve(decoding_.blocks_for(1));
  for (Sequence* at = last_; at != nullptr; at = at->earlier) {
    if (at->state == Sequence::State::kDecoding) cache_.number(blocks_of(known(*at)), at->holding);
  }
}

void Engine::complete(std::int64_t steps, std::span<const SequenceId> ended, Time now) {
  CHECK(steps >= 1 && steps <= batch_.repeats, "{} steps of {}", steps, batch_.repeats);
  batch_.repeats -= steps;
  counts_.steps += steps;
  policy_.computed(*this, batch_, steps);
  if (batch_.decodes > 0) {
    cache_.take(decoding_.blocks_for(steps));
    decoding_.advance(steps);
  }
  for (const Chunk& chunk : batch_.chunks) {
    Sequence& sequence = sequences_.at(chunk.sequence);
    sequence.computed += chunk.tokens;
    if (chunk.completes) start_decoding(sequence);
  }
  if (!batch_.chunks.empty()) {
    std::erase_if(prefilling_, [this](SequenceId id) {
      return sequences_.at(id).state != Sequence::State::kPrefilling;
    });
  }
  for (const SequenceId id : ended) end(id, now);
}

void Engine::start_decoding(Sequence& sequence) {
  apart_tokens_ -= sequence.known++;
  sequence.state = Sequence::State::kDecoding;
  sequence.decodes_since = decoding_.steps();
  decoding_.join(sequence.known, sequence.request.tenant);
}

void Engine::stop_decoding(Sequence& sequence) {
  const std::int64_t before = blocks_of(sequence.computed);
  sequence.known = known(sequence);
  sequence.computed = sequence.known - 1;
  sequence.state = Sequence::State::kPrefilling;
  sequence.holding.own += blocks_of(sequence.computed) - before;
  apart_tokens_ += sequence.known;
  decoding_.leave(sequence.known, sequence.request.tenant);
}

void Engine::take_out(Sequence& sequence) {
  if (sequence.state == Sequence::State::kDecoding) {
    stop_decoding(sequence);
  } else {
    std::erase(prefilling_, sequence.id);
  }
  sequence.shared_before = sequence.holding.shared;
  sequence.full_before = sequence.computed / settings_.block_tokens - sequence.shared_before;
  sequence.remains = cache_.release(sequence.holding);
  unlink(sequence);
  sequence.state = Sequence::State::kWaiting;
}

void Engine::end(SequenceId id, Time now) {
  Sequence& sequence = sequences_.at(id);
  policy_.gone(sequence, now);
  if (sequence.state != Sequence::State::kWaiting) take_out(sequence);
  swapped_ -= sequence.swapped;
  apart_tokens_ -= sequence.known;
  sequences_.erase(id);
}

void Engine::append(Sequence& sequence) {
  sequence.admission = admissions_++;
  sequence.earlier = last_;
  sequence.later = nullptr;
  if (last_ != nullptr) last_->later = &sequence;
  last_ = &sequence;
  ++running_;
}

void Engine::unlink(Sequence& sequence) {
  if (sequence.earlier != nullptr) sequence.earlier->later = sequence.later;
  (sequence.later == nullptr ? last_ : sequence.later->earlier) = sequence.earlier;
  --running_;
}

void Engine::publish(Sequence& sequence, std::int64_t computed) {
  const std::int64_t shared = std::min(computed, std::int64_t{sequence.request.prompt_tokens});
  cache_.publish(sequence.request.prefix, shared / settings_.block_tokens, sequence.holding);
}

std::int64_t Engine::blocks_of(std::int64_t tokens) const {
  return (tokens + settings_.block_tokens - 1) / settings_.block_tokens;
}

std::uint32_t Engine::known(const Sequence& sequence) const {
  if (sequence.state != Sequence::State::kDecoding) return sequence.known;
  return sequence.known + static_cast<std::uint32_t>(decoding_.steps() - sequence.decodes_since);
}

std::uint32_t Engine::computed(const Sequence& sequence) const {
  return sequence.state == Sequence::State::kDecoding ? known(sequence) - 1 : sequence.computed;
}

std::int64_t Engine::own_blocks(const Sequence& sequence) const {
  return sequence.holding.own + blocks_of(computed(sequence)) - blocks_of(sequence.computed);
}

}  // namespace tandem
