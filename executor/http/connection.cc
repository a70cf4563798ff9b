#include "executor/http/connection.h"

#include <fmt/format.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/status.hpp>

namespace tandem {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

constexpr std::size_t kReadBytes = 4096;
constexpr std::chrono::seconds kGoodbye{1};  // For a client to read the last response.

ApiError parse_failure(const error_code& error, const HttpLimits& limits) {
  if (error == http::error::header_limit) {
    return {431, fmt::format("the header has more than {} bytes", limits.header_bytes)};
  }
  if (error == http::error::body_limit) {
    return {413, fmt::format("the body has more than {} bytes", limits.body_bytes)};
  }
  return {400, fmt::format("this is not HTTP: {}", error.message())};
}

HttpResponse response_of(const ApiError& error) {
  HttpResponse response{error.status, "application/json", to_json(error), {}};
  if (error.retry_after) {
    response.headers.push_back({"Retry-After", std::to_string(error.retry_after->count())});
  }
  if (!error.allow.empty()) response.headers.push_back({"Allow", error.allow});
  if (error.status == 401) response.headers.push_back({"WWW-Authenticate", "Bearer"});
  return response;
}

double in_seconds(std::chrono::milliseconds time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

Connection::Connection(asio::any_io_executor executor, std::unique_ptr<Wire> wire,
                       std::string address, const HttpLimits& limits, Budget& bodies, Site& site)
    : executor_(std::move(executor)),
      wire_(std::move(wire)),
      address_(std::move(address)),
      limits_(limits),
      bodies_(bodies),
      site_(site),
      changed_(executor_),
      room_(executor_),
      guard_(executor_) {}

asio::awaitable<void> Connection::run() {
  close_after(limits_.header_time);
  const bool is_open = co_await wire_->open();
  guard_.cancel();
  if (!is_open) co_return wire_->close();
  asio::co_spawn(
      executor_, [self = shared_from_this()] { return self->keep_reading(); }, asio::detached);
  while (co_await answer_next()) has_answered_ = true;
  co_await close_gently();
}

void Connection::stop() {
  is_stopping_ = true;
  wake();
}

void Connection::end() {
  is_ending_ = true;
  stop();
}

void Connection::abort() {
  is_broken_ = true;
  wire_->close();
  wake();
}

asio::awaitable<void> Connection::keep_reading() {
  std::array<char, kReadBytes> bytes;
  for (;;) {
    while (inbox_.size() > limits_.header_bytes && !is_draining_) {
      error_code ignored;
      room_.expires_at(Clock::time_point::max());
      co_await room_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    const std::size_t count = co_await wire_->read(bytes);
    if (count == 0) break;
    if (!is_draining_) inbox_.append(bytes.data(), count);
    wake();
  }
  is_closed_ = true;
  wake();
}

/// Whether there may be another request.
asio::awaitable<bool> Connection::answer_next() {
  has_replied_ = false;
  std::optional<ApiError> error;
  try {
    if (!co_await read_head()) co_return false;
    co_await site_.handle(*this, parser_->get());
  } catch (const ApiError& wrong) {
    error = wrong;
  } catch (const std::exception& bug) {
    site_.log(fmt::format("a request failed: {}", bug.what()));
    error = ApiError(500, "the server failed");
  }
  if (error) {
    if (has_replied_) co_return false;
    co_await reply(response_of(*error));
  }
  co_return keeps_open() && !is_broken_;
}

asio::awaitable<bool> Connection::read_head() {
  parser_.emplace();
  has_seen_rest_ = false;
  parser_->header_limit(static_cast<std::uint32_t>(limits_.header_bytes));
  parser_->body_limit(limits_.body_bytes);
  auto deadline = Clock::now() + limits_.idle_time;
  bool has_begun = false;
  for (;;) {
    if (!inbox_.empty() && !has_begun) {
      has_begun = true;
      deadline = Clock::now() + limits_.header_time;
    }
    parse();
    if (parser_->is_header_done()) co_return true;
    // Who has asked nothing yet may be about to: it hears that the server leaves.
    const bool is_over = is_stopping_ && !has_begun && has_answered_;
    if (is_gone() || is_ending_ || is_over) co_return false;
    if (Clock::now() >= deadline) {
      if (!has_begun) co_return false;
      throw ApiError(408, fmt::format("the header was not there within {} s",
                                      in_seconds(limits_.header_time)));
    }
    co_await wait_until(deadline);
  }
}

asio::awaitable<std::string> Connection::read_body() {
  const auto length = parser_->content_length();
  const std::size_t size = length ? static_cast<std::size_t>(*length) : limits_.body_bytes;
  const Budget::Part room = bodies_.take(parser_->is_done() ? 0 : size);
  if (!room) {
    throw ApiError(503, "too many bodies are being received").again_in(std::chrono::seconds(1));
  }
  if (boost::beast::iequals(parser_->get()[http::field::expect], "100-continue")) {
    co_await write("HTTP/1.1 100 Continue\r\n\r\n");
  }
  parser_->eager(true);  // All chunks of the inbox in one go, however small they are.
  const auto deadline = Clock::now() + limits_.body_time;
  for (;;) {
    parse();
    if (parser_->is_done()) co_return std::move(parser_->get().body());
    if (is_gone()) throw ApiError(400, "the body ends before its end");
    if (is_ending_) throw ApiError(503, "the server is being shut down");
    if (Clock::now() >= deadline) {
      throw ApiError(
          408, fmt::format("the body was not there within {} s", in_seconds(limits_.body_time)));
    }
    co_await wait_until(deadline);
  }
}

/// As far as the inbox goes; of a request's body nothing before its head has been looked at.
void Connection::parse() {
  // Beast 1.74 aborts if it sees the last chunk in pieces, of which the second is one byte long.
  // What is still to come of a chunked body is never less than this.
  constexpr std::size_t kShortestChunk = 5;
  const bool had_header = parser_->is_header_done();
  while (!inbox_.empty() && !parser_->is_done() && parser_->is_header_done() == had_header) {
    if (has_seen_rest_ && had_header && inbox_.size() < kShortestChunk) return;
    error_code error;
    const std::size_t used = parser_->put(asio::buffer(inbox_), error);
    inbox_.erase(0, used);
    room_.cancel();
    has_seen_rest_ = error == http::error::need_more && parser_->chunked();
    if (error == http::error::need_more) return;
    if (error) throw parse_failure(error, limits_);
  }
}

/// A request whose body nobody wanted to read leaves the connection in the middle of something.
bool Connection::keeps_open() const {
  return parser_->is_done() && parser_->get().keep_alive() && !is_stopping_;
}

std::string Connection::head_of(const HttpResponse& response, std::string_view framing) const {
  const auto reason = http::obsolete_reason(static_cast<http::status>(response.status));
  std::string head = fmt::format(
      "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nX-Content-Type-Options: nosniff\r\n"
      "Connection: {}\r\n{}",
      response.status, std::string_view(reason.data(), reason.size()), response.type,
      keeps_open() ? "keep-alive" : "close", framing);
  for (const auto& [name, value] : response.headers) head += fmt::format("{}: {}\r\n", name, value);
  return head + "\r\n";
}

asio::awaitable<void> Connection::reply(HttpResponse response) {
  has_replied_ = true;
  site_.responded(response.status);
  std::string text = head_of(response, fmt::format("Content-Length: {}\r\n", response.body.size()));
  if (parser_->get().method() != http::verb::head) text += response.body;
  co_await write(text);
}

asio::awaitable<void> Connection::begin_stream(std::string type) {
  has_replied_ = true;
  site_.responded(200);
  is_chunked_ = parser_->get().version() >= 11;
  if (!is_chunked_) is_stopping_ = true;  // Its end is the connection's.
  const std::string head = head_of({200, std::move(type), "", {{"Cache-Control", "no-store"}}},
                                   is_chunked_ ? "Transfer-Encoding: chunked\r\n" : "");
  co_await write(head);
}

asio::awaitable<void> Connection::write_chunk(std::string_view bytes) {
  if (!is_chunked_) {
    co_await write(bytes);
  } else {
    const std::string chunk = fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes);
    co_await write(chunk);
  }
}

asio::awaitable<void> Connection::end_stream() {
  if (is_chunked_) co_await write("0\r\n\r\n");
}

asio::awaitable<void> Connection::wait() { return wait_until(Clock::time_point::max()); }

asio::awaitable<void> Connection::wait_until(Clock::time_point deadline) {
  error_code ignored;
  changed_.expires_at(deadline);
  co_await changed_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

asio::awaitable<void> Connection::write(std::string_view bytes) {
  if (is_broken_) co_return;
  close_after(limits_.write_time);
  const bool is_sent = co_await wire_->write(bytes);
  guard_.cancel();
  if (!is_sent) is_broken_ = true;
}

void Connection::close_after(std::chrono::milliseconds time) {
  guard_.expires_after(time);
  guard_.async_wait([self = weak_from_this()](const error_code& error) {
    const auto connection = self.lock();
    if (!error && connection) connection->abort();
  });
}

/// A client that still sends when the socket is closed would lose the response it has not read.
asio::awaitable<void> Connection::close_gently() {
  is_draining_ = true;
  room_.cancel();
  wire_->end_writing();
  const auto deadline = Clock::now() + kGoodbye;
  while (!is_gone() && Clock::now() < deadline) co_await wait_until(deadline);
  wire_->close();
}

}  // namespace tandem
