#include "executor/data/piece_tokens.h"

#include <fmt/format.h>

#include <algorithm>
#include <bitset>
#include <functional>
#include <memory>

#include "executor/data/byte_letters.h"
#include "executor/data/json_stages.h"
#include "executor/data/normalizer.h"
#include "executor/data/piece_normalizer.h"
#include "executor/data/utf8.h"
#include "executor/data/vocabulary.h"
#include "policies/core/error.h"

namespace tandem {
namespace {

using Kind = SentencePieces::Kind;

/// 0 for the highest score there is, 1 for the next …
std::vector<std::uint32_t> ranks_of(const SentencePieces& model) {
  std::vector<float> scores;
  for (const auto& piece : model.pieces) scores.push_back(piece.score);
  std::ranges::sort(scores, std::greater<>());
  scores.erase(std::unique(scores.begin(), scores.end()), scores.end());
  std::vector<std::uint32_t> ranks;
  for (const auto& piece : model.pieces) {
    const auto at = std::ranges::lower_bound(scores, piece.score, std::greater<>());
    ranks.push_back(static_cast<std::uint32_t>(at - scores.begin()));
  }
  return ranks;
}

}  // namespace

PieceTokens piece_tokens(const SentencePieces& model, const std::string& file) {
  PieceTokens tokens;
  std::bitset<256> known;
  for (TokenId id = 0; id < model.pieces.size(); ++id) {
    const auto& piece = model.pieces[id];
    if (piece.kind == Kind::kNormal) {
      tokens.bytes.push_back(spaces_unmarked(piece.name));
    } else if (piece.kind == Kind::kByte) {
      const auto byte = byte_named(piece.name);
      if (!byte) {
        throw InputError(Position{file}, fmt::format("'{}' is the name of no byte", piece.name));
      }
      tokens.bytes.emplace_back(1, static_cast<char>(*byte));
      tokens.of_byte[*byte] = id;
      known.set(*byte);
    } else {
      tokens.bytes.push_back(piece.name);
      tokens.added.push_back({piece.name, id, true});
    }
  }
  if (model.falls_back_on_bytes && !known.all()) {
    throw InputError(Position{file}, "not all 256 bytes to fall back on are there");
  }
  return tokens;
}

PairModel pair_model_of(const SentencePieces& model, const std::string& file) {
  PieceTokens tokens = piece_tokens(model, file);
  std::vector<std::string> normal(model.pieces.size());
  PairModel result;
  for (TokenId id = 0; id < model.pieces.size(); ++id) {
    if (model.pieces[id].kind != Kind::kNormal) continue;
    normal[id] = tokens.bytes[id];
    const Utf8Char first = first_char(normal[id]);
    if (first.length == normal[id].size()) result.chars.push_back(id);
  }
  result.name = "sentencepiece";
  result.merges = merges_of(normal, ranks_of(model));
  result.tokens = std::move(tokens.bytes);
  result.bytes = tokens.of_byte;
  result.added = std::move(tokens.added);
  if (!model.falls_back_on_bytes) result.unknown = model.unknown;
  if (has_only_leading_spaces(result)) result.first_word = first_spaced_word;
  if (model.character_map.empty() && !model.trims_spaces) {
    result.normalizer.has_spaces = true;
    if (model.adds_space) result.normalizer.prefix = Normalizer::Prefix::kAlways;
  } else {
    result.normalizer.pieces = std::make_shared<const PieceNormalizer>(model, file);
  }
  return result;
}

}  // namespace tandem
