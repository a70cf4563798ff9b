// Words are cut, looked up, and merged if need be. Most words of a text are tokens, or have come
// before in it.
#include "executor/data/pair_tokenizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "executor/data/utf8.h"
#include "executor/data/word_table.h"
#include "policies/core/error.h"

namespace tandem {
namespace {

/// The tables of a model by which a word becomes tokens.
class Words {
 public:
  explicit Words(const PairModel& model) : model_(model) {
    for (const TokenId id : model.chars) {
      if (chars_.find(model.tokens[id]) == nullptr) chars_.insert(model.tokens[id], id);
    }
    std::vector<TokenId> parts;
    Merger merger(model.merges);
    std::vector<bool> is_added(model.tokens.size());
    for (const AddedToken& token : model.added) is_added[token.id] = true;
    for (TokenId id = 0; id < model.tokens.size(); ++id) {
      const std::string& word = model.tokens[id];
      if (word.empty() || is_added[id] || whole_.find(word) != nullptr) continue;
      if (!model.takes_whole_words) {
        cut(word, parts);
        merger.merge(parts);
      }
      const bool is_itself = model.takes_whole_words || parts == std::vector{id};
      if (is_itself) whole_.insert(word, id);
    }
  }

  /// The token that a word becomes as a whole; null: look at its parts.
  const TokenId* find(std::string_view word) const { return whole_.find(word); }

  /// The parts of a word from which merging begins.
  void cut(std::string_view word, std::vector<TokenId>& parts) const {
    parts.clear();
    while (!word.empty()) {
      const std::size_t length = model_.chars.empty() ? 1 : first_char(word).length;
      const TokenId* whole = chars_.find(word.substr(0, length));
      if (whole != nullptr) {
        parts.push_back(*whole);
      } else if (model_.unknown) {
        if (parts.empty() || parts.back() != *model_.unknown) parts.push_back(*model_.unknown);
      } else {
        for (const char byte : word.substr(0, length)) {
          parts.push_back(model_.bytes[static_cast<unsigned char>(byte)]);
        }
      }
      word.remove_prefix(length);
    }
  }

 private:
  const PairModel& model_;
  WordTable<TokenId> whole_;
  WordTable<TokenId> chars_;
};

/// Encodes a stretch of text, remembering the words it has merged.
class Encoder {
 public:
  Encoder(const PairModel& model, const Words& words, std::vector<TokenId>& ids)
      : model_(model), words_(words), merger_(model.merges), ids_(ids) {}

  void add(std::string_view text) {
    while (!text.empty()) {
      const std::size_t length = model_.first_word ? model_.first_word(text) : text.size();
      add_word(text.substr(0, length));
      text.remove_prefix(length);
    }
  }

 private:
  /// Where among the ids a word has stood first.
  struct Stretch {
    std::size_t begin = 0;
    std::size_t count = 0;
  };

  void add_word(std::string_view word) {
    if (const TokenId* whole = words_.find(word)) return ids_.push_back(*whole);
    if (const Stretch* known = merged_.find(word)) {
      for (std::size_t i = 0; i < known->count; ++i) ids_.push_back(ids_[known->begin + i]);
      return;
    }
    words_.cut(word, parts_);
    merger_.merge(parts_);
    merged_.insert(word, {ids_.size(), parts_.size()});
    ids_.insert(ids_.end(), parts_.begin(), parts_.end());
  }

  const PairModel& model_;
  const Words& words_;
  Merger merger_;
  std::vector<TokenId>& ids_;
  std::vector<TokenId> parts_;
  WordTable<Stretch> merged_;
};

/// With the names of added tokens among its tokens.
PairModel completed(PairModel model) {
  for (const AddedToken& token : model.added) {
    if (token.id >= model.tokens.size()) model.tokens.resize(token.id + std::size_t{1});
    model.tokens[token.id] = token.name;
  }
  return model;
}

class PairTokenizer final : public Tokenizer {
 public:
  explicit PairTokenizer(PairModel model)
      : model_(completed(std::move(model))), words_(model_), added_(model_.added) {}

  std::string_view name() const override { return model_.name; }
  std::int64_t vocabulary() const override { return std::ssize(model_.tokens); }

  std::vector<TokenId> encode(std::string_view text, SpecialTokens specials) const override {
    std::vector<TokenId> ids;
    std::string changed;
    const char* begin = text.data();
    added_.split(
        text, specials,
        [&](std::string_view stretch) {
          Encoder(model_, words_, ids)
              .add(model_.normalizer.apply(stretch, stretch.data() == begin, changed));
        },
        [&](TokenId id) { ids.push_back(id); });
    return ids;
  }

  std::string_view bytes(TokenId id) const override {
    if (id < model_.tokens.size()) return model_.tokens[id];
    throw InputError(fmt::format("{} is no token: the vocabulary has {}", id, vocabulary()));
  }
  std::optional<TokenId> begin_of_text() const override { return model_.ends.begin; }
  std::optional<TokenId> end_of_text() const override {
    return model_.ends.ends.empty() ? std::nullopt : std::optional(model_.ends.ends.front());
  }
  std::vector<TokenId> ends_of_answer() const override { return model_.ends.ends; }

 private:
  PairModel model_;
  Words words_;
  AddedTokens added_;
};

}  // namespace

std::unique_ptr<const Tokenizer> pair_tokenizer(PairModel model) {
  return std::make_unique<PairTokenizer>(std::move(model));
}

}  // namespace tandem
