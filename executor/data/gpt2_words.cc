// The expression by hand, alternative after alternative: nothing that knows \p{L} is as fast.
#include "executor/data/gpt2_words.h"

#include "executor/data/char_class.h"

namespace tandem {
namespace {

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
  const CharClass kind = char_at(text, begin).kind;
  if (kind != CharClass::kSpace) return run_of(text, begin, kind).end;
  const CharRun spaces = run_of(text, 0, CharClass::kSpace);
  // Before a word, the last of several spaces is left to it.
  return spaces.end == text.size() || spaces.last == 0 ? spaces.end : spaces.last;
}

std::size_t cut_between_words(std::string_view text, std::size_t from) {
  const auto ends_word = [&](char c) {
    return static_cast<unsigned char>(c) < 0x80 && c != ' ' && (c < '\t' || c > '\r');
  };
  for (std::size_t at = from; at < text.size(); ++at) {
    if (text[at] == ' ' && at > 0 && ends_word(text[at - 1])) return at;
  }
  return text.size();
}

}  // namespace tandem
