// Fuzzes the reader of vocabulary files, and merges by whatever it lets pass.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string_view>

#include "executor/data/merges.h"
#include "executor/data/vocabulary.h"
#include "policies/core/error.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tandem;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const auto tokens = read_vocabulary(text, "fuzz");
    std::vector<std::uint32_t> ranks(tokens.size());
    std::iota(ranks.begin(), ranks.end(), 0U);
    const Merges merges = merges_of(tokens, ranks);
    std::vector<TokenId> ids;
    const std::string_view word = text.substr(0, 100);
    for (const char byte : word) {
      const auto single = std::ranges::find(tokens, std::string(1, byte));
      ids.push_back(static_cast<TokenId>(single - tokens.begin()));
    }
    Merger(merges).merge(ids);
    std::string again;
    for (const TokenId id : ids) again += tokens[id];
    require(again == word, "tokens are their text");
  } catch (const InputError&) {
  }
  return 0;
}
