// How vocabulary files write bytes as text: byte-level ones as a letter for each byte, those of
// characters as "<0x0A>".
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tandem {

/// The bytes of a token that is written in GPT-2's letters: bytes that print stand for themselves,
/// the others for the characters from U+0100 on. A token with a character that is no such letter is
/// what is written.
std::string bytes_of_letters(std::string_view letters);

/// The byte that "<0x0A>" stands for; nothing if the text is no such name.
std::optional<unsigned char> byte_named(std::string_view name);

}  // namespace tandem
