#include "policies/part_text.h"

#include <fmt/format.h>

#include "policies/core/error.h"

namespace tandem {

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> pieces(1);
  for (const char c : text) {
    if (c == separator) {
      pieces.emplace_back();
    } else {
      pieces.back() += c;
    }
  }
  return pieces;
}

std::string without_spaces(std::string_view text) {
  std::string result(text);
  std::erase_if(result, [](char c) { return c == ' ' || c == '\t'; });
  return result;
}

PartText parse_part(const std::string& text) {
  const std::vector<std::string> pieces = split(text, ':');
  PartText part{pieces.front(), {}};
  for (std::size_t i = 1; i < pieces.size(); ++i) {
    const auto equals = pieces[i].find('=');
    if (equals == std::string::npos) {
      throw InputError(fmt::format("policy part '{}': expected key=value after ':', found '{}'",
                                   text, pieces[i]));
    }
    const std::string key = pieces[i].substr(0, equals);
    if (!part.values.emplace(key, pieces[i].substr(equals + 1)).second) {
      throw InputError(fmt::format("policy part '{}': '{}' is given twice", text, key));
    }
  }
  return part;
}

}  // namespace tandem
