// A service desk whose engine is a timer: each step gives every running request its next token,
// which is that of its prompt, again and again.
#pragma once

#include <utility>
// Asio's coroutines need <utility> before them.
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "executor/serve/service_desk.h"

namespace tandem {

class FakeDesk final : public ServiceDesk {
 public:
  /// Serves "bytes", whose tokens are bytes, with 2,000 of context and the template "plain".
  explicit FakeDesk(boost::asio::io_context& io);

  std::span<const ServedModel> models() const override { return models_; }
  std::variant<AnswerId, Refusal> submit(std::size_t model, Generation generation,
                                         AnswerListener& listener) override;
  void cancel(AnswerId answer) override;
  ServiceFigures figures(std::size_t model) const override;

  /// Steps by itself, `step` apart, until stop().
  void run_every(std::chrono::microseconds step);
  void stop() {
    is_beating_ = false;
    timer_.cancel();
  }
  /// One token for everybody; at its end a request is over.
  void step();
  /// All that run have failed.
  void fail_all(const std::string& why);

  std::vector<ServedModel> models_;
  std::size_t places = 1000;          ///< Requests at a time; beyond: the queue is full.
  std::vector<TokenId> script;        ///< Given instead of the prompt.
  bool ends_with_script = false;      ///< Instead of giving it again.
  bool gives_logprobs = false;        ///< -0.5 each, and as many alternatives as wanted.
  std::vector<Generation> submitted;  ///< If keeps_requests.
  bool keeps_requests = true;
  std::size_t cancelled = 0;
  std::int64_t tokens_given = 0;
  std::int64_t steps = 0;

  std::size_t running() const { return running_.size(); }

 private:
  struct Running {
    Generation generation;
    AnswerListener* listener;
    std::uint32_t given = 0;
  };
  GivenToken next_of(const Running& running) const;
  void beat(std::chrono::steady_clock::time_point at, std::chrono::microseconds step);

  boost::asio::steady_timer timer_;
  std::map<AnswerId, Running> running_;
  AnswerId next_ = 1;
  bool is_beating_ = false;
};

}  // namespace tandem
