// One connection to a server, plain or over TLS. Only sources of this folder include it: Asio's
// headers take their time.
#pragma once

#include <utility>
// Asio's coroutines with g++ 12 need <utility> before them.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "executor/load/server_url.h"

namespace tandem {

namespace asio = boost::asio;

/// Where connections go, and by which certificates a server is believed.
struct Destination {
  ServerUrl url;
  asio::ip::tcp::resolver::results_type addresses;
  asio::ssl::context* tls = nullptr;  ///< Null: plain.
};

class ServerConnection {
 public:
  explicit ServerConnection(asio::io_context& io) : socket_(io) {}

  // All throw boost::system::system_error.

  asio::awaitable<void> open(const Destination& destination);
  asio::awaitable<void> write(std::string_view bytes);
  /// Bytes that have come; none at the end of the connection.
  asio::awaitable<std::string_view> read(std::span<char> buffer);
  /// Closes it, which whoever waits for it hears as an error.
  void expire();
  /// Whether open() has come to its end.
  bool was_opened() const { return was_opened_; }
  bool has_expired() const { return has_expired_; }
  /// How many answers it has brought.
  unsigned answers = 0;

 private:
  asio::ip::tcp::socket socket_;
  std::optional<asio::ssl::stream<asio::ip::tcp::socket&>> tls_;
  bool was_opened_ = false;
  bool has_expired_ = false;
};

}  // namespace tandem
