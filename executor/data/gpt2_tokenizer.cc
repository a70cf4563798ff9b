// GPT-2's tokenizer: words, then byte pairs within each. Most words of a text are tokens, or have
// come before in it.
#include <fmt/format.h>

#include "executor/data/byte_pairs.h"
#include "executor/data/gpt2_words.h"
#include "executor/data/vocabulary.h"
#include "policies/core/error.h"
#include "workloads/traces/text_file.h"

namespace tandem {
namespace {

constexpr std::string_view kEndOfText = "<|endoftext|>";

/// Encodes a text, remembering the words it has split.
class Encoder {
 public:
  explicit Encoder(const BytePairs& pairs) : pairs_(pairs) {}

  void add(std::string_view text) {
    while (!text.empty()) {
      const std::size_t length = first_word(text);
      add_word(text.substr(0, length));
      text.remove_prefix(length);
    }
  }
  void add(TokenId id) { ids_.push_back(id); }
  std::vector<TokenId> ids() && { return std::move(ids_); }

 private:
  /// Where among the ids a word has stood first.
  struct Stretch {
    std::size_t begin = 0;
    std::size_t count = 0;
  };

  void add_word(std::string_view word) {
    if (const TokenId* whole = pairs_.find(word)) return ids_.push_back(*whole);
    if (const Stretch* known = split_.find(word)) {
      for (std::size_t i = 0; i < known->count; ++i) ids_.push_back(ids_[known->begin + i]);
      return;
    }
    const std::size_t begin = ids_.size();
    pairs_.merge(word, ids_);
    split_.insert(word, {begin, ids_.size() - begin});
  }

  const BytePairs& pairs_;
  std::vector<TokenId> ids_;
  WordTable<Stretch> split_;
};

class Gpt2Tokenizer final : public Tokenizer {
 public:
  explicit Gpt2Tokenizer(std::vector<std::string> tokens) : pairs_(std::move(tokens)) {}

  std::string_view name() const override { return "gpt2"; }
  std::int64_t vocabulary() const override { return static_cast<std::int64_t>(pairs_.size()) + 1; }
  std::vector<TokenId> encode(std::string_view text, SpecialTokens specials) const override {
    Encoder encoder(pairs_);
    if (specials == SpecialTokens::kAreTokens) {
      for (std::size_t end = text.find(kEndOfText); end != std::string_view::npos;
           end = text.find(kEndOfText)) {
        encoder.add(text.substr(0, end));
        encoder.add(end_token());
        text.remove_prefix(end + kEndOfText.size());
      }
    }
    encoder.add(text);
    return std::move(encoder).ids();
  }
  std::string_view bytes(TokenId id) const override {
    if (id < pairs_.size()) return pairs_.token(id);
    if (id == end_token()) return kEndOfText;
    throw InputError(fmt::format("{} is no token: the vocabulary has {}", id, vocabulary()));
  }
  std::optional<TokenId> end_of_text() const override { return end_token(); }

 private:
  TokenId end_token() const { return static_cast<TokenId>(pairs_.size()); }

  BytePairs pairs_;
};

}  // namespace

std::unique_ptr<const Tokenizer> gpt2_tokenizer(const std::filesystem::path& vocabulary) {
  const TextFile file(vocabulary);
  return std::make_unique<Gpt2Tokenizer>(read_vocabulary(file.text(), vocabulary.string()));
}

}  // namespace tandem
