// A table for ASCII, utf8proc's for the rest: g++'s <regex> knows no \p{L}.
#include "executor/data/char_class.h"

#include <utf8proc.h>

#include <array>

#include "executor/data/utf8.h"

namespace tandem {
namespace {

CharClass class_of(char32_t code) {
  constexpr char32_t kNextLine = 0x85;  // The one space outside ASCII that is a control character.
  if (code == kNextLine) return CharClass::kSpace;
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(code))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO: return CharClass::kLetter;
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO: return CharClass::kNumber;
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP: return CharClass::kSpace;
    default: return CharClass::kOther;
  }
}

constexpr std::array<CharClass, 128> kAscii = [] {
  std::array<CharClass, 128> classes{};
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const bool letter = (i >= 'a' && i <= 'z') || (i >= 'A' && i <= 'Z');
    const bool number = i >= '0' && i <= '9';
    const bool space = i == ' ' || (i >= '\t' && i <= '\r');
    classes[i] = letter   ? CharClass::kLetter
                 : number ? CharClass::kNumber
                 : space  ? CharClass::kSpace
                          : CharClass::kOther;
  }
  return classes;
}();

}  // namespace

ClassedChar char_at(std::string_view text, std::size_t at) {
  const auto byte = static_cast<unsigned char>(text[at]);
  if (byte < kAscii.size()) return {kAscii[byte], 1};
  const Utf8Char next = first_char(text.substr(at));
  const bool whole = next.kind == Utf8Char::Kind::kWhole;
  return {whole ? class_of(next.code) : CharClass::kOther, next.length};
}

CharRun run_of(std::string_view text, std::size_t at, CharClass kind) {
  CharRun run{at, at};
  while (run.end < text.size()) {
    const ClassedChar next = char_at(text, run.end);
    if (next.kind != kind) break;
    run.last = run.end;
    run.end += next.length;
  }
  return run;
}

}  // namespace tandem
