// Text character by character, where the bytes may be anything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tandem {

struct Utf8Char {
  enum class Kind : std::uint8_t {
    kWhole,
    kCut,     ///< The text ends within a character.
    kBroken,  ///< No character begins so.
  };
  Kind kind = Kind::kWhole;
  char32_t code = 0;       ///< Of a whole one.
  std::size_t length = 1;  ///< In bytes; of a broken one, those that cannot belong to another.
};

/// The first character of a text that is not empty. By Unicode 15, table 3-7: no surrogates, no
/// form longer than needed.
Utf8Char first_char(std::string_view text);

}  // namespace tandem
