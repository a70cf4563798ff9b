// Fuzzes the reader of answers: whatever comes, and however it is cut, it ends in a response or in
// an error, and the same one.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "executor/load/event_stream.h"
#include "executor/load/response_reader.h"
#include "tests/fuzz/require.h"

namespace tandem {
namespace {

struct Seen {
  bool is_malformed = false;
  bool is_whole = false;
  std::uint32_t tokens = 0;
  friend bool operator==(const Seen&, const Seen&) = default;
};

Seen seen_of(std::string_view bytes, std::size_t piece) {
  ResponseReader reader;
  Seen seen;
  try {
    for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
      reader.feed(bytes.substr(0, piece), kStartOfTime);
    }
    if (!reader.is_whole()) reader.finish();
  } catch (const MalformedAnswer&) {
    return {true, false, 0};  // How far it was understood before that, pieces may change.
  }
  seen.is_whole = reader.is_whole();
  seen.tokens = reader.response().tokens;
  return seen;
}

}  // namespace
}  // namespace tandem

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tandem;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Seen whole = seen_of(bytes, size);
  for (const std::size_t piece : {1U, 7U}) {
    require(seen_of(bytes, piece) == whole, "pieces make no difference");
  }
  return 0;
}
