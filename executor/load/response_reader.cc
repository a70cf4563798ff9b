// Beast's parser takes the bytes as they come; its body is emptied each time, so that an event is
// read when its last byte has come, whatever chunks it lies in.
#include "executor/load/response_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <charconv>
#include <limits>
#include <utility>

#include "executor/load/event_stream.h"

namespace tandem {
namespace {

namespace http = boost::beast::http;

/// Whole seconds; dates, which are allowed as well, are not understood.
std::optional<Duration> seconds_in(std::string_view text) {
  constexpr unsigned kLongest = 86'400;
  unsigned seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return std::chrono::seconds(std::min(seconds, kLongest));
}

}  // namespace

struct ResponseReader::Parser {
  http::response_parser<http::string_body> http;
  EventStream events;
  std::string held;  ///< Bytes of a head that is not whole.
};

ResponseReader::ResponseReader() : parser_(std::make_unique<Parser>()) {
  parser_->http.eager(true);
  // Not boost::none: Beast 1.74 takes every length to be greater than no limit.
  parser_->http.body_limit(std::numeric_limits<std::uint64_t>::max());
}
ResponseReader::~ResponseReader() = default;

bool ResponseReader::is_whole() const { return parser_->http.is_done(); }

void ResponseReader::feed(std::string_view bytes, Time now) {
  constexpr std::size_t kLongestHead = 64 << 10U;
  // What Beast leaves of a head or of a chunk's, it wants to see again with more behind it. Of a
  // last chunk it then asserts (1.74) that there are five bytes; no chunk has fewer.
  constexpr std::size_t kShortestChunk = 5;
  const bool is_in_chunk = parser_->http.is_header_done() && !parser_->held.empty();
  parser_->held += bytes;
  if (is_in_chunk && parser_->held.size() < kShortestChunk) return;
  std::string_view rest = parser_->held;
  while (!rest.empty() && !is_whole()) {
    boost::beast::error_code error;
    const std::size_t taken =
        parser_->http.put(boost::asio::const_buffer(rest.data(), rest.size()), error);
    rest.remove_prefix(taken);
    if (parser_->http.is_header_done()) {
      take_head();
      take_body(now);
    }
    if (error == http::error::need_more) break;
    if (error) throw MalformedAnswer(fmt::format("no HTTP: {}", error.message()));
  }
  if (rest.size() > kLongestHead) throw MalformedAnswer("no HTTP: a head has no end");
  parser_->held.erase(0, parser_->held.size() - rest.size());
}

void ResponseReader::finish() {
  boost::beast::error_code error;
  if (parser_->http.got_some() && !is_whole()) parser_->http.put_eof(error);
  is_cut_ = error || !is_whole();
  if (is_cut_) throw MalformedAnswer("the connection ended within the answer");
}

void ResponseReader::take_head() {
  if (response_.status != 0) return;
  const auto& head = parser_->http.get();
  const auto value = [&](http::field field) {
    const auto text = head[field];
    return std::string_view(text.data(), text.size());
  };
  response_.status = head.result_int();
  response_.is_stream =
      response_.status == 200 && value(http::field::content_type).starts_with("text/event-stream");
  response_.stays_open = head.keep_alive();
  response_.retry_after = seconds_in(value(http::field::retry_after));
}

void ResponseReader::take_body(Time now) {
  constexpr std::size_t kMostBody = std::size_t{16} << 20U;
  std::string& body = parser_->http.get().body();
  if (!response_.is_stream) {
    response_.body += body;
    if (response_.body.size() > kMostBody) throw MalformedAnswer("an answer of more than 16 MiB");
  } else {
    parser_->events.feed(body, [&](std::string_view data) {
      const AnswerPiece piece = answer_piece(data);
      if (piece.is_done) response_.is_done = true;
      if (!piece.error.empty()) response_.error = piece.error;
      if (piece.usage) response_.usage = piece.usage;
      if (!piece.is_token) return;
      if (response_.tokens++ == 0) {
        response_.first_token = now;
      } else {
        response_.gaps.push_back(now - response_.last_token);
      }
      response_.last_token = now;
    });
  }
  body.clear();
}

}  // namespace tandem
