// An answer while its bytes come in: HTTP, events, and when each token was there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "executor/load/answer_piece.h"
#include "policies/core/units.h"

namespace tandem {

/// What has come of a response.
struct Response {
  unsigned status = 0;  ///< 0: its head is not whole yet.
  bool is_stream = false;
  bool stays_open = false;              ///< Another request may follow on the same connection.
  std::optional<Duration> retry_after;  ///< What the server asks of who was refused.
  std::string body;                     ///< Of what is no stream; at most 16 MiB.
  bool is_done = false;                 ///< The stream has said so.
  std::string error;                    ///< An event with an error.
  std::uint32_t tokens = 0;             ///< Events that brought one.
  Time first_token;
  Time last_token;
  std::vector<Duration> gaps;  ///< Between events with tokens.
  std::optional<AnswerUsage> usage;
};

class ResponseReader {
 public:
  ResponseReader();
  ~ResponseReader();
  ResponseReader(const ResponseReader&) = delete;
  ResponseReader& operator=(const ResponseReader&) = delete;

  /// Takes bytes that were there at `now`. Throws MalformedAnswer.
  void feed(std::string_view bytes, Time now);
  /// The connection has ended. Throws MalformedAnswer if the answer has not.
  void finish();
  /// The response is whole.
  bool is_whole() const;
  /// What finish() has found missing.
  bool is_cut() const { return is_cut_; }
  const Response& response() const { return response_; }

 private:
  struct Parser;
  void take_head();
  void take_body(Time now);

  std::unique_ptr<Parser> parser_;
  Response response_;
  bool is_cut_ = false;
};

}  // namespace tandem
