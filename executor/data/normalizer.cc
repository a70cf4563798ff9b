#include "executor/data/normalizer.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "executor/data/piece_normalizer.h"
#include "executor/data/utf8.h"
#include "policies/core/check.h"

namespace tandem {
namespace {

/// A text that is UTF-8, in form C.
void append_composed(std::string_view text, std::string& composed) {
  utf8proc_uint8_t* result = nullptr;
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  const auto options = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE);
  const auto length = utf8proc_map(bytes, std::ssize(text), &result, options);
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owned(result, &std::free);
  CHECK(length >= 0, "utf8proc: {}", utf8proc_errmsg(length));
  composed.append(reinterpret_cast<const char*>(result), static_cast<std::size_t>(length));
}

std::string composed(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    std::size_t whole = 0;
    while (whole < text.size()) {
      const Utf8Char next = first_char(text.substr(whole));
      if (next.kind != Utf8Char::Kind::kWhole) break;
      whole += next.length;
    }
    if (whole > 0) append_composed(text.substr(0, whole), result);
    text.remove_prefix(whole);
    if (text.empty()) break;
    const std::size_t broken = first_char(text).length;
    result += text.substr(0, broken);
    text.remove_prefix(broken);
  }
  return result;
}

}  // namespace

std::string spaces_unmarked(std::string_view text) {
  std::string result;
  for (std::size_t at = text.find(kMarkedSpace); at != std::string_view::npos;
       at = text.find(kMarkedSpace)) {
    result.append(text.substr(0, at)) += ' ';
    text.remove_prefix(at + kMarkedSpace.size());
  }
  return result.append(text);
}

std::string_view Normalizer::apply(std::string_view text, bool is_first,
                                   std::string& changed) const {
  if (pieces) return changed = pieces->normalized(text);
  const auto is_ascii = [&] {
    return std::ranges::all_of(text, [](char c) { return (c & 0x80) == 0; });
  };
  if (composes && !is_ascii()) text = changed = composed(text);
  if (has_spaces && !is_ascii()) text = changed = spaces_unmarked(text);
  const bool wants_space = prefix == Prefix::kAlways ||
                           (prefix == Prefix::kUnlessThere && !text.starts_with(' ')) ||
                           (prefix == Prefix::kFirst && is_first && !text.starts_with(' '));
  if (wants_space) text = changed = ' ' + std::string(text);
  return text;
}

}  // namespace tandem
