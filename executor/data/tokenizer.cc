// Decoding, which is the same for all, and the tokenizer that needs no vocabulary.
#include "executor/data/tokenizer.h"

#include <fmt/format.h>

#include <array>

#include "policies/core/error.h"

namespace tandem {
namespace {

class ByteTokenizer final : public Tokenizer {
 public:
  ByteTokenizer() {
    for (std::size_t i = 0; i < bytes_.size(); ++i) bytes_[i] = static_cast<char>(i);
  }
  std::string_view name() const override { return "bytes"; }
  std::int64_t vocabulary() const override { return std::ssize(bytes_); }
  std::vector<TokenId> encode(std::string_view text, SpecialTokens) const override {
    std::vector<TokenId> ids;
    ids.reserve(text.size());
    for (const char byte : text) ids.push_back(static_cast<unsigned char>(byte));
    return ids;
  }
  std::string_view bytes(TokenId id) const override {
    if (id >= bytes_.size()) throw InputError(fmt::format("{} is no byte", id));
    return {&bytes_[id], 1};
  }
  std::optional<TokenId> end_of_text() const override { return std::nullopt; }

 private:
  std::array<char, 256> bytes_{};
};

}  // namespace

std::vector<TokenId> Tokenizer::ends_of_answer() const {
  const auto end = end_of_text();
  return end ? std::vector{*end} : std::vector<TokenId>{};
}

std::string Tokenizer::decode(std::span<const TokenId> ids) const {
  std::string text;
  for (const TokenId id : ids) text += bytes(id);
  return text;
}

std::unique_ptr<const Tokenizer> byte_tokenizer() { return std::make_unique<ByteTokenizer>(); }

}  // namespace tandem
