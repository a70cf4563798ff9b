// Alternative after alternative of each expression, in its order: the first that matches wins.
#include "executor/data/word_patterns.h"

#include <fmt/format.h>

#include <algorithm>

#include "executor/data/char_class.h"
#include "executor/data/gpt2_words.h"
#include "policies/core/error.h"

namespace tandem {
namespace {

struct Pattern {
  std::string_view text;
  std::string_view name;
  FirstWord first_word;
};

constexpr Pattern kPatterns[] = {
    {R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)", "GPT-2",
     first_word},
    {R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|)"
     R"( ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
     "Llama 3", first_llama3_word},
    {R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|)"
     R"( ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
     "Qwen 2", first_qwen2_word},
};

bool is_line_end(char c) { return c == '\r' || c == '\n'; }

/// (?i:'s|'t|'re|'ve|'m|'ll|'d), where the long s is an s, too.
std::size_t contraction(std::string_view text) {
  if (text.starts_with("'\u017F")) return 3;
  for (const std::string_view ending : {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"}) {
    const bool fits = text.size() >= ending.size() &&
                      std::equal(ending.begin(), ending.end(), text.begin(), [](char a, char b) {
                        return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b + 32) : b);
                      });
    if (fits) return ending.size();
  }
  return 0;
}

/// [^\s\p{L}\p{N}]+[\r\n]* from `at` on, where such a character stands.
std::size_t end_of_marks(std::string_view text, std::size_t at) {
  std::size_t end = run_of(text, at, CharClass::kOther).end;
  while (end < text.size() && is_line_end(text[end])) ++end;
  return end;
}

/// \s*[\r\n]+|\s+(?!\S)|\s+
std::size_t end_of_spaces(std::string_view text) {
  const CharRun spaces = run_of(text, 0, CharClass::kSpace);
  for (std::size_t at = spaces.end; at > 0; --at) {
    if (is_line_end(text[at - 1])) return at;
  }
  return spaces.end == text.size() || spaces.last == 0 ? spaces.end : spaces.last;
}

std::size_t end_of_numbers(std::string_view text, int most) {
  std::size_t end = 0;
  for (int count = 0; count < most && end < text.size(); ++count) {
    const ClassedChar next = char_at(text, end);
    if (next.kind != CharClass::kNumber) break;
    end += next.length;
  }
  return end;
}

std::size_t first_word_with(std::string_view text, int most_numbers) {
  if (text[0] == '\'') {
    if (const std::size_t length = contraction(text)) return length;
  }
  const ClassedChar first = char_at(text, 0);
  if (first.kind == CharClass::kLetter) return run_of(text, 0, CharClass::kLetter).end;
  if (first.kind == CharClass::kNumber) return end_of_numbers(text, most_numbers);
  const bool has_second = first.length < text.size();
  const CharClass second = has_second ? char_at(text, first.length).kind : CharClass::kSpace;
  if (second == CharClass::kLetter && !is_line_end(text[0])) {
    return run_of(text, first.length, CharClass::kLetter).end;
  }
  if (first.kind == CharClass::kOther) return end_of_marks(text, 0);
  if (second == CharClass::kOther && text[0] == ' ') return end_of_marks(text, 1);
  return end_of_spaces(text);
}

}  // namespace

FirstWord words_of_pattern(std::string_view pattern) {
  std::string known;
  for (const Pattern& candidate : kPatterns) {
    if (candidate.text == pattern) return candidate.first_word;
    known += fmt::format("{}{}'s", known.empty() ? "" : ", ", candidate.name);
  }
  throw InputError(
      fmt::format("words are cut by a pattern that is not known: {} (known: {})", pattern, known));
}

std::size_t first_llama3_word(std::string_view text) { return first_word_with(text, 3); }
std::size_t first_qwen2_word(std::string_view text) { return first_word_with(text, 1); }

std::size_t first_spaced_word(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(' '), text.size());
  return std::min(text.find(' ', begin), text.size());
}

}  // namespace tandem
