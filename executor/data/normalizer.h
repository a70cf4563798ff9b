// What is done to a text before it is cut into words.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace tandem {

class PieceNormalizer;

/// By which files write the spaces of pieces (sentencepiece's mark).
inline constexpr std::string_view kMarkedSpace = "\u2581";

/// A text with its marks as the spaces they are.
std::string spaces_unmarked(std::string_view text);

struct Normalizer {
  bool composes = false;    ///< To Unicode's form C; bytes that are no UTF-8 stay.
  bool has_spaces = false;  ///< Marks are spaces: a text of pieces cannot have both.
  enum class Prefix : std::uint8_t {
    kNone,
    kAlways,       ///< A space in front of each stretch between added tokens.
    kUnlessThere,  ///< The same, if it does not begin with one.
    kFirst,        ///< kUnlessThere, but only where the text begins.
  };
  Prefix prefix = Prefix::kNone;
  std::shared_ptr<const PieceNormalizer> pieces;  ///< sentencepiece's own, in place of all else.

  /// `text` itself if nothing is to be done, else what it becomes, kept in `changed`. It is not
  /// empty, and is the first stretch of its text if `is_first`.
  std::string_view apply(std::string_view text, bool is_first, std::string& changed) const;
};

}  // namespace tandem
