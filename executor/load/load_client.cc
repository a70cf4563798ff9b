// Coroutines on one thread: one sends at the right times, one waits for each answer.
#include "executor/load/load_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <deque>
#include <exception>

#include "executor/load/http_client.h"
#include "executor/load/request_text.h"
#include "policies/core/error.h"

namespace tandem {
namespace {

using Clock = std::chrono::steady_clock;
using asio::use_awaitable;

class LoadRun {
 public:
  LoadRun(const LoadTarget& target, const LoadPace& pace, RequestSource& source,
          const LoadProgress& progress)
      : target_(target),
        pace_(pace),
        source_(source),
        progress_(progress),
        prompts_(pace.seed, source.prefix_block_tokens()),
        signals_(io_, SIGINT, SIGTERM),
        http_(io_, target) {}

  LoadOutcome run() {
    signals_.async_wait([this](const boost::system::error_code& error, int) {
      if (error) return;
      outcome_.is_interrupted = true;
      io_.stop();
    });
    spawn(whole());
    io_.run();
    if (failure_) std::rethrow_exception(failure_);
    for (Exchange& exchange : exchanges_) {
      if (exchange.error == kUnderWay) exchange.error = "interrupted";
    }
    outcome_.exchanges.assign(exchanges_.begin(), exchanges_.end());
    outcome_.connections = http_.opened();
    return std::move(outcome_);
  }

 private:
  static constexpr const char* kUnderWay = "under way";

  /// A request that is ready to be sent.
  struct Prepared {
    RequestArrival arrival;
    std::string text;
  };

  void spawn(asio::awaitable<void> task) {
    ++tasks_;
    asio::co_spawn(io_, std::move(task), [this](const std::exception_ptr& failure) {
      if (failure && !failure_) failure_ = failure;
      if (failure_) return io_.stop();
      if (--tasks_ == 0) signals_.cancel();
    });
  }

  asio::awaitable<void> whole() {
    outcome_.model = co_await http_.find_model();
    if (target_.chats || !target_.sends_ids) {
      count_ = co_await http_.measure_words(outcome_.model, prompts_);
    }
    for (std::uint64_t i = 0; i < pace_.warmup; ++i) {
      const auto prepared = next();
      if (!prepared) break;
      Exchange ignored;
      co_await exchange(*prepared, ignored);
    }
    outcome_.gaps_ms.clear();
    begin_ = Clock::now();
    if (!pace_.concurrency) {
      spawn(open_loop());
    } else {
      for (std::uint32_t i = 0; i < *pace_.concurrency; ++i) spawn(closed_loop());
    }
  }

  /// Each request when it arrives. The first is at the beginning, whenever it arrives.
  asio::awaitable<void> open_loop() {
    asio::steady_timer timer(io_);
    std::optional<Time> first;
    while (auto prepared = next()) {
      Time& arrival = prepared->arrival.request.arrival;
      if (!first) first = arrival;
      arrival = kStartOfTime + (arrival - *first);
      const auto due = begin_ + arrival.time_since_epoch();
      if (due > Clock::now()) {
        timer.expires_at(due);
        co_await timer.async_wait(use_awaitable);
      } else {
        co_await asio::post(io_, use_awaitable);  // Who has been sent goes first.
      }
      spawn(one(std::move(*prepared)));
    }
  }

  /// One of those that ask one request after the other, whose arrival is when it is sent.
  asio::awaitable<void> closed_loop() {
    while (auto prepared = next()) {
      prepared->arrival.request.arrival = now();
      co_await one(std::move(*prepared));
    }
  }

  std::optional<Prepared> next() {
    Prepared prepared;
    if (made_ == pace_.warmup + pace_.count || !source_.next(prepared.arrival)) return std::nullopt;
    ++made_;
    prepared.text =
        post_request(target_, completions_path(target_),
                     completion_body(target_, outcome_.model, prepared.arrival, prompts_, count_));
    return prepared;
  }

  asio::awaitable<void> one(Prepared prepared) {
    const auto place = static_cast<std::uint32_t>(exchanges_.size());
    Exchange& exchange_of = exchanges_.emplace_back();
    exchange_of.record.id = RequestId{place};
    outcome_.most_open = std::max(outcome_.most_open, ++open_);
    co_await exchange(prepared, exchange_of);
    --open_;
    outcome_.length = now() - kStartOfTime;
    progress_(++ended_, pace_.count);
  }

  asio::awaitable<void> exchange(const Prepared& prepared, Exchange& result) {
    const Request& request = prepared.arrival.request;
    RequestRecord& record = result.record;
    record.tenant = request.tenant;
    record.priority = request.priority;
    record.arrival = request.arrival;
    record.prompt_tokens = request.prompt_tokens;
    result.error = kUnderWay;
    result.lateness = now() - request.arrival;
    while (true) {
      const HttpAnswer answer = co_await http_.ask(prepared.text, [this] { return now(); });
      const bool is_refused = answer.response.status == 429;
      if (!is_refused || !target_.retries) {
        conclude(answer, result);
        co_return;
      }
      ++result.retries;
      asio::steady_timer timer(io_);
      timer.expires_after(answer.response.retry_after.value_or(std::chrono::seconds(1)));
      co_await timer.async_wait(use_awaitable);
    }
  }

  void conclude(const HttpAnswer& answer, Exchange& result) {
    RequestRecord& record = result.record;
    const Response& response = answer.response;
    std::tie(result.error, result.words) = error_of(answer);
    if (response.usage && response.usage->prompt_tokens > 0) {
      record.prompt_tokens = response.usage->prompt_tokens;
    }
    record.output_tokens = response.tokens;
    record.cause =
        result.words.empty() ? result.error : fmt::format("{}: {}", result.error, result.words);
    if (!result.error.empty()) {
      record.state = response.status == 429 ? RequestState::kRejected : RequestState::kFailed;
      return;
    }
    if (response.usage && response.usage->completion_tokens > 0) {
      record.output_tokens = response.usage->completion_tokens;
    }
    record.first_token = response.first_token;
    record.last_token = response.last_token;
    for (const Duration gap : response.gaps) {
      outcome_.gaps_ms.push_back(static_cast<float>(to_seconds(gap) * 1000));
    }
  }

  /// What is wrong with an answer, and the words for it; nothing if it is complete.
  static std::pair<std::string, std::string> error_of(const HttpAnswer& answer) {
    const Response& response = answer.response;
    if (!response.error.empty()) return {"error-event", response.error};
    if (!answer.error.empty()) return {answer.error, answer.words};
    if (response.status != 200) {
      return {fmt::format("http-{}", response.status), error_message(response.body)};
    }
    if (!response.is_stream) return {"malformed", "the answer is no stream of events"};
    if (!response.is_done) return {"cut", "the stream ended without [DONE]"};
    if (response.tokens == 0) return {"empty", "the answer has no token"};
    return {};
  }

  Time now() const { return kStartOfTime + std::chrono::nanoseconds(Clock::now() - begin_); }

  const LoadTarget& target_;
  const LoadPace& pace_;
  RequestSource& source_;
  const LoadProgress& progress_;
  Prompts prompts_;
  TokenCount count_;
  Clock::time_point begin_ = Clock::now();
  LoadOutcome outcome_;
  std::deque<Exchange> exchanges_;
  std::uint64_t made_ = 0;
  std::uint64_t open_ = 0;
  std::uint64_t ended_ = 0;
  std::uint64_t tasks_ = 0;
  std::exception_ptr failure_;
  asio::io_context io_{1};  // Behind what coroutines use, which it ends.
  asio::signal_set signals_;
  HttpClient http_;
};

}  // namespace

LoadOutcome run_load(const LoadTarget& target, const LoadPace& pace, RequestSource& source,
                     const LoadProgress& progress) {
  return LoadRun(target, pace, source, progress).run();
}

}  // namespace tandem
