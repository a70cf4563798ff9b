// One answer on its way from tokens to its client: text, stop strings, and how long all of it took.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "executor/http/answer_text.h"
#include "executor/http/metrics.h"
#include "executor/http/openai_response.h"
#include "executor/http/stop_strings.h"
#include "executor/serve/service_desk.h"

namespace tandem {

/// What becomes of a request's answers. Told while the desk speaks, so nothing is withdrawn there.
class ChoiceSink {
 public:
  virtual ~ChoiceSink() = default;
  virtual void gave(std::size_t index, const TokenPiece& piece) = 0;
  /// `text`: what was held back until now.
  virtual void ended(std::size_t index, const std::string& text, std::string_view reason) = 0;
  virtual void failed(std::size_t index, const std::string& why) = 0;
};

class Choice final : public AnswerListener {
 public:
  /// Before `min_tokens` tokens no stop string is looked for. All must outlive it.
  Choice(std::size_t index, const Tokenizer& tokenizer, const std::vector<std::string>& stops,
         std::uint32_t min_tokens, RequestMetrics& metrics, ChoiceSink& sink);

  void began(Duration waited) override;
  void gave(std::span<const GivenToken> tokens) override;
  void ended(FinishReason reason) override;
  void failed(const std::string& why) override;

  /// Nothing more is told.
  bool is_over() const { return is_over_; }
  /// Whether the desk still has it: at a stop string it is over, and the desk does not know.
  bool is_at_desk() const { return is_at_desk_; }
  std::int64_t tokens() const { return tokens_; }

 private:
  using Clock = std::chrono::steady_clock;
  void take(const GivenToken& token);
  void end(const std::string& text, std::string_view reason);

  const std::size_t index_;
  const Tokenizer& tokenizer_;
  const std::uint32_t min_tokens_;
  RequestMetrics& metrics_;
  ChoiceSink& sink_;
  AnswerText text_;
  StopStrings stops_;
  std::size_t characters_ = 0;
  std::int64_t tokens_ = 0;
  bool is_over_ = false;
  bool is_at_desk_ = true;
  const Clock::time_point submitted_ = Clock::now();
  Clock::time_point last_ = submitted_;
};

}  // namespace tandem
