// The two kinds of sockets below a connection: plain, and TLS. One read and one write may be on
// their way at a time; nothing is ever cancelled but by close().
#pragma once

#include <utility>
// Asio's coroutines need <utility> before them.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace tandem {

class Wire {
 public:
  virtual ~Wire() = default;
  /// What comes before any request; false: it failed.
  virtual boost::asio::awaitable<bool> open() = 0;
  /// How many bytes came; 0: no more will.
  virtual boost::asio::awaitable<std::size_t> read(std::span<char> room) = 0;
  /// All of it; false: it failed.
  virtual boost::asio::awaitable<bool> write(std::string_view bytes) = 0;
  /// The other side hears that nothing more comes.
  virtual void end_writing() = 0;
  virtual void close() = 0;
};

std::unique_ptr<Wire> plain_wire(boost::asio::ip::tcp::socket socket);
/// `context` must outlive it.
std::unique_ptr<Wire> tls_wire(boost::asio::ip::tcp::socket socket,
                               boost::asio::ssl::context& context);

}  // namespace tandem
