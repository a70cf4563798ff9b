// A vocabulary that can be worked out by hand: the single bytes, and a few pairs.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace tandem {

/// As RFC 4648 has it.
inline std::string base64(std::string_view bytes) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    unsigned bits = 0;
    for (std::size_t j = i; j < i + 3; ++j) {
      bits = bits << 8U | (j < bytes.size() ? static_cast<unsigned char>(bytes[j]) : 0U);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      text += i + j <= bytes.size() ? kAlphabet[bits >> (18 - 6 * j) & 63U] : '=';
    }
  }
  return text;
}

/// The lines of a vocabulary: all bytes by number, then `more` from 256 on.
inline std::string small_vocabulary(std::initializer_list<std::string_view> more = {}) {
  std::string lines;
  int rank = 0;
  for (; rank < 256; ++rank) {
    lines += base64(std::string(1, static_cast<char>(rank))) + " " + std::to_string(rank) + "\n";
  }
  for (const std::string_view token : more) {
    lines += base64(token) + " " + std::to_string(rank++) + "\n";
  }
  return lines;
}

}  // namespace tandem
