// What turns text into numbers and back, for training and for serving.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tandem {

using TokenId = std::uint32_t;

/// What the names of special tokens in a text are. Those that users write must stay text.
enum class SpecialTokens : std::uint8_t { kAreText, kAreTokens };

/// Never changes; may be used by several threads at once.
class Tokenizer {
 public:
  virtual ~Tokenizer() = default;
  virtual std::string_view name() const = 0;  ///< "gpt2"
  /// Ids are below this.
  virtual std::int64_t vocabulary() const = 0;
  /// Of any bytes; decode() gives them back.
  virtual std::vector<TokenId> encode(std::string_view text, SpecialTokens specials) const = 0;
  /// The bytes of one token, which need not be whole characters; of a special one, its name.
  /// Throws InputError for an id beyond the vocabulary.
  virtual std::string_view bytes(TokenId id) const = 0;
  /// What stands between documents and ends an answer; nothing: there is no such token.
  virtual std::optional<TokenId> end_of_text() const = 0;

  std::string decode(std::span<const TokenId> ids) const;
};

/// Every byte is its own number.
std::unique_ptr<const Tokenizer> byte_tokenizer();

/// GPT-2's byte pairs (Radford et al. 2019, section 2.2) by a vocabulary file in tiktoken's form:
/// lines "base64 rank". `<|endoftext|>` is the token behind the last. Throws InputError for a file
/// that is missing or malformed.
std::unique_ptr<const Tokenizer> gpt2_tokenizer(const std::filesystem::path& vocabulary);

}  // namespace tandem
