#include <algorithm>
#include <limits>
#include <utility>

#include "policies/batch/engine_journal.h"
#include "policies/batch/engine_journal_settings.h"
#include "policies/core/error.h"
#include "policies/core/journal_words.h"

namespace tandem {
namespace {

void parse_tenant(JournalWords& words, Tenants& tenants) {
  if (words.number<std::uint32_t>("a tenant number") != tenants.size()) {
    words.fail("tenants are not numbered through");
  }
  const double shares = words.weight("shares");
  tenants.add(std::string(words.word("a name")), {}, shares);
}

/// Ticks its name off `missing`.
void parse_head_line(JournalWords& words, EngineJournalHead& head,
                     std::vector<std::string_view>& missing) {
  const std::string_view name = words.word("a line of the head");
  if (name == "tenant") return parse_tenant(words, head.tenants);
  const auto found = std::ranges::find(missing, name);
  if (found == missing.end()) {
    words.fail(fmt::format("unknown line '{}' in the head of an engine's journal", name));
  }
  missing.erase(found);
  if (name == "policy") head.policy = words.rest();
  for_settings(head.settings, [&]<class Setting>(std::string_view known, Setting& setting,
                                                 std::int64_t least, std::int64_t most) {
    if (known != name) return;
    const auto value = words.number<std::int64_t>("a whole number");
    if (value < least || value > most) {
      words.fail(fmt::format("expected {} to {}, found {}", least, most, value));
    }
    setting = static_cast<Setting>(value);
  });
}

void check_head(const JournalWords& words, const EngineJournalHead& head,
                const std::vector<std::string_view>& missing) {
  if (!missing.empty()) words.fail(fmt::format("there is no line '{}'", missing.front()));
  if (head.tenants.size() == 0) words.fail("there is no tenant");
  if (head.settings.hash_tokens % head.settings.block_tokens != 0) {
    words.fail("hashes are not of whole blocks");
  }
  if (head.settings.batch_tokens < head.settings.max_sequences) {
    words.fail("a step has less than a token for each request");
  }
}

/// One of the options at the end of a submission. False: there is none of this name.
bool parse_option(JournalWords& words, std::string_view name, std::string_view value,
                  EngineSubmission& submission) {
  Request& request = submission.request;
  if (name == "generated") {
    submission.generated = words.to_number<std::uint32_t>(value, "tokens");
  } else if (name == "predicted") {
    request.predicted_output = words.to_number<std::uint32_t>(value, "tokens");
  } else if (name == "deadline") {
    request.deadline = Time{Duration{words.amount(value, "a time")}};
  } else if (name == "prefix") {
    while (true) {
      const std::size_t comma = std::min(value.find(','), value.size());
      request.prefix.push_back(words.to_number<PrefixHash>(value.substr(0, comma), "a hash", 16));
      if (comma == value.size()) return true;
      value.remove_prefix(comma + 1);
    }
  } else {
    return false;
  }
  return true;
}

EngineSubmission parse_submission(JournalWords& words, std::size_t tenants, Time now) {
  EngineSubmission submission;
  Request& request = submission.request;
  submission.id = {words.number<std::uint32_t>("a request number")};
  request.id = {submission.id.value};
  request.tenant = {words.id("tenant", tenants)};
  request.priority = words.number<std::int64_t>("a priority");
  request.session = {words.number<std::uint32_t>("a session")};
  request.arrival = Time{Duration{words.amount("the time of its arrival")}};
  if (request.arrival > now) words.fail("it is submitted before it has arrived");
  request.prompt_tokens = words.number<std::uint32_t>("tokens of the prompt");
  request.output_limit = words.number<std::uint32_t>("most tokens of the answer");
  while (!words.at_end()) {
    const std::string_view option = words.word("an option");
    const std::size_t equals = std::min(option.find('='), option.size());
    const auto value = option.substr(std::min(equals + 1, option.size()));
    if (!parse_option(words, option.substr(0, equals), value, submission)) {
      words.fail(fmt::format("unknown option '{}'", option));
    }
  }
  return submission;
}

EngineCompletion parse_completion(JournalWords& words) {
  EngineCompletion completion{words.amount("a number of steps"), {}};
  if (words.at_end()) return completion;
  for (const auto id : parse_list<std::uint32_t>(words, words.word("ids"), "a request number")) {
    completion.ended.push_back({id});
  }
  return completion;
}

Chunk parse_chunk(JournalWords& words, bool admits) {
  Chunk chunk{.sequence = {words.number<std::uint32_t>("a request number")},
              .computed = words.number<std::uint32_t>("tokens computed before"),
              .tokens = words.number<std::uint32_t>("tokens"),
              .admits = admits};
  while (!words.at_end()) {
    const std::string_view word = words.word("'last' or 'restored'");
    bool& flag = word == "last" ? chunk.completes : chunk.restores;
    if (flag || (word != "last" && word != "restored")) words.fail("expected 'last', 'restored'");
    flag = true;
  }
  return chunk;
}

void parse_decision(JournalWords& words, Batch& batch) {
  const std::string_view kind = words.word("a part of a batch");
  if (kind == "evict") {
    const SequenceId id{words.number<std::uint32_t>("a request number")};
    const std::string_view where = words.word("'kept' or 'lost'");
    if (where != "kept" && where != "lost") words.fail("expected 'kept' or 'lost'");
    batch.evicted.push_back({.sequence = id, .kept = where == "kept"});
  } else if (kind == "admit" || kind == "chunk") {
    batch.chunks.push_back(parse_chunk(words, kind == "admit"));
  } else if (kind == "decode") {
    batch.decodes = words.amount("a number of requests");
    batch.decode_context = words.amount("tokens they look back at");
  } else if (kind == "copy") {
    batch.blocks_out = words.amount("blocks copied out");
    batch.blocks_in = words.amount("blocks copied in");
  } else if (kind != "nothing") {
    words.fail(fmt::format("unknown part of a batch, '{}'", kind));
  }
  words.expect_end();
}

}  // namespace

EngineJournalReader::EngineJournalReader(LineSource lines, std::string file)
    : lines_(std::move(lines)), file_(std::move(file)) {
  read_head();
}

bool EngineJournalReader::read_line() {
  ++line_number_;
  at_end_ = !lines_(line_);
  if (!at_end_ && line_ == "end") {
    complete_ = at_end_ = true;
    if (lines_(line_)) {
      throw InputError({file_, line_number_ + 1, 1}, "there is more after the end");
    }
  }
  return !at_end_;
}

void EngineJournalReader::read_head() {
  if (!read_line() || line_ != "tandem-engine-journal 1") {
    throw InputError({file_, 1, 1},
                     "not an engine's journal of this version: expected 'tandem-engine-journal 1'");
  }
  std::vector<std::string_view> missing{"policy"};
  for_settings(head_.settings, [&](const char* name, auto, std::int64_t, std::int64_t) {
    missing.push_back(name);
  });
  while (true) {
    if (!read_line()) throw InputError({file_, line_number_, 1}, "the head of the journal is cut");
    JournalWords words(line_, file_, line_number_);
    if (line_ == "run") {
      check_head(words, head_, missing);
      break;
    }
    parse_head_line(words, head_, missing);
    words.expect_end();
  }
  head_.settings.tenants = head_.tenants.size();
  read_line();
}

std::optional<EngineRecord> EngineJournalReader::next() {
  while (!at_end_) {
    JournalWords words(line_, file_, line_number_);
    const std::string_view mark = words.word("'@', '+' or '-'");
    EngineRecord record{.line = line_number_, .now = now_, .what = {}};
    if (mark == "@") {
      const Time now{Duration{words.amount("a time")}};
      if (now < now_) words.fail("time goes back");
      now_ = now;
      has_time_ = true;
      words.expect_end();
      read_line();
      continue;
    }
    if (!has_time_) words.fail("expected '@' and a time");
    if (mark == "-") {
      record.what = read_decision();
      if (at_end_ && !complete_) return std::nullopt;
      return record;
    }
    if (mark != "+") words.fail("expected '@', '+' or '-'");
    const std::string_view kind = words.word("an event");
    if (kind == "submit") {
      record.what = parse_submission(words, head_.tenants.size(), now_);
    } else if (kind == "cancel") {
      record.what = EngineCancellation{{words.number<std::uint32_t>("a request number")}};
    } else if (kind == "computed") {
      record.what = parse_completion(words);
    } else {
      words.fail(fmt::format("unknown event '{}'", kind));
    }
    words.expect_end();
    read_line();
    return record;
  }
  return std::nullopt;
}

EngineDecision EngineJournalReader::read_decision() {
  EngineDecision decision;
  bool is_last = false;
  while (!at_end_ && !is_last && line_.starts_with('-')) {
    JournalWords words(line_, file_, line_number_);
    if (words.word("'-'") != "-") words.fail("expected '-' and a part of a batch");
    parse_decision(words, decision.batch);
    // Another batch may follow this one at once.
    is_last = line_ == "- nothing";
    decision.lines.push_back(line_);
    read_line();
  }
  return decision;
}

EngineJournalReader::LineSource whole_lines(std::string_view text) {
  return [text](std::string& line) mutable {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return false;
    line = text.substr(0, end);
    text.remove_prefix(end + 1);
    return true;
  };
}

}  // namespace tandem
