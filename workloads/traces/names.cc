#include "workloads/traces/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

namespace tandem {
namespace {

constexpr std::size_t kLongestShown = 40;

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

/// Length of the UTF-8 sequence that `text` starts with; 0 if it is none, is longer than needed or
/// stands for no character.
std::size_t sequence_length(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
  if (!std::all_of(text.begin() + 1, text.begin() + static_cast<std::ptrdiff_t>(length),
                   is_continuation)) {
    return 0;
  }
  const auto second = static_cast<unsigned char>(text[1]);
  const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
  const bool no_character = (first == 0xED && second > 0x9F) || (first == 0xF4 && second > 0x8F);
  return overlong || no_character ? 0 : length;
}

bool is_graphic(char c) {
  const auto code = static_cast<unsigned char>(c);
  return code > 0x20 && code != 0x7F;
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

bool is_name(std::string_view text) {
  bool ascii = true;
  for (const char c : text) {
    if (!is_graphic(c)) return false;
    ascii = ascii && static_cast<unsigned char>(c) < 0x80;
  }
  return !text.empty() && (ascii || is_utf8(text));
}

std::string shown(std::string_view text) {
  const bool cut = text.size() > kLongestShown;
  if (cut) {
    std::size_t end = kLongestShown;
    while (end > 0 && is_continuation(text[end])) --end;
    text = text.substr(0, end);
  }
  const bool readable = is_utf8(text);
  std::string result = "'";
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == ' ' || (is_graphic(c) && (code < 0x80 || readable))) {
      result += c;
    } else {
      result += fmt::format("\\x{:02x}", code);
    }
  }
  return result + (cut ? "...'" : "'");
}

std::string counted(std::uint64_t count, std::string_view one) {
  return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

std::string lower_case(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

}  // namespace tandem
