// What patterns that cut a text into words ask of a character: letter, number or space, in all of
// Unicode.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tandem {

enum class CharClass : std::uint8_t {
  kLetter,  ///< \p{L}
  kNumber,  ///< \p{N}
  kSpace,   ///< \s
  kOther,   ///< All others, and bytes that are no UTF-8.
};

struct ClassedChar {
  CharClass kind = CharClass::kOther;
  std::size_t length = 1;  ///< In bytes.
};

/// The character that begins at `at`, which is within the text.
ClassedChar char_at(std::string_view text, std::size_t at);

/// Where the characters of one kind end that begin at `at`, and where the last of them begins.
struct CharRun {
  std::size_t last = 0;
  std::size_t end = 0;
};
CharRun run_of(std::string_view text, std::size_t at, CharClass kind);

}  // namespace tandem
