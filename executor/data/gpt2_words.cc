// The expression by hand, alternative after alternative: g++'s <regex> knows no \p{L}, and nothing
// that does is as fast.
#include "executor/data/gpt2_words.h"

#include <utf8proc.h>

#include <array>
#include <cstdint>

#include "executor/data/utf8.h"

namespace tandem {
namespace {

enum class Class : std::uint8_t { kLetter, kNumber, kSpace, kOther };

Class class_of(char32_t code) {
  constexpr char32_t kNextLine = 0x85;  // The one space outside ASCII that is a control character.
  if (code == kNextLine) return Class::kSpace;
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(code))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO: return Class::kLetter;
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO: return Class::kNumber;
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP: return Class::kSpace;
    default: return Class::kOther;
  }
}

constexpr std::array<Class, 128> kAscii = [] {
  std::array<Class, 128> classes{};
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const bool letter = (i >= 'a' && i <= 'z') || (i >= 'A' && i <= 'Z');
    const bool number = i >= '0' && i <= '9';
    const bool space = i == ' ' || (i >= '\t' && i <= '\r');
    classes[i] = letter   ? Class::kLetter
                 : number ? Class::kNumber
                 : space  ? Class::kSpace
                          : Class::kOther;
  }
  return classes;
}();

struct Char {
  Class kind;
  std::size_t length;
};

Char char_at(std::string_view text, std::size_t at) {
  const auto byte = static_cast<unsigned char>(text[at]);
  if (byte < kAscii.size()) return {kAscii[byte], 1};
  const Utf8Char next = first_char(text.substr(at));
  const bool whole = next.kind == Utf8Char::Kind::kWhole;
  return {whole ? class_of(next.code) : Class::kOther, next.length};
}

/// Where the characters of one kind end that begin at `at`, and where the last of them begins.
struct Run {
  std::size_t last;
  std::size_t end;
};
Run run_of(std::string_view text, std::size_t at, Class kind) {
  Run run{at, at};
  while (run.end < text.size()) {
    const Char next = char_at(text, run.end);
    if (next.kind != kind) break;
    run.last = run.end;
    run.end += next.length;
  }
  return run;
}

std::size_t contraction(std::string_view text) {
  for (const std::string_view ending : {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"}) {
    if (text.starts_with(ending)) return ending.size();
  }
  return 0;
}

}  // namespace

std::size_t first_word(std::string_view text) {
  if (text[0] == '\'') {
    if (const std::size_t length = contraction(text)) return length;
  }
  // One space belongs to the word behind it.
  const std::size_t begin = text[0] == ' ' && text.size() > 1 ? 1 : 0;
  const Class kind = char_at(text, begin).kind;
  if (kind != Class::kSpace) return run_of(text, begin, kind).end;
  const Run spaces = run_of(text, 0, Class::kSpace);
  // Before a word, the last of several spaces is left to it.
  return spaces.end == text.size() || spaces.last == 0 ? spaces.end : spaces.last;
}

std::size_t cut_between_words(std::string_view text, std::size_t from) {
  const auto ends_word = [&](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < kAscii.size() && kAscii[byte] != Class::kSpace;
  };
  for (std::size_t at = from; at < text.size(); ++at) {
    if (text[at] == ' ' && at > 0 && ends_word(text[at - 1])) return at;
  }
  return text.size();
}

}  // namespace tandem
