// One request for completions on its way through the desk: its answers, and what is ready to be
// written of them.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "executor/http/choice.h"
#include "executor/http/metrics.h"
#include "executor/http/openai_request.h"
#include "executor/http/openai_response.h"
#include "executor/http/run_waiter.h"
#include "executor/http/users.h"

namespace tandem {

/// What a run belongs to.
struct RunSetting {
  ServiceDesk& desk;
  std::size_t model;  ///< Of the desk's.
  const CompletionRequest& request;
  const User& user;
  RequestMetrics& metrics;
  RunWaiter& waiter;
  std::size_t most_unread;  ///< Bytes: beyond, all is withdrawn and the waiter aborted.
};

/// Lives as long as somebody waits for it: what still runs then is withdrawn.
class CompletionRun final : public ChoiceSink, public std::enable_shared_from_this<CompletionRun> {
 public:
  /// All that the setting refers to outlives it.
  CompletionRun(const RunSetting& setting, ResponseForm form);
  ~CompletionRun() override;
  CompletionRun(const CompletionRun&) = delete;
  CompletionRun& operator=(const CompletionRun&) = delete;

  /// Hands in all answers. Throws ApiError if the desk does not take every one of them.
  void submit();
  bool is_over() const { return over_ == wanted_ || failure_; }
  /// Why it ended before its time.
  const std::optional<std::string>& failure() const { return failure_; }
  /// Ends it.
  void fail(const std::string& why);
  /// The desk is not asked for anything more; nobody hears of it.
  void withdraw_all();
  /// Of a stream: the events since the last call. When it is over, to the end.
  std::string take_events();
  /// Of a response that is given whole, when it is over.
  std::string whole() const;
  /// So far.
  Usage usage() const;

  void gave(std::size_t index, const TokenPiece& piece) override;
  void ended(std::size_t index, const std::string& text, std::string_view reason) override;
  void failed(std::size_t index, const std::string& why) override;

 private:
  struct Part {
    std::unique_ptr<Choice> listener;
    std::optional<AnswerId> answer;  ///< Until the desk has forgotten it.
    WholeChoice whole;
    std::string echo;
    bool is_begun = false;
  };
  std::vector<TokenId> tokens_of(const Prompt& prompt) const;
  void add(std::vector<TokenId> prompt, std::uint64_t seed);
  std::uint32_t limit_for(std::size_t prompt) const;
  void put(const std::string& event);
  void put_echo(std::size_t index);
  void withdraw(Part& part);
  void withdraw_soon();

  const RunSetting setting_;
  const ServedModel& model_;
  const ResponseWriter writer_;
  std::vector<std::string> stops_;
  std::vector<Part> choices_;
  std::string events_;
  std::int64_t prompt_tokens_ = 0;
  std::size_t wanted_ = 0;  ///< Answers.
  std::size_t over_ = 0;
  std::optional<std::string> failure_;
};

}  // namespace tandem
