#include "tests/support/raw_client.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <utility>

namespace tandem {

RawClient::RawClient(std::uint16_t port, int receive_buffer)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const timeval patience{20, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (receive_buffer > 0) {
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (socket_ < 0 ||
      ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error(fmt::format("cannot connect: errno {}", errno));
  }
}

RawClient::~RawClient() { close(); }
RawClient::RawClient(RawClient&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), unread_(std::move(other.unread_)) {}

bool RawClient::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

bool RawClient::read_more() {
  std::array<char, 65536> bytes;
  const ssize_t count = ::recv(socket_, bytes.data(), bytes.size(), 0);
  timed_out_ = count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
  if (count <= 0) return false;
  unread_.append(bytes.data(), static_cast<std::size_t>(count));
  return true;
}

std::string RawClient::read_to(std::string_view end) {
  std::size_t at = unread_.find(end);
  while (at == std::string::npos) {
    const std::size_t looked = unread_.size() - std::min(unread_.size(), end.size());
    if (!read_more()) return std::exchange(unread_, {});
    at = unread_.find(end, looked);
  }
  std::string text = unread_.substr(0, at + end.size());
  unread_.erase(0, text.size());
  return text;
}

std::string RawClient::rest() {
  while (read_more()) {
  }
  return std::exchange(unread_, {}) + (timed_out_ ? "timeout" : "");
}

RawResponse RawClient::response() {
  RawResponse response;
  std::string head = read_to("\r\n\r\n");
  if (head.starts_with("HTTP/1.1 100")) head = read_to("\r\n\r\n");
  if (!head.starts_with("HTTP/1.1 ")) return response;
  response.status = std::stoi(head.substr(9, 3));
  for (std::size_t at = head.find("\r\n") + 2; at < head.size() - 2;) {
    const std::size_t colon = head.find(": ", at);
    const std::size_t end = head.find("\r\n", at);
    std::string name = head.substr(at, colon - at);
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
    response.headers[name] = head.substr(colon + 2, end - colon - 2);
    at = end + 2;
  }
  if (response.headers.contains("content-length")) {
    const std::size_t size = std::stoul(response.headers["content-length"]);
    while (unread_.size() < size && read_more()) {
    }
    response.body = unread_.substr(0, size);
    unread_.erase(0, response.body.size());
  } else if (response.headers.contains("transfer-encoding")) {
    for (;;) {
      const std::string line = read_to("\r\n");
      if (!line.ends_with("\r\n")) return response;
      const std::size_t size = std::stoul(line, nullptr, 16);
      while (unread_.size() < size + 2 && read_more()) {
      }
      response.body += unread_.substr(0, size);
      unread_.erase(0, size + 2);
      if (size == 0) break;
    }
  } else {
    response.body = rest();
  }
  return response;
}

void RawClient::end_sending() const { ::shutdown(socket_, SHUT_WR); }

void RawClient::close() {
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
}

std::string post_text(std::string_view path, std::string_view body, std::string_view headers) {
  return fmt::format("POST {} HTTP/1.1\r\nHost: localhost\r\n{}Content-Length: {}\r\n\r\n{}", path,
                     headers, body.size(), body);
}
std::string get_text(std::string_view path, std::string_view headers) {
  return fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\n{}\r\n", path, headers);
}

RawResponse post(std::uint16_t port, std::string_view path, std::string_view body,
                 std::string_view headers) {
  RawClient client(port);
  client.send(post_text(path, body, headers));
  return client.response();
}
RawResponse get(std::uint16_t port, std::string_view path, std::string_view headers) {
  RawClient client(port);
  client.send(get_text(path, headers));
  return client.response();
}

std::vector<std::string> events_of(std::string_view body) {
  constexpr std::string_view kData = "data: ";
  std::vector<std::string> events;
  while (body.starts_with(kData)) {
    const std::size_t end = body.find("\n\n");
    events.emplace_back(body.substr(kData.size(), end - kData.size()));
    body.remove_prefix(std::min(body.size(), end + 2));
  }
  return events;
}

}  // namespace tandem
