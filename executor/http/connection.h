// One client's connection: reads requests one after the other, within limits, and writes what
// becomes of them. All the while the socket is read, so that a client that leaves is noticed.
#pragma once

#include <utility>
// Asio's coroutines need <utility> before them.
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "executor/http/api_error.h"
#include "executor/http/budget.h"
#include "executor/http/http_limits.h"
#include "executor/http/run_waiter.h"
#include "executor/http/wire.h"

namespace tandem {

class Connection;
using HttpRequest = boost::beast::http::request<boost::beast::http::string_body>;

struct HttpHeader {
  std::string name;
  std::string value;
};

struct HttpResponse {
  int status = 200;
  std::string type = "application/json";
  std::string body;
  std::vector<HttpHeader> headers;
};

/// Who answers requests, for all connections.
class Site {
 public:
  virtual ~Site() = default;
  /// The head is there, the body is to be read. Replies, or throws ApiError, which becomes the
  /// reply.
  virtual boost::asio::awaitable<void> handle(Connection& connection,
                                              const HttpRequest& request) = 0;
  virtual void responded(int status) = 0;
  virtual void log(const std::string& line) = 0;
};

class Connection : public RunWaiter, public std::enable_shared_from_this<Connection> {
 public:
  /// `site`, `limits` and `bodies` must outlive it. `address` is the client's.
  Connection(boost::asio::any_io_executor executor, std::unique_ptr<Wire> wire, std::string address,
             const HttpLimits& limits, Budget& bodies, Site& site);

  /// Until the client leaves, or it is stopped.
  boost::asio::awaitable<void> run();

  /// No further request; what is being answered ends.
  void stop();
  /// And that ends now, with an error: is_ending() from now on.
  void end();
  /// At once, without a word.
  void abort() override;

  // For those who answer.

  const std::string& address() const { return address_; }
  boost::asio::any_io_executor executor() const override { return executor_; }
  /// Throws ApiError if it does not come, or not in time.
  boost::asio::awaitable<std::string> read_body();
  boost::asio::awaitable<void> reply(HttpResponse response);
  /// A response whose length nobody knows; then any number of chunks, and the end.
  boost::asio::awaitable<void> begin_stream(std::string type);
  boost::asio::awaitable<void> write_chunk(std::string_view bytes);
  boost::asio::awaitable<void> end_stream();
  /// Whether nobody reads any more: the client is gone, or has said that it sends nothing more.
  bool is_gone() const { return is_closed_ || is_broken_; }
  /// Whether nothing can be written any more.
  bool is_broken() const { return is_broken_; }
  bool is_ending() const { return is_ending_; }
  /// Until somebody calls wake(), or the client is gone, or sends something, or this is ended.
  boost::asio::awaitable<void> wait();
  void wake() override { changed_.cancel(); }

 private:
  using Clock = std::chrono::steady_clock;
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

  boost::asio::awaitable<void> keep_reading();
  boost::asio::awaitable<bool> answer_next();
  boost::asio::awaitable<bool> read_head();
  boost::asio::awaitable<void> close_gently();
  boost::asio::awaitable<void> wait_until(Clock::time_point deadline);
  boost::asio::awaitable<void> write(std::string_view bytes);
  void close_after(std::chrono::milliseconds time);
  void parse();
  bool keeps_open() const;
  std::string head_of(const HttpResponse& response, std::string_view framing) const;

  const boost::asio::any_io_executor executor_;
  const std::unique_ptr<Wire> wire_;
  const std::string address_;
  const HttpLimits& limits_;
  Budget& bodies_;
  Site& site_;

  std::optional<Parser> parser_;
  std::string inbox_;           ///< Read, and not parsed yet.
  bool has_seen_rest_ = false;  ///< Of a chunk: what is left in the inbox was not enough.
  boost::asio::steady_timer changed_;
  boost::asio::steady_timer room_;   ///< The inbox has room again.
  boost::asio::steady_timer guard_;  ///< Closes a wire that takes too long.
  bool is_closed_ = false;           ///< Nothing more comes.
  bool is_broken_ = false;           ///< Nothing more can be written.
  bool is_stopping_ = false;
  bool is_ending_ = false;
  bool is_draining_ = false;   ///< What comes is thrown away.
  bool has_replied_ = false;   ///< To the current request, at least in part.
  bool has_answered_ = false;  ///< Any request.
  bool is_chunked_ = false;
};

}  // namespace tandem
