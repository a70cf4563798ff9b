#include "executor/http/choice.h"

namespace tandem {
namespace {

double seconds(std::chrono::steady_clock::duration time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

Choice::Choice(std::size_t index, const Tokenizer& tokenizer, const std::vector<std::string>& stops,
               std::uint32_t min_tokens, RequestMetrics& metrics, ChoiceSink& sink)
    : index_(index),
      tokenizer_(tokenizer),
      min_tokens_(min_tokens),
      metrics_(metrics),
      sink_(sink),
      stops_(stops) {}

void Choice::began(Duration waited) { metrics_.queued(to_seconds(waited)); }

void Choice::gave(std::span<const GivenToken> tokens) {
  const Clock::time_point now = Clock::now();
  for (const GivenToken& token : tokens) {
    if (is_over_) return;
    if (tokens_ == 0) {
      metrics_.first_token(seconds(now - submitted_));
    } else {
      metrics_.later_token(seconds(now - last_));
    }
    last_ = now;
    take(token);
  }
}

void Choice::take(const GivenToken& token) {
  ++tokens_;
  // Models may know tokens beyond their tokenizer's, to round their tables up: they have no text.
  const bool has_text = token.token < static_cast<std::uint64_t>(tokenizer_.vocabulary());
  std::string text = has_text ? text_.add(tokenizer_.bytes(token.token)) : std::string();
  const std::size_t offset = characters_;
  characters_ += count_characters(text);
  if (tokens_ > min_tokens_) text = stops_.add(text);
  sink_.gave(index_, {std::move(text), &token, offset});
  if (stops_.found()) end("", "stop");
}

void Choice::ended(FinishReason reason) {
  is_at_desk_ = false;
  if (is_over_) return;
  std::string rest = stops_.add(text_.end());
  rest += stops_.end();
  end(rest, reason == FinishReason::kStop || stops_.found() ? "stop" : "length");
}

void Choice::end(const std::string& text, std::string_view reason) {
  is_over_ = true;
  metrics_.ended(reason, seconds(Clock::now() - submitted_));
  sink_.ended(index_, text, reason);
}

void Choice::failed(const std::string& why) {
  is_at_desk_ = false;
  if (is_over_) return;
  is_over_ = true;
  metrics_.ended("error", seconds(Clock::now() - submitted_));
  sink_.failed(index_, why);
}

}  // namespace tandem
