#include "executor/http/front_end.h"

#include <fmt/format.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <set>

#include "executor/http/connection.h"
#include "executor/http/listening.h"
#include "executor/http/routes.h"

namespace tandem {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::milliseconds kPause{20};  // Before looking again.
constexpr std::chrono::seconds kLastWords{1};    // For errors to be written, at the end.

std::string refusal() {
  const std::string body = to_json(ApiError(503, "too many connections").coded("connections_full"));
  return fmt::format(
      "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nRetry-After: 1\r\n"
      "Connection: close\r\nContent-Length: {}\r\n\r\n{}",
      body.size(), body);
}

/// Without waiting for anything: the next one is already at the door.
void refuse(tcp::socket socket) {
  static const std::string response = refusal();
  error_code ignored;
  socket.non_blocking(true, ignored);
  // What was sent already must be read, or closing would take the response back.
  std::array<char, 4096> request;
  socket.read_some(asio::buffer(request), ignored);
  socket.write_some(asio::buffer(response), ignored);
  socket.shutdown(tcp::socket::shutdown_both, ignored);
}

}  // namespace

class FrontEnd::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& io, ServiceDesk& desk, FrontEndOptions options)
      : io_(io),
        options_(std::move(options)),
        tls_(options_.tls ? tls_context(*options_.tls) : nullptr),
        acceptor_(listen_on(io, options_)),
        port_(acceptor_.local_endpoint().port()),
        most_(room_for_connections(options_.limits.connections)),
        bodies_(options_.limits.bodies_bytes),
        routes_(desk, options_, [this] { return connections_.size(); }),
        timer_(io) {
    if (!options_.access) {
      options_.log("without a file of users, whoever reaches this address is admin");
    }
    if (most_ < options_.limits.connections) {
      options_.log(fmt::format("descriptors are there for {} connections, not for {} (ulimit -n)",
                               most_, options_.limits.connections));
    }
  }

  void start() {
    asio::co_spawn(
        io_, [self = shared_from_this()] { return self->accept(); }, asio::detached);
  }

  std::uint16_t port() const { return port_; }
  std::string url() const {
    const bool is_v6 = options_.address.find(':') != std::string::npos;
    return fmt::format("http{}://{}{}{}:{}", tls_ ? "s" : "", is_v6 ? "[" : "", options_.address,
                       is_v6 ? "]" : "", port_);
  }
  std::size_t connections() const { return connections_.size(); }

  void stop(std::chrono::milliseconds grace, std::function<void()> closed) {
    closed_ = std::move(closed);
    routes_.refuse_from_now_on();
    for (const auto& connection : connections_) connection->stop();
    asio::co_spawn(
        io_, [self = shared_from_this(), grace] { return self->end_all(grace); }, asio::detached);
  }

  void abort() {
    closed_ = nullptr;
    close_acceptor();
    timer_.cancel();
    routes_.withdraw_all();
    for (const auto& connection : connections_) connection->abort();
  }

 private:
  asio::awaitable<void> accept() {
    while (acceptor_.is_open()) {
      error_code error;
      tcp::socket socket(io_);
      co_await acceptor_.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
      if (!acceptor_.is_open()) break;
      if (error) {
        co_await wait(kPause);
      } else if (connections_.size() >= most_) {
        routes_.responded(503);
        if (!tls_) refuse(std::move(socket));
      } else {
        take_in(std::move(socket));
      }
    }
  }

  void take_in(tcp::socket socket) {
    error_code gone;
    const auto client = socket.remote_endpoint(gone);
    if (gone) return;
    auto wire = tls_ ? tls_wire(std::move(socket), *tls_) : plain_wire(std::move(socket));
    auto connection = std::make_shared<Connection>(io_.get_executor(), std::move(wire),
                                                   client.address().to_string(), options_.limits,
                                                   bodies_, routes_);
    connections_.insert(connection);
    asio::co_spawn(
        io_, [self = shared_from_this(), connection] { return self->serve(connection); },
        asio::detached);
  }

  asio::awaitable<void> serve(std::shared_ptr<Connection> connection) {
    co_await connection->run();
    connections_.erase(connection);
    if (connections_.empty()) timer_.cancel();
  }

  /// While there are connections, not longer than this.
  asio::awaitable<void> wait_for_connections(std::chrono::milliseconds time) {
    const auto deadline = std::chrono::steady_clock::now() + time;
    while (!connections_.empty() && closed_ && std::chrono::steady_clock::now() < deadline) {
      error_code ignored;
      timer_.expires_at(deadline);
      co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
  }

  asio::awaitable<void> end_all(std::chrono::milliseconds grace) {
    const auto deadline = std::chrono::steady_clock::now() + grace;
    while (routes_.is_answering() && closed_ && std::chrono::steady_clock::now() < deadline) {
      co_await wait(kPause);
    }
    close_acceptor();
    for (const auto& connection : connections_) connection->end();
    co_await wait_for_connections(kLastWords + kLastWords);
    for (const auto& connection : connections_) connection->abort();
    co_await wait_for_connections(kLastWords);
    if (closed_) std::exchange(closed_, nullptr)();
  }

  asio::awaitable<void> wait(std::chrono::milliseconds time) {
    asio::steady_timer timer(io_, time);
    error_code ignored;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }

  void close_acceptor() {
    error_code ignored;
    acceptor_.close(ignored);
  }

  asio::io_context& io_;
  const FrontEndOptions options_;
  const std::unique_ptr<asio::ssl::context> tls_;
  tcp::acceptor acceptor_;
  const std::uint16_t port_;
  const std::size_t most_;
  Budget bodies_;
  Routes routes_;
  asio::steady_timer timer_;
  std::set<std::shared_ptr<Connection>> connections_;
  std::function<void()> closed_;
};

FrontEnd::FrontEnd(asio::io_context& io, ServiceDesk& desk, FrontEndOptions options)
    : impl_(std::make_shared<Impl>(io, desk, std::move(options))) {
  impl_->start();
}
FrontEnd::~FrontEnd() { impl_->abort(); }

std::uint16_t FrontEnd::port() const { return impl_->port(); }
std::string FrontEnd::url() const { return impl_->url(); }
std::size_t FrontEnd::connections() const { return impl_->connections(); }
void FrontEnd::stop(std::chrono::milliseconds grace, std::function<void()> closed) {
  impl_->stop(grace, std::move(closed));
}

}  // namespace tandem
