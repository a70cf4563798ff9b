// A client that says whatever it is told to, byte by byte: for tests of what servers do about it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tandem {

struct RawResponse {
  int status = 0;                              ///< 0: there was none.
  std::map<std::string, std::string> headers;  ///< Names in small letters.
  std::string body;                            ///< Chunks put together.
};

/// Connected to 127.0.0.1. Waits 20 s at most for anything.
class RawClient {
 public:
  /// `receive_buffer`: bytes that the kernel keeps of what is not read; 0: its own choice.
  explicit RawClient(std::uint16_t port, int receive_buffer = 0);
  ~RawClient();
  RawClient(RawClient&& other) noexcept;
  RawClient& operator=(RawClient&&) = delete;

  /// False: the other side is gone.
  bool send(std::string_view bytes) const;
  /// One response. What follows it stays for the next call.
  RawResponse response();
  /// Up to and with `end`; less if the connection is closed before.
  std::string read_to(std::string_view end);
  /// Until the server closes; "timeout" at the end if it does not.
  std::string rest();
  /// Nothing more is sent.
  void end_sending() const;
  void close();
  int descriptor() const { return socket_; }

 private:
  bool read_more();

  int socket_ = -1;
  std::string unread_;
  bool timed_out_ = false;
};

/// "POST PATH" with this body, and headers such as "Authorization: Bearer x\r\n".
std::string post_text(std::string_view path, std::string_view body, std::string_view headers = "");
std::string get_text(std::string_view path, std::string_view headers = "");

/// One request on a connection of its own.
RawResponse post(std::uint16_t port, std::string_view path, std::string_view body,
                 std::string_view headers = "");
RawResponse get(std::uint16_t port, std::string_view path, std::string_view headers = "");

/// The data of server-sent events, one for each.
std::vector<std::string> events_of(std::string_view body);

}  // namespace tandem
