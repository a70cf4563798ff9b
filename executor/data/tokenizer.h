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
  /// Of any bytes; decode() gives them back, but for what tokenizer_of() says of its kinds.
  virtual std::vector<TokenId> encode(std::string_view text, SpecialTokens specials) const = 0;
  /// The bytes of one token, which need not be whole characters; of a special one, its name; none,
  /// if no token has this number. Throws InputError for an id beyond the vocabulary.
  virtual std::string_view bytes(TokenId id) const = 0;
  /// What a model wants in front of every text; encode() does not put it there.
  virtual std::optional<TokenId> begin_of_text() const { return std::nullopt; }
  /// What stands between documents and ends an answer; nothing: there is no such token.
  virtual std::optional<TokenId> end_of_text() const = 0;
  /// All tokens that end an answer: a chat's turns may have one of their own.
  virtual std::vector<TokenId> ends_of_answer() const;

  std::string decode(std::span<const TokenId> ids) const;
};

/// Every byte is its own number.
std::unique_ptr<const Tokenizer> byte_tokenizer();

/// GPT-2's byte pairs (Radford et al. 2019, section 2.2) by a vocabulary file in tiktoken's form:
/// lines "base64 rank". `<|endoftext|>` is the token behind the last. Throws InputError for a file
/// that is missing or malformed.
std::unique_ptr<const Tokenizer> gpt2_tokenizer(const std::filesystem::path& vocabulary);

/// That of a model's folder as Hugging Face has it, by the first of these files that is there:
/// - tokenizer.json of byte pairs, on bytes (GPT-2, Llama 3, Qwen 2) or on characters with bytes
///   to fall back on (Llama 2);
/// - vocab.json and merges.txt, GPT-2's;
/// - tokenizer.model, sentencepiece's, of byte pairs or Unigram.
/// Which tokens begin and end texts, tokenizer_config.json, generation_config.json and config.json
/// beside it say. Names of added tokens are found as they are written; those that are not special
/// are always tokens.
///
/// decode(encode(x)) is x where the kind works on bytes, Unicode's form C of x where the file asks
/// for it (Qwen 2). Kinds whose pieces have spaces in front (Llama 2, sentencepiece) put one in
/// front of the text, which decode() gives back: whoever decodes a whole text takes it off, whoever
/// decodes an answer to a prompt leaves it, since there it is meant. Without bytes to fall back on,
/// characters that no piece has are lost.
///
/// Throws InputError with the file for what is missing, malformed, or not supported.
std::unique_ptr<const Tokenizer> tokenizer_of(const std::filesystem::path& folder);

}  // namespace tandem
