#include "executor/http/completion_run.h"

#include <fmt/format.h>
#include <sodium.h>

#include <boost/asio/post.hpp>

#include "executor/http/api_error.h"
#include "policies/core/check.h"
#include "policies/core/error.h"

namespace tandem {
namespace {

ApiError refused(const Refusal& refusal) {
  switch (refusal.why) {
    case Refusal::Why::kQueueFull:
      return ApiError(429, refusal.message).coded("queue_full").again_in(refusal.retry_after);
    case Refusal::Why::kNeverFits:
      return ApiError(400, refusal.message).coded("context_length_exceeded");
    case Refusal::Why::kNoService: break;
  }
  return ApiError(503, refusal.message).coded("no_service").again_in(refusal.retry_after);
}

std::uint64_t random_seed() {
  std::uint64_t seed = 0;
  CHECK(sodium_init() >= 0, "libsodium has no random numbers");
  randombytes_buf(&seed, sizeof seed);
  return seed;
}

}  // namespace

CompletionRun::CompletionRun(const RunSetting& setting, ResponseForm form)
    : setting_(setting),
      model_(setting.desk.models()[setting.model]),
      writer_(std::move(form), *model_.tokenizer),
      stops_(setting.request.stops) {
  if (setting.request.is_chat && !setting.request.sampling.ignore_end) {
    for (auto& stop : chat_stops(model_.chat_template)) stops_.push_back(std::move(stop));
  }
}

CompletionRun::~CompletionRun() {
  for (const Part& part : choices_) {
    if (part.answer && !part.listener->is_over()) setting_.metrics.ended("cancelled", 0);
  }
  withdraw_all();
}

std::vector<TokenId> CompletionRun::tokens_of(const Prompt& prompt) const {
  const Tokenizer& tokenizer = *model_.tokenizer;
  std::vector<TokenId> tokens;
  if (const auto* text = std::get_if<std::string>(&prompt)) {
    tokens = tokenizer.encode(*text, SpecialTokens::kAreText);
    if (const auto begin = tokenizer.begin_of_text()) tokens.insert(tokens.begin(), *begin);
  } else {
    tokens = std::get<std::vector<TokenId>>(prompt);
    for (const TokenId token : tokens) {
      if (token < static_cast<std::uint64_t>(tokenizer.vocabulary())) continue;
      throw ApiError(400, fmt::format("{} is no token of '{}': it has {}", token, model_.name,
                                      tokenizer.vocabulary()))
          .about("prompt");
    }
  }
  // An answer to nothing begins as a document does.
  if (tokens.empty() && tokenizer.end_of_text()) tokens.push_back(*tokenizer.end_of_text());
  if (tokens.empty()) throw ApiError(400, "'prompt' has no token").about("prompt");
  return tokens;
}

/// What the request says, or what the context leaves.
std::uint32_t CompletionRun::limit_for(std::size_t prompt) const {
  const std::int64_t left = model_.context - static_cast<std::int64_t>(prompt);
  const std::int64_t wanted = setting_.request.max_tokens.value_or(1);
  if (left < wanted) {
    throw ApiError(400, fmt::format("'{}' has a context of {} tokens: the prompt has {}, the "
                                    "answer is to have {} or more",
                                    model_.name, model_.context, prompt, wanted))
        .about(setting_.request.is_chat ? "messages" : "prompt")
        .coded("context_length_exceeded");
  }
  return static_cast<std::uint32_t>(setting_.request.max_tokens ? wanted : left);
}

void CompletionRun::submit() {
  const CompletionRequest& request = setting_.request;
  std::vector<std::vector<TokenId>> prompts;
  if (request.is_chat) {
    try {
      prompts.push_back(chat_prompt(model_.chat_template, request.messages, *model_.tokenizer));
    } catch (const InputError& error) {
      throw ApiError(400, error.what()).about("messages");
    }
  }
  for (const Prompt& prompt : request.prompts) prompts.push_back(tokens_of(prompt));
  wanted_ = prompts.size() * request.choices;
  choices_.reserve(wanted_);  // Listeners stay where they are.
  const std::uint64_t seed = request.seed ? *request.seed : random_seed();
  for (const auto& prompt : prompts) {
    prompt_tokens_ += std::ssize(prompt);
    for (std::uint64_t i = 0; i < request.choices; ++i) add(prompt, seed + i);
  }
}

void CompletionRun::add(std::vector<TokenId> prompt, std::uint64_t seed) {
  const CompletionRequest& request = setting_.request;
  Generation generation;
  generation.max_tokens = limit_for(prompt.size());
  generation.sampling = request.sampling;
  generation.sampling.seed = seed;
  generation.tenant = setting_.user.tenant;
  generation.priority = request.priority;
  const std::size_t index = choices_.size();
  Part& part = choices_.emplace_back();
  if (request.echo) part.echo = well_formed(model_.tokenizer->decode(prompt));
  part.whole.text = part.echo;
  part.listener = std::make_unique<Choice>(index, *model_.tokenizer, stops_,
                                           request.sampling.min_tokens, setting_.metrics, *this);
  const auto prompt_tokens = std::ssize(prompt);
  generation.prompt = std::move(prompt);
  auto taken = setting_.desk.submit(setting_.model, std::move(generation), *part.listener);
  if (const auto* refusal = std::get_if<Refusal>(&taken)) throw refused(*refusal);
  part.answer = std::get<AnswerId>(taken);
  setting_.metrics.submitted(prompt_tokens);
}

void CompletionRun::gave(std::size_t index, const TokenPiece& piece) {
  Part& part = choices_[index];
  if (setting_.request.streams) {
    put_echo(index);
    put(writer_.token_event(index, piece, !part.is_begun));
    part.is_begun = true;
    return;
  }
  part.whole.text += piece.text;
  if (setting_.request.sampling.logprobs < 0) return;
  part.whole.tokens.push_back(*piece.token);
  part.whole.offsets.push_back(piece.offset + count_characters(part.echo));
}

/// The prompt goes before the first token, or the end.
void CompletionRun::put_echo(std::size_t index) {
  Part& part = choices_[index];
  if (!part.is_begun && !part.echo.empty()) put(writer_.text_event(index, part.echo));
}

void CompletionRun::ended(std::size_t index, const std::string& text, std::string_view reason) {
  Part& part = choices_[index];
  ++over_;
  if (setting_.request.streams) {
    put_echo(index);
    put(writer_.end_event(index, text, reason, !part.is_begun));
    if (over_ == wanted_ && setting_.request.wants_usage) put(writer_.usage_event(usage()));
    if (over_ == wanted_) put(std::string(kDoneEvent));
  } else {
    part.whole.text += text;
    part.whole.reason = reason;
  }
  withdraw_soon();
  setting_.waiter.wake();
}

void CompletionRun::failed(std::size_t, const std::string& why) { fail(why); }

void CompletionRun::fail(const std::string& why) {
  if (is_over()) return;
  if (setting_.request.streams) put(error_event(to_json(ApiError(503, why).coded("failed"))));
  failure_ = why;
  withdraw_soon();
  setting_.waiter.wake();
}

std::string CompletionRun::take_events() { return std::exchange(events_, {}); }

std::string CompletionRun::whole() const {
  std::vector<WholeChoice> choices;
  for (const Part& part : choices_) choices.push_back(part.whole);
  return writer_.whole(choices, usage());
}

void CompletionRun::put(const std::string& event) {
  if (failure_) return;
  events_ += event;
  setting_.waiter.wake();
  if (events_.size() <= setting_.most_unread) return;
  failure_ = "the client does not read";
  setting_.waiter.abort();
  withdraw_soon();
}

/// Not while the desk speaks: it may be in the middle of its own list.
void CompletionRun::withdraw_soon() {
  boost::asio::post(setting_.waiter.executor(), [self = weak_from_this()] {
    const auto run = self.lock();
    if (!run) return;
    for (Part& part : run->choices_) {
      if (part.listener->is_over() || run->failure_) run->withdraw(part);
    }
  });
}

void CompletionRun::withdraw_all() {
  for (Part& part : choices_) withdraw(part);
}

void CompletionRun::withdraw(Part& part) {
  if (part.answer && part.listener->is_at_desk()) setting_.desk.cancel(*part.answer);
  part.answer.reset();
}

Usage CompletionRun::usage() const {
  Usage usage{prompt_tokens_, 0};
  for (const Part& part : choices_) usage.completion_tokens += part.listener->tokens();
  return usage;
}

}  // namespace tandem
