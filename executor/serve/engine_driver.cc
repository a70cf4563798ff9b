#include "executor/serve/engine_driver.h"

#include <algorithm>
#include <utility>

#include "policies/core/check.h"

namespace tandem {

EngineSettings EngineDriver::settings_for(const LanguageModel& model, EngineSettings settings) {
  settings.kv_blocks = model.blocks();
  settings.block_tokens = model.block_tokens();
  settings.hash_tokens = settings.prefix_caching ? settings.block_tokens : 0;
  settings.number_blocks = true;
  return settings;
}

EngineDriver::EngineDriver(Settings settings, std::unique_ptr<BatchPolicy> policy,
                           LanguageModel& model, Clock clock, EngineJournalWriter* journal)
    : settings_(std::move(settings)),
      policy_(std::move(policy)),
      model_(model),
      clock_(std::move(clock)),
      engine_(settings_.engine, *policy_, journal) {
  CHECK(settings_.engine.number_blocks && settings_.engine.kv_blocks == model.blocks(),
        "these settings are not for this model");
  if (settings_.tells_prefixes) engine_.tell_prefixes(outcome_.prefixes);
}

std::optional<Request> EngineDriver::request_of(const Generation& generation, Time arrival) const {
  const std::int64_t prompt = std::ssize(generation.prompt);
  const std::int64_t most =
      std::min(std::int64_t{generation.max_tokens}, model_.context() - prompt);
  if (prompt == 0 || most <= 0 || !engine().fits(prompt + most)) return std::nullopt;
  const bool known = std::ranges::all_of(
      generation.prompt, [this](TokenId token) { return token < model_.vocabulary(); });
  if (!known) return std::nullopt;
  Request request;
  request.tenant = generation.tenant;
  request.session = generation.session;
  request.priority = generation.priority;
  request.arrival = arrival;
  request.deadline = later(arrival, settings_.first_token_limit);
  request.prompt_tokens = static_cast<std::uint32_t>(prompt);
  request.output_limit = static_cast<std::uint32_t>(most);
  if (const std::uint32_t block = settings_.engine.hash_tokens; block > 0) {
    request.prefix = prefix_hashes(settings_.prefix_key, generation.prompt, block);
  }
  return request;
}

bool EngineDriver::submit(Key key, Generation generation, Time arrival) {
  CHECK(!ids_.contains(key), "request {} is here already", key);
  CHECK(generation.tenant.value < settings_.engine.tenants, "tenant {} does not exist",
        generation.tenant.value);
  const Time now = clock_();
  // Whoever took it in may have a clock that is ahead of ours.
  std::optional<Request> request = request_of(generation, std::min(arrival, now));
  if (!request) return false;
  Served served{.key = key,
                .sampling = generation.sampling,
                .tokens = std::move(generation.prompt),
                .prompt_tokens = request->prompt_tokens,
                .most = request->output_limit,
                .saved = {}};
  const SequenceId id = engine_.submit(std::move(*request), 0, now);
  served_.emplace(id, std::move(served));
  ids_.emplace(key, id);
  return true;
}

void EngineDriver::cancel(Key key) {
  const auto found = ids_.find(key);
  if (found == ids_.end()) return;
  engine_.cancel(found->second, clock_());
  served_.erase(found->second);
  ids_.erase(found);
}

const StepOutcome& EngineDriver::step() {
  outcome_.began.clear();
  outcome_.given.clear();
  outcome_.ended.clear();
  outcome_.prefixes.clear();
  ending_.clear();
  if (idle()) return outcome_;
  const Time begin = clock_();
  const Batch& batch = engine_.next(begin);
  copy(batch);
  if (batch.empty()) return outcome_;
  greet(batch, begin);
  gather(batch);
  give(model_.compute(parts_));
  const Time end = clock_();
  engine_.complete(1, ending_, end);
  last_step_ = end - begin;
  return outcome_;
}

void EngineDriver::copy(const Batch& batch) {
  for (const Eviction& eviction : batch.evicted) {
    if (eviction.kept) served_.at(eviction.sequence).saved = model_.copy_out(eviction.blocks);
  }
  for (const Chunk& chunk : batch.chunks) {
    if (!chunk.restores) continue;
    const auto blocks = static_cast<std::size_t>(blocks_of(chunk.computed));
    std::vector<std::byte>& saved = served_.at(chunk.sequence).saved;
    model_.copy_in(saved, engine().blocks(chunk.sequence).first(blocks));
    std::vector<std::byte>().swap(saved);
  }
}

void EngineDriver::greet(const Batch& batch, Time now) {
  for (const Chunk& chunk : batch.chunks) {
    if (!chunk.admits) continue;
    const Sequence& sequence = engine().sequence(chunk.sequence);
    if (sequence.evictions > 0) continue;
    outcome_.began.push_back({served_.at(chunk.sequence).key, now - sequence.request.arrival});
  }
}

void EngineDriver::gather(const Batch& batch) {
  parts_.clear();
  receiving_.clear();
  decoding_.clear();
  last_step_tokens_ = 0;
  if (batch.decodes > 0) {
    for (const Sequence* at = engine().last_admitted(); at != nullptr; at = at->earlier) {
      if (at->state == Sequence::State::kDecoding) decoding_.push_back(at->id);
    }
  }
  // Those who end at one time give their blocks back in this order: the twin's.
  std::ranges::sort(decoding_);
  for (const SequenceId id : decoding_) {
    add_part(id, engine().computed(engine().sequence(id)), 1, true);
  }
  for (const Chunk& chunk : batch.chunks) {
    add_part(chunk.sequence, chunk.computed, chunk.tokens, chunk.completes);
  }
}

void EngineDriver::add_part(SequenceId id, std::uint32_t computed, std::uint32_t tokens,
                            bool gives) {
  const Served& served = served_.at(id);
  const auto blocks = static_cast<std::size_t>(blocks_of(std::int64_t{computed} + tokens));
  parts_.push_back({.tokens = std::span(served.tokens).subspan(computed, tokens),
                    .computed = computed,
                    .blocks = engine().blocks(id).first(blocks),
                    .sampling = gives ? &served.sampling : nullptr,
                    .generated = served.generated()});
  if (gives) receiving_.push_back(id);
  last_step_tokens_ += tokens;
}

void EngineDriver::give(std::vector<GivenToken> tokens) {
  CHECK(tokens.size() == receiving_.size(), "{} tokens for {} requests", tokens.size(),
        receiving_.size());
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const SequenceId id = receiving_[i];
    Served& served = served_.at(id);
    const Key key = served.key;
    const std::optional<FinishReason> end = end_with(served, tokens[i].token);
    served.tokens.push_back(tokens[i].token);
    if (end != FinishReason::kStop) outcome_.given.push_back({key, std::move(tokens[i])});
    if (!end) continue;
    const Sequence& sequence = engine().sequence(id);
    outcome_.ended.push_back({key, *end, sequence.cached, sequence.evictions});
    ending_.push_back(id);
    served_.erase(id);
    ids_.erase(key);
  }
}

std::optional<FinishReason> EngineDriver::end_with(const Served& served, TokenId token) const {
  const Sampling& sampling = served.sampling;
  const bool may_stop = !sampling.ignore_end && served.generated() >= sampling.min_tokens;
  if (may_stop && std::ranges::find(settings_.end_tokens, token) != settings_.end_tokens.end()) {
    return FinishReason::kStop;
  }
  if (served.generated() + 1 == served.most) return FinishReason::kLength;
  return std::nullopt;
}

std::int64_t EngineDriver::blocks_of(std::int64_t tokens) const {
  const std::int64_t size = settings_.engine.block_tokens;
  return (tokens + size - 1) / size;
}

EngineFigures EngineDriver::figures() const {
  const EngineCounts& counts = engine().counts();
  return {.waiting = engine().waiting(),
          .running = engine().running(),
          .blocks_held = engine().cache().held(),
          .blocks = engine().cache().blocks(),
          .evictions = counts.evictions,
          .prompt_tokens = counts.prompt_tokens,
          .cached_tokens = counts.cached_tokens,
          .steps = counts.steps,
          .last_step_tokens = last_step_tokens_,
          .last_step = last_step_};
}

}  // namespace tandem
