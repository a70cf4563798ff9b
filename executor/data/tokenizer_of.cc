// Which of its files says what a model's tokens are.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "executor/data/json_file.h"
#include "executor/data/pair_tokenizer.h"
#include "executor/data/piece_tokens.h"
#include "executor/data/sentencepiece_model.h"
#include "executor/data/text_ends.h"
#include "executor/data/tokenizer_json.h"
#include "executor/data/unigram_tokenizer.h"
#include "policies/core/error.h"
#include "workloads/traces/text_file.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

/// The added token of a name, or the token with these bytes.
std::optional<TokenId> number_of(const std::vector<AddedToken>& added,
                                 const std::vector<std::string>& tokens, std::string_view name) {
  const auto special = std::ranges::find(added, name, &AddedToken::name);
  if (special != added.end()) return special->id;
  const auto token = std::ranges::find(tokens, name);
  if (name.empty() || token == tokens.end()) return std::nullopt;
  return static_cast<TokenId>(token - tokens.begin());
}

std::unique_ptr<const Tokenizer> finished(PairModel model, const fs::path& folder) {
  std::int64_t vocabulary = std::ssize(model.tokens);
  for (const AddedToken& token : model.added) {
    vocabulary = std::max<std::int64_t>(vocabulary, std::int64_t{token.id} + 1);
  }
  model.ends = text_ends_of(folder, std::move(model.ends), vocabulary, [&](std::string_view name) {
    return number_of(model.added, model.tokens, name);
  });
  return pair_tokenizer(std::move(model));
}

std::unique_ptr<const Tokenizer> of_tokenizer_json(const fs::path& folder) {
  const fs::path file = folder / "tokenizer.json";
  const auto json = read_json(file);
  return finished(model_of_json(JsonPart(json, file.string(), "")), folder);
}

/// Others have such files, too, but cut words in other ways.
void check_is_gpt2(const fs::path& folder) {
  const fs::path file = folder / "tokenizer_config.json";
  if (!fs::exists(file)) return;
  const auto json = read_json(file);
  const JsonPart part = JsonPart(json, file.string(), "")["tokenizer_class"];
  const std::string name = part.text_or("GPT2Tokenizer");
  if (name == "GPT2Tokenizer" || name == "GPT2TokenizerFast") return;
  part.fail(fmt::format("'{}' needs a tokenizer.json: vocab.json and merges.txt alone are GPT-2's",
                        name));
}

std::unique_ptr<const Tokenizer> of_gpt2_files(const fs::path& folder) {
  check_is_gpt2(folder);
  const fs::path file = folder / "vocab.json";
  const auto json = read_json(file);
  const TextFile merges(folder / "merges.txt");
  PairModel model = model_of_gpt2_files(JsonPart(json, file.string(), ""), merges.text(),
                                        (folder / "merges.txt").string());
  if (!model.added.empty()) model.ends.ends.push_back(model.added.front().id);
  return finished(std::move(model), folder);
}

std::unique_ptr<const Tokenizer> of_sentencepiece(const fs::path& folder) {
  const fs::path file = folder / "tokenizer.model";
  const TextFile opened(file);
  const SentencePieces pieces = read_sentence_pieces(opened.text(), file.string());
  TextEnds ends;
  const auto end = std::ranges::find(pieces.pieces, pieces.end_name, &SentencePieces::Piece::name);
  if (end != pieces.pieces.end()) {
    ends.ends.push_back(static_cast<TokenId>(end - pieces.pieces.begin()));
  }
  if (pieces.model == SentencePieces::Model::kPairs) {
    PairModel model = pair_model_of(pieces, file.string());
    model.ends = std::move(ends);
    return finished(std::move(model), folder);
  }
  const PieceTokens tokens = piece_tokens(pieces, file.string());
  ends = text_ends_of(
      folder, std::move(ends), std::ssize(pieces.pieces),
      [&](std::string_view name) { return number_of(tokens.added, tokens.bytes, name); });
  return unigram_tokenizer(pieces, file.string(), std::move(ends));
}

}  // namespace

std::unique_ptr<const Tokenizer> tokenizer_of(const fs::path& folder) {
  if (fs::exists(folder / "tokenizer.json")) return of_tokenizer_json(folder);
  if (fs::exists(folder / "vocab.json")) return of_gpt2_files(folder);
  if (fs::exists(folder / "tokenizer.model")) return of_sentencepiece(folder);
  throw InputError(Position{folder.string()},
                   "there is no tokenizer: expected tokenizer.json, vocab.json with merges.txt, or "
                   "tokenizer.model");
}

}  // namespace tandem
