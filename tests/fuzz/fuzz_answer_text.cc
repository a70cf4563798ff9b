// Fuzzes the way of an answer from bytes to events: however its bytes are cut, its text is the
// same, well-formed, and ends before the first stop string. The first byte says how long the stop
// string is that follows it.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "executor/http/answer_text.h"
#include "executor/http/openai_response.h"
#include "executor/http/stop_strings.h"
#include "tests/fuzz/require.h"

namespace tandem {
namespace {

/// In pieces of 1, 2, 3, ... `longest`, 1, 2, ... bytes.
std::string answer(std::string_view bytes, std::size_t longest, const std::string& stop) {
  AnswerText text;
  StopStrings stops(stop.empty() ? std::vector<std::string>{} : std::vector{stop});
  std::string given;
  for (std::size_t i = 0; !bytes.empty(); ++i) {
    const std::string_view piece = bytes.substr(0, 1 + i % longest);
    bytes.remove_prefix(piece.size());
    const std::string more = stops.add(text.add(piece));
    require(more == well_formed(more), "every piece is well-formed");
    given += more;
  }
  given += stops.add(text.end());
  return given += stops.end();
}

void check_event(std::string_view text) {
  const auto tokenizer = byte_tokenizer();
  const ResponseWriter writer({"id", 1, "m", false, false, false}, *tokenizer);
  const std::string event = writer.text_event(0, text);
  require(event.find('\n') == event.size() - 2, "an event is one line");
  const auto json = nlohmann::json::parse(event.substr(6));
  require(json["choices"][0]["text"] == text, "an event holds its text");
}

}  // namespace
}  // namespace tandem

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tandem;
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t length = std::min<std::size_t>(data[0] % 8, input.size());
  const std::string stop = well_formed(input.substr(0, length));
  const std::string_view bytes = input.substr(length);
  const std::string whole = well_formed(bytes);
  const std::string expected = stop.empty() ? whole : whole.substr(0, whole.find(stop));
  require(answer(bytes, 1, stop) == expected, "byte by byte");
  require(answer(bytes, 5, stop) == expected, "in pieces");
  check_event(expected);
  return 0;
}
