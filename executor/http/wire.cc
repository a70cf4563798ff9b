#include "executor/http/wire.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace tandem {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using TlsStream = asio::ssl::stream<tcp::socket>;

constexpr int kSendBuffer =
    64 << 10;  // The kernel would grow it to megabytes for who reads nothing.

/// The socket below.
tcp::socket& socket_of(tcp::socket& socket) { return socket; }
tcp::socket& socket_of(TlsStream& stream) { return stream.next_layer(); }

asio::awaitable<bool> handshake(tcp::socket&) { co_return true; }
asio::awaitable<bool> handshake(TlsStream& stream) {
  error_code error;
  co_await stream.async_handshake(TlsStream::server,
                                  asio::redirect_error(asio::use_awaitable, error));
  co_return !error;
}

template <class Stream>
class SocketWire final : public Wire {
 public:
  template <class... Arguments>
  explicit SocketWire(Arguments&&... arguments) : stream_(std::forward<Arguments>(arguments)...) {
    tcp::socket& socket = socket_of(stream_);
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    socket.set_option(asio::socket_base::keep_alive(true), ignored);
    socket.set_option(asio::socket_base::send_buffer_size(kSendBuffer), ignored);
  }

  asio::awaitable<bool> open() override { return handshake(stream_); }

  asio::awaitable<std::size_t> read(std::span<char> room) override {
    error_code error;
    const std::size_t count = co_await stream_.async_read_some(
        asio::buffer(room.data(), room.size()), asio::redirect_error(asio::use_awaitable, error));
    co_return error ? 0 : count;
  }

  asio::awaitable<bool> write(std::string_view bytes) override {
    error_code error;
    co_await asio::async_write(stream_, asio::buffer(bytes.data(), bytes.size()),
                               asio::redirect_error(asio::use_awaitable, error));
    co_return !error;
  }

  void end_writing() override {
    error_code ignored;
    socket_of(stream_).shutdown(tcp::socket::shutdown_send, ignored);
  }
  void close() override {
    error_code ignored;
    socket_of(stream_).close(ignored);
  }

 private:
  Stream stream_;
};

}  // namespace

std::unique_ptr<Wire> plain_wire(tcp::socket socket) {
  return std::make_unique<SocketWire<tcp::socket>>(std::move(socket));
}

std::unique_ptr<Wire> tls_wire(tcp::socket socket, asio::ssl::context& context) {
  return std::make_unique<SocketWire<TlsStream>>(std::move(socket), context);
}

}  // namespace tandem
