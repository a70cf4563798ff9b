// A file of prompts in, a file of answers out: one service is asked them as if they came over HTTP,
// so many at a time.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "executor/front/asked_prompt.h"
#include "executor/http/metrics.h"
#include "executor/serve/answer_file.h"
#include "executor/serve/prompt_file.h"
#include "executor/serve/service_desk.h"

namespace tandem {

/// How far a batch is, since it was begun or gone on with. Numbers may be read by any thread, the
/// rest when the front's thread has ended.
struct BatchProgress {
  std::atomic<std::int64_t> answered = 0;
  std::atomic<std::int64_t> wrong = 0;   ///< Of them, with another status than 200.
  std::atomic<std::int64_t> tokens = 0;  ///< Of the answers.
  std::int64_t prompt_tokens = 0;
  std::chrono::nanoseconds duration{};  ///< From the first that was asked to the last answer.
  std::string obstacle;                 ///< Why not all are answered.
  std::set<std::string> ignored;        ///< Fields of bodies that mean nothing here; a few.
};

/// What is to be answered, and by whom. All that is referred to outlives the player.
struct PromptBatch {
  std::size_t service = 0;         ///< Place in the desk's list.
  TenantId tenant;                 ///< Who is charged.
  std::size_t most_under_way = 1;  ///< Prompts at a time.
  PromptFile& prompts;
  AnswerFile& answers;
  BatchProgress& progress;
};

class BatchPlayer {
 public:
  /// `finished` is called once: when all prompts that had no answer have one, or none can be had.
  /// A body without a seed draws from `seed` and the prompt.
  BatchPlayer(boost::asio::io_context& loop, ServiceDesk& desk, const PromptBatch& batch,
              std::uint64_t seed, std::function<void()> finished);
  BatchPlayer(const BatchPlayer&) = delete;
  BatchPlayer& operator=(const BatchPlayer&) = delete;

  void begin() { go_on(); }

 private:
  void go_on();
  void go_on_soon();
  void ask(std::unique_ptr<AskedPrompt> asked);
  void look_at(std::uint64_t number);
  void answer(const FilePrompt& prompt, int status, const std::string& body);
  void note_ignored(const CompletionRequest& request);
  void stop(const std::string& why);
  void conclude();

  boost::asio::io_context& loop_;
  const PromptBatch batch_;
  std::function<void()> finished_;
  Metrics metrics_;
  const AskedPrompt::Asker asker_;
  std::map<std::uint64_t, std::unique_ptr<AskedPrompt>> under_way_;  ///< By their numbers.
  std::uint64_t asked_ = 0;
  bool has_more_ = true;
  std::chrono::steady_clock::time_point begun_{};
};

}  // namespace tandem
