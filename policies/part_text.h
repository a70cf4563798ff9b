// How policies are written: parts with settings, joined by '+'.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tandem {

/// "name:key=value:key=value", split.
struct PartText {
  std::string name;
  std::map<std::string, std::string> values;
};

std::vector<std::string> split(std::string_view text, char separator);
std::string without_spaces(std::string_view text);
/// Throws InputError for what is not of that form.
PartText parse_part(const std::string& text);

}  // namespace tandem
