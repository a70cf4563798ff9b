// Viterbi's search from the left, in the arithmetic of sentencepiece's own (src/unigram_model.cc,
// EncodeOptimized), so that ties end alike.
#include "executor/data/unigram_tokenizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "executor/data/added_tokens.h"
#include "executor/data/piece_normalizer.h"
#include "executor/data/piece_tokens.h"
#include "executor/data/utf8.h"
#include "executor/data/word_table.h"
#include "policies/core/error.h"

namespace tandem {
namespace {

using Kind = SentencePieces::Kind;

class UnigramTokenizer final : public Tokenizer {
 public:
  UnigramTokenizer(const SentencePieces& model, const std::string& file, TextEnds ends)
      : tokens_(piece_tokens(model, file)),
        normalizer_(model, file),
        added_(tokens_.added),
        unknown_(model.unknown),
        falls_back_(model.falls_back_on_bytes),
        ends_(std::move(ends)) {
    for (TokenId id = 0; id < model.pieces.size(); ++id) {
      scores_.push_back(model.pieces[id].score);
      if (model.pieces[id].kind != Kind::kNormal) continue;
      lowest_ = std::min(lowest_, model.pieces[id].score);
      longest_ = std::max(longest_, tokens_.bytes[id].size());
      if (ids_.find(tokens_.bytes[id]) == nullptr) ids_.insert(tokens_.bytes[id], id);
    }
  }

  std::string_view name() const override { return "unigram"; }
  std::int64_t vocabulary() const override { return std::ssize(tokens_.bytes); }
  std::vector<TokenId> encode(std::string_view text, SpecialTokens specials) const override {
    std::vector<TokenId> ids;
    added_.split(
        text, specials,
        [&](std::string_view stretch) { add(normalizer_.normalized(stretch), ids); },
        [&](TokenId id) { ids.push_back(id); });
    return ids;
  }
  std::string_view bytes(TokenId id) const override {
    if (id < tokens_.bytes.size()) return tokens_.bytes[id];
    throw InputError(fmt::format("{} is no token: the vocabulary has {}", id, vocabulary()));
  }
  std::optional<TokenId> begin_of_text() const override { return ends_.begin; }
  std::optional<TokenId> end_of_text() const override {
    return ends_.ends.empty() ? std::nullopt : std::optional(ends_.ends.front());
  }
  std::vector<TokenId> ends_of_answer() const override { return ends_.ends; }

 private:
  /// The likeliest way to a place of the text: its last piece.
  struct Way {
    static constexpr std::size_t kNone = ~std::size_t{0};
    std::size_t begin = kNone;
    TokenId id = 0;
    float score = 0;
  };

  static void offer(Way& way, float score, std::size_t begin, TokenId id) {
    if (way.begin != Way::kNone && score <= way.score) return;
    way = {begin, id, score};
  }

  std::vector<Way> ways_through(std::string_view text) const {
    constexpr float kUnknownPenalty = 10;
    std::vector<Way> ways(text.size() + 1);
    for (std::size_t at = 0; at < text.size();) {
      const float here = ways[at].score;
      const std::size_t one = first_char(text.substr(at)).length;
      bool is_known = false;
      for (std::size_t length = 1; length <= std::min(longest_, text.size() - at); ++length) {
        const TokenId* id = ids_.find(text.substr(at, length));
        if (id == nullptr) continue;
        offer(ways[at + length], scores_[*id] + here, at, *id);
        is_known = is_known || length == one;
      }
      if (!is_known) offer(ways[at + one], lowest_ - kUnknownPenalty + here, at, unknown_);
      at += one;
    }
    return ways;
  }

  void add(std::string_view text, std::vector<TokenId>& ids) const {
    const std::vector<Way> ways = ways_through(text);
    std::vector<std::pair<std::size_t, TokenId>> pieces;  // Where each begins, from the last on.
    for (std::size_t end = text.size(); end > 0; end = ways[end].begin) {
      pieces.emplace_back(ways[end].begin, ways[end].id);
    }
    bool behind_unknown = false;
    for (std::size_t i = pieces.size(); i > 0; --i) {
      const auto [begin, id] = pieces[i - 1];
      const std::size_t end = i > 1 ? pieces[i - 2].first : text.size();
      if (id == unknown_ && falls_back_) {
        for (const char byte : text.substr(begin, end - begin)) {
          ids.push_back(tokens_.of_byte[static_cast<unsigned char>(byte)]);
        }
      } else if (id != unknown_ || !behind_unknown) {
        ids.push_back(id);
      }
      behind_unknown = id == unknown_;
    }
  }

  const PieceTokens tokens_;
  const PieceNormalizer normalizer_;
  const AddedTokens added_;
  const TokenId unknown_;
  const bool falls_back_;
  const TextEnds ends_;
  WordTable<TokenId> ids_;
  std::vector<float> scores_;
  std::size_t longest_ = 1;
  float lowest_ = std::numeric_limits<float>::max();
};

}  // namespace

std::unique_ptr<const Tokenizer> unigram_tokenizer(const SentencePieces& model,
                                                   const std::string& file, TextEnds ends) {
  return std::make_unique<UnigramTokenizer>(model, file, std::move(ends));
}

}  // namespace tandem
