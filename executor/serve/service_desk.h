// Where a front end hands in requests, and hears what becomes of them: replicas behind a router, or
// in tests something that counts. Everything is called on the front end's one thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "executor/serve/generation.h"

namespace tandem {

/// A service as its users see it.
struct ServedModel {
  std::string name;  ///< Of the service: what they call `model`.
  std::shared_ptr<const Tokenizer> tokenizer;
  std::int64_t context = 0;   ///< Tokens of prompt and answer.
  std::string chat_template;  ///< See executor/http/chat_prompt.h; empty: it takes no chats.
  std::int64_t created = 0;   ///< Seconds since 1970.
};

/// What is heard of one request. After ended() or failed() nothing more.
class AnswerListener {
 public:
  virtual ~AnswerListener() = default;
  /// A batch has taken it up for the first time, `waited` after it was handed in; told once.
  virtual void began(Duration /*waited*/) {}
  virtual void gave(std::span<const GivenToken> tokens) = 0;
  virtual void ended(FinishReason reason) = 0;
  /// Its replica was lost after its first token, or the service is being shut down.
  virtual void failed(const std::string& why) = 0;
};

using AnswerId = std::uint64_t;

/// It was not taken in.
struct Refusal {
  enum class Why : std::uint8_t {
    kQueueFull,  ///< Come again after `retry_after`.
    kNeverFits,  ///< More tokens than the service holds, whatever goes on.
    kNoService,
  };
  Why why = Why::kQueueFull;
  std::chrono::seconds retry_after{1};
  std::string message;
};

/// Of one service, now.
struct ServiceFigures {
  std::int64_t waiting = 0;      ///< Requests that no batch has taken up.
  std::int64_t running = 0;      ///< That hold blocks.
  std::int64_t replicas = 0;     ///< That serve.
  std::int64_t blocks_held = 0;  ///< Of all replicas' caches.
  std::int64_t blocks = 0;
  std::int64_t preemptions = 0;    ///< Requests that had to give way, since the start.
  std::int64_t cached_tokens = 0;  ///< Of prompts, found in a cache, since the start.
  double last_step_s = 0;          ///< Of any engine.
};

class ServiceDesk {
 public:
  virtual ~ServiceDesk() = default;
  virtual std::span<const ServedModel> models() const = 0;
  /// `listener` lives until it has heard the end, or cancel() has returned.
  virtual std::variant<AnswerId, Refusal> submit(std::size_t model, Generation generation,
                                                 AnswerListener& listener) = 0;
  /// Nobody listens any more; the listener hears nothing from now on.
  virtual void cancel(AnswerId answer) = 0;
  virtual ServiceFigures figures(std::size_t model) const = 0;
};

}  // namespace tandem
