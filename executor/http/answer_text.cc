#include "executor/http/answer_text.h"

#include <algorithm>
#include <utility>

#include "executor/data/utf8.h"

namespace tandem {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

}  // namespace

std::string AnswerText::add(std::string_view bytes) {
  waiting_ += bytes;
  std::string text;
  std::string_view rest = waiting_;
  while (!rest.empty()) {
    const Utf8Char next = first_char(rest);
    if (next.kind == Utf8Char::Kind::kCut) break;
    text += next.kind == Utf8Char::Kind::kWhole ? rest.substr(0, next.length) : kReplacement;
    rest.remove_prefix(next.length);
  }
  waiting_.erase(0, waiting_.size() - rest.size());
  return text;
}

std::string AnswerText::end() {
  const bool complete = std::exchange(waiting_, {}).empty();
  return std::string(complete ? "" : kReplacement);
}

std::string well_formed(std::string_view bytes) {
  AnswerText text;
  std::string whole = text.add(bytes);
  return whole += text.end();
}

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace tandem
