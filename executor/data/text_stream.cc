// Holds back the beginning of a character, and nothing else.
#include "executor/data/text_stream.h"

#include <utility>

#include "executor/data/utf8.h"

namespace tandem {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

}  // namespace

std::string TextStream::add(TokenId id) {
  held_ += tokenizer_.bytes(id);
  std::string whole;
  std::string_view rest = held_;
  while (!rest.empty()) {
    const Utf8Char next = first_char(rest);
    if (next.kind == Utf8Char::Kind::kCut) break;
    whole += next.kind == Utf8Char::Kind::kWhole ? rest.substr(0, next.length) : kReplacement;
    rest.remove_prefix(next.length);
  }
  held_ = std::string(rest);
  return whole;
}

std::string TextStream::finish() {
  return std::exchange(held_, {}).empty() ? std::string() : std::string(kReplacement);
}

}  // namespace tandem
