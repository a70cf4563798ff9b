// The well-formed sequences of Unicode 15, table 3-7: the second byte has bounds of its own.
#include "executor/data/utf8.h"

#include <algorithm>

namespace tandem {
namespace {

struct Form {
  std::size_t length = 0;  ///< 0: no character begins with this byte.
  unsigned low = 0x80;     ///< Of the second byte.
  unsigned high = 0xBF;
};

Form form_of(unsigned first) {
  if (first < 0x80) return {1};
  if (first < 0xC2 || first > 0xF4) return {};
  if (first < 0xE0) return {2};
  if (first < 0xF0) return {3, first == 0xE0 ? 0xA0U : 0x80U, first == 0xED ? 0x9FU : 0xBFU};
  return {4, first == 0xF0 ? 0x90U : 0x80U, first == 0xF4 ? 0x8FU : 0xBFU};
}

}  // namespace

Utf8Char first_char(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const Form form = form_of(byte(0));
  if (form.length == 1) return {Utf8Char::Kind::kWhole, byte(0), 1};
  if (form.length == 0) return {Utf8Char::Kind::kBroken, 0, 1};
  char32_t code = byte(0) & (0x7FU >> form.length);
  const std::size_t end = std::min(form.length, text.size());
  for (std::size_t i = 1; i < end; ++i) {
    const bool fits =
        i == 1 ? byte(i) >= form.low && byte(i) <= form.high : byte(i) >= 0x80 && byte(i) <= 0xBF;
    if (!fits) return {Utf8Char::Kind::kBroken, 0, i};
    code = code << 6U | (byte(i) & 0x3FU);
  }
  const auto kind = end == form.length ? Utf8Char::Kind::kWhole : Utf8Char::Kind::kCut;
  return {kind, code, end};
}

}  // namespace tandem
