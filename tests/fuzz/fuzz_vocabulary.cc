// Fuzzes the reader of vocabulary files, and tokenizers by whatever it lets pass.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "executor/data/byte_pairs.h"
#include "executor/data/vocabulary.h"
#include "policies/core/error.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tandem;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const BytePairs pairs(read_vocabulary(text, "fuzz"));
    const std::string_view word = text.substr(0, 100);
    std::vector<TokenId> ids;
    pairs.merge(word, ids);
    std::string again;
    for (const TokenId id : ids) again += pairs.token(id);
    require(again == word, "tokens are their text");
  } catch (const InputError&) {
  }
  return 0;
}
