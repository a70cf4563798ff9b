#include "policies/batch/engine_replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string_view>

#include "policies/batch/batch_registry.h"
#include "policies/core/error.h"
#include "policies/core/replay_world.h"

namespace tandem {
namespace {

/// The first line of a text, which is cut off it.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

}  // namespace

EngineReplay::EngineReplay(EngineJournalReader& reader)
    : reader_(reader),
      policy_(make_batch_policy(reader.head().policy, reader.head().tenants)),
      engine_(reader.head().settings, *policy_) {}

bool EngineReplay::step() {
  const std::optional<EngineRecord> record = reader_.next();
  if (!record) return false;
  if (const auto* submission = std::get_if<EngineSubmission>(&record->what)) {
    submit(*submission, *record);
  } else if (const auto* cancellation = std::get_if<EngineCancellation>(&record->what)) {
    cancel(cancellation->id, *record);
  } else if (const auto* decision = std::get_if<EngineDecision>(&record->what)) {
    decide(*decision, *record);
  } else {
    complete(std::get<EngineCompletion>(record->what), *record);
  }
  return true;
}

void EngineReplay::submit(const EngineSubmission& submission, const EngineRecord& at) {
  const Request& request = submission.request;
  if (submission.id.value != submitted_) fail(at, "requests are not numbered through");
  if (request.prompt_tokens == 0) fail(at, "a prompt has a token");
  if (submission.generated >= request.output_limit) fail(at, "nothing of its answer is wanted");
  const std::int64_t tokens = std::int64_t{request.prompt_tokens} + request.output_limit;
  if (!engine_.fits(tokens) || tokens > std::numeric_limits<std::int32_t>::max()) {
    fail(at, fmt::format("no engine of these settings serves {} tokens", tokens));
  }
  ++submitted_;
  engine_.submit(request, submission.generated, at.now);
}

void EngineReplay::cancel(SequenceId sequence, const EngineRecord& at) {
  if (stage_ == Stage::kComputes) fail(at, "a batch is being computed");
  if (!engine_.has(sequence)) fail(at, fmt::format("request {} is not there", sequence.value));
  engine_.cancel(sequence, at.now);
  stage_ = Stage::kDecides;
}

void EngineReplay::decide(const EngineDecision& recorded, const EngineRecord& at) {
  if (stage_ == Stage::kComputes) fail(at, "a batch is being computed");
  batch_ = &engine_.next(at.now);
  fmt::memory_buffer buffer;
  append_lines(*batch_, buffer);
  std::string_view replayed(buffer.data(), buffer.size());
  for (std::size_t i = 0; i < recorded.lines.size() || !replayed.empty(); ++i) {
    const std::string_view line = take_line(replayed);
    std::string_view expected = "nothing more";
    if (i < recorded.lines.size()) expected = recorded.lines[i];
    if (line == expected) continue;
    throw ReplayMismatch(fmt::format("{}:{}: recorded '{}', replay did '{}'", reader_.file(),
                                     at.line + i, expected, line.empty() ? "nothing more" : line));
  }
  ++batches_;
  stage_ = batch_->empty() ? Stage::kDecides : Stage::kComputes;
}

void EngineReplay::complete(const EngineCompletion& completion, const EngineRecord& at) {
  if (stage_ == Stage::kDecides) fail(at, "nothing is being computed");
  if (completion.steps < 1 || completion.steps > batch_->repeats) {
    fail(at, fmt::format("this batch may be computed {} times", batch_->repeats));
  }
  check_endings(completion, at);
  const bool changes = !completion.ended.empty() || !batch_->chunks.empty();
  engine_.complete(completion.steps, completion.ended, at.now);
  stage_ = changes || batch_->repeats == 0 ? Stage::kDecides : Stage::kRepeats;
}

void EngineReplay::check_endings(const EngineCompletion& completion, const EngineRecord& at) const {
  std::vector<SequenceId> ended = completion.ended;
  std::ranges::sort(ended);
  if (std::ranges::adjacent_find(ended) != ended.end()) fail(at, "a request ends twice");
  std::size_t found = 0;
  const auto check = [&](const Sequence& sequence, std::int64_t tokens) {
    const bool ends = std::ranges::binary_search(ended, sequence.id);
    found += ends;
    const std::int64_t left = std::int64_t{sequence.request.prompt_tokens} +
                              sequence.request.output_limit - engine_.known(sequence) - tokens;
    if (left > 0 || (left == 0 && ends)) return;
    fail(at, fmt::format("request {} goes on behind its last token", sequence.id.value));
  };
  for (const Chunk& chunk : batch_->chunks) {
    if (chunk.completes) check(engine_.sequence(chunk.sequence), 1);
  }
  if (batch_->decodes > 0) {
    for (const Sequence* at_sequence = engine_.last_admitted(); at_sequence != nullptr;
         at_sequence = at_sequence->earlier) {
      if (at_sequence->state == Sequence::State::kDecoding) check(*at_sequence, completion.steps);
    }
  }
  if (found < ended.size()) fail(at, "a request ends that was given no token");
}

void EngineReplay::fail(const EngineRecord& at, const std::string& message) const {
  throw InputError({reader_.file(), at.line, 0}, message);
}

}  // namespace tandem
