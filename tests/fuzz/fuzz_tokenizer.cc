// Fuzzes the readers of tokenizers of model folders, tokenizer.json and tokenizer.model, and
// encodes the input's last bytes by whatever they let pass.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "executor/data/json_file.h"
#include "executor/data/pair_tokenizer.h"
#include "executor/data/piece_tokens.h"
#include "executor/data/sentencepiece_model.h"
#include "executor/data/tokenizer_json.h"
#include "executor/data/unigram_tokenizer.h"
#include "policies/core/error.h"
#include "tests/fuzz/require.h"

namespace tandem {
namespace {

/// Its tokens are below the vocabulary, also where special ones are meant.
void encode(const Tokenizer& tokenizer, std::string_view text) {
  for (const auto specials : {SpecialTokens::kAreText, SpecialTokens::kAreTokens}) {
    for (const TokenId id : tokenizer.encode(text, specials)) {
      require(id < tokenizer.vocabulary(), "tokens are of the vocabulary");
    }
  }
}

void try_json(std::string_view file, std::string_view text) {
  const auto json = parse_json(file, "fuzz");
  PairModel model = model_of_json(JsonPart(json, "fuzz", ""));
  const Normalizer& normalizer = model.normalizer;
  const bool is_exact = !normalizer.composes && !normalizer.has_spaces &&
                        normalizer.prefix == Normalizer::Prefix::kNone && model.added.empty();
  const auto tokenizer = pair_tokenizer(std::move(model));
  encode(*tokenizer, text);
  if (is_exact) {
    const auto ids = tokenizer->encode(text, SpecialTokens::kAreText);
    require(tokenizer->decode(ids) == text, "tokens are their text");
  }
}

void try_pieces(std::string_view file, std::string_view text) {
  const SentencePieces pieces = read_sentence_pieces(file, "fuzz");
  if (pieces.model == SentencePieces::Model::kPairs) {
    encode(*pair_tokenizer(pair_model_of(pieces, "fuzz")), text);
  } else {
    encode(*unigram_tokenizer(pieces, "fuzz", {}), text);
  }
}

}  // namespace
}  // namespace tandem

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tandem;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string_view text = input.substr(input.size() - std::min<std::size_t>(size, 100));
  try {
    if (input.starts_with('{')) {
      try_json(input.substr(0, input.find('\0')), text);
    } else {
      try_pieces(input, text);
    }
  } catch (const InputError&) {
  }
  return 0;
}
