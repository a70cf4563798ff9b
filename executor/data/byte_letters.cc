// GPT-2's table: https://github.com/openai/gpt-2 (MIT), src/encoder.py, bytes_to_unicode().
#include "executor/data/byte_letters.h"

#include <array>
#include <charconv>
#include <cstdint>

#include "executor/data/utf8.h"

namespace tandem {
namespace {

constexpr std::uint16_t kNoByte = 256;

bool prints(unsigned byte) {
  return (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

/// By letter: 188 bytes stand for themselves, and 68 have letters of their own.
std::array<std::uint16_t, 256 + 68> letters_table() {
  std::array<std::uint16_t, 256 + 68> bytes{};
  bytes.fill(kNoByte);
  std::size_t next = 256;
  for (std::uint16_t byte = 0; byte < 256; ++byte) bytes[prints(byte) ? byte : next++] = byte;
  return bytes;
}

}  // namespace

std::string bytes_of_letters(std::string_view letters) {
  static const auto kBytes = letters_table();
  std::string bytes;
  for (std::string_view rest = letters; !rest.empty();) {
    const Utf8Char letter = first_char(rest);
    const bool known = letter.kind == Utf8Char::Kind::kWhole && letter.code < kBytes.size() &&
                       kBytes[letter.code] != kNoByte;
    if (!known) return std::string(letters);
    bytes += static_cast<char>(kBytes[letter.code]);
    rest.remove_prefix(letter.length);
  }
  return bytes;
}

std::optional<unsigned char> byte_named(std::string_view name) {
  if (name.size() != 6 || !name.starts_with("<0x") || name[5] != '>') return std::nullopt;
  unsigned char byte = 0;
  const auto [end, error] = std::from_chars(name.data() + 3, name.data() + 5, byte, 16);
  if (error != std::errc{} || end != name.data() + 5) return std::nullopt;
  return byte;
}

}  // namespace tandem
