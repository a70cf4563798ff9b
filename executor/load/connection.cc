#include "executor/load/connection.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/rfc2818_verification.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace tandem {

using asio::use_awaitable;

asio::awaitable<void> ServerConnection::open(const Destination& destination) {
  co_await asio::async_connect(socket_, destination.addresses, use_awaitable);
  socket_.set_option(asio::ip::tcp::no_delay(true));
  was_opened_ = destination.tls == nullptr;
  if (was_opened_) co_return;
  const std::string& host = destination.url.host;
  tls_.emplace(socket_, *destination.tls);
  SSL_set_tlsext_host_name(tls_->native_handle(), host.c_str());
  tls_->set_verify_callback(asio::ssl::rfc2818_verification(host));
  co_await tls_->async_handshake(asio::ssl::stream_base::client, use_awaitable);
  was_opened_ = true;
}

void ServerConnection::expire() {
  has_expired_ = true;
  boost::system::error_code ignored;
  socket_.close(ignored);
}

asio::awaitable<void> ServerConnection::write(std::string_view bytes) {
  const auto buffer = asio::buffer(bytes.data(), bytes.size());
  if (tls_) {
    co_await asio::async_write(*tls_, buffer, use_awaitable);
  } else {
    co_await asio::async_write(socket_, buffer, use_awaitable);
  }
}

asio::awaitable<std::string_view> ServerConnection::read(std::span<char> buffer) {
  boost::system::error_code error;
  const auto space = asio::buffer(buffer.data(), buffer.size());
  std::size_t count = 0;
  if (tls_) {
    count = co_await tls_->async_read_some(space, asio::redirect_error(use_awaitable, error));
  } else {
    count = co_await socket_.async_read_some(space, asio::redirect_error(use_awaitable, error));
  }
  const bool is_end = error == asio::error::eof || error == asio::ssl::error::stream_truncated;
  if (error && !is_end) throw boost::system::system_error(error);
  co_return std::string_view(buffer.data(), count);
}

}  // namespace tandem
