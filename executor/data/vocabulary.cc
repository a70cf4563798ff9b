// Line by line, so that whatever is wrong has a place; what only the whole can lack comes last.
#include "executor/data/vocabulary.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bitset>
#include <charconv>
#include <cstdint>
#include <optional>
#include <unordered_set>

#include "executor/data/word_table.h"
#include "policies/core/error.h"

namespace tandem {
namespace {

/// The value of a base64 digit (RFC 4648, section 4); 64 for what is none.
constexpr std::array<std::uint8_t, 256> kDigits = [] {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::array<std::uint8_t, 256> digits{};
  digits.fill(64);
  for (std::uint8_t i = 0; i < kAlphabet.size(); ++i) {
    digits[static_cast<unsigned char>(kAlphabet[i])] = i;
  }
  return digits;
}();

/// The bytes; nothing if the text is no base64 of at least one byte.
std::optional<std::string> from_base64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  text.remove_suffix(padding);
  std::string bytes;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char character : text) {
    const std::uint8_t digit = kDigits[static_cast<unsigned char>(character)];
    if (digit == 64) return std::nullopt;
    bits = bits << 6U | digit;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes += static_cast<char>(bits >> held & 0xFFU);
  }
  // What is left over must be nothing but the filling up.
  if ((bits & ((1U << held) - 1)) != 0) return std::nullopt;
  return bytes;
}

class VocabularyReader {
 public:
  /// `lines` is the most that there may be tokens.
  VocabularyReader(const std::string& file, std::size_t lines) : file_(file), tokens_(lines) {}

  void read_line(std::string_view line) {
    ++line_;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) return;
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos) fail("expected a token in base64, a space and its rank");
    const auto token = from_base64(line.substr(0, space));
    if (!token) fail(fmt::format("'{}' is no base64", shown(line.substr(0, space))));
    place(rank_of(line.substr(space + 1)), *token);
  }

  std::vector<std::string> tokens() && {
    line_ = 0;
    tokens_.resize(known_.size());
    for (std::size_t rank = 0; rank < tokens_.size(); ++rank) {
      if (tokens_[rank].empty()) fail(fmt::format("rank {} is missing", rank));
    }
    std::bitset<256> bytes;
    for (const std::string& token : tokens_) {
      if (token.size() == 1) bytes.set(static_cast<unsigned char>(token[0]));
    }
    if (!bytes.all()) {
      std::size_t missing = 0;
      while (bytes.test(missing)) ++missing;
      fail(fmt::format("there is no token for the single byte {}", missing));
    }
    return std::move(tokens_);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw InputError(Position{file_, line_, 0}, what);
  }

  /// The beginning of what may be a line of anything.
  static std::string shown(std::string_view text) {
    std::string start;
    for (const char byte : text.substr(0, 40)) start += byte >= ' ' && byte <= '~' ? byte : '?';
    return start;
  }

  std::uint32_t rank_of(std::string_view text) const {
    std::uint32_t rank = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rank);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    if (!whole || rank >= tokens_.size()) {
      fail(fmt::format("expected a rank from 0 to less than the {} lines of the file, not '{}'",
                       tokens_.size(), shown(text)));
    }
    return rank;
  }

  void place(std::uint32_t rank, const std::string& token) {
    if (token.size() > kMostTokenBytes) {
      fail(fmt::format("no token has more than {} bytes", kMostTokenBytes));
    }
    if (!known_.insert(token).second) fail("this token is there twice");
    if (!tokens_[rank].empty()) fail(fmt::format("the rank {} is there twice", rank));
    tokens_[rank] = token;
  }

  const std::string& file_;
  std::size_t line_ = 0;
  std::vector<std::string> tokens_;
  std::unordered_set<std::string> known_;
};

}  // namespace

std::vector<std::string> read_vocabulary(std::string_view text, const std::string& file) {
  const auto lines = static_cast<std::size_t>(std::ranges::count(text, '\n'));
  VocabularyReader reader(file, text.ends_with('\n') ? lines : lines + 1);
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    reader.read_line(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return std::move(reader).tokens();
}

Merges merges_of(std::span<const std::string> tokens, std::span<const std::uint32_t> ranks) {
  WordTable<TokenId> ids;
  for (TokenId id = 0; id < tokens.size(); ++id) {
    if (!tokens[id].empty() && ids.find(tokens[id]) == nullptr) ids.insert(tokens[id], id);
  }
  Merges merges;
  for (TokenId id = 0; id < tokens.size(); ++id) {
    const std::string_view token = tokens[id];
    for (std::size_t cut = 1; cut < token.size(); ++cut) {
      const TokenId* left = ids.find(token.substr(0, cut));
      const TokenId* right = ids.find(token.substr(cut));
      if (left != nullptr && right != nullptr) merges.add(*left, *right, {ranks[id], id});
    }
  }
  return merges;
}

}  // namespace tandem
