// What a word of the command line may be.
#include "cli/validators.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "policies/core/nearest.h"

namespace tandem {

CLI::Validator whole_number(std::uint32_t least, std::uint32_t most) {
  const auto check = [least, most](const std::string& text) -> std::string {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    if (whole && value >= least && value <= most) return {};
    return fmt::format("expected a whole number from {} to {}, found '{}'", least, most, text);
  };
  return {check, "", "whole number"};
}

CLI::Validator address_and_port() {
  const auto check = [](const std::string& text) -> std::string {
    const std::size_t colon = text.rfind(':');
    if (colon != std::string::npos && colon > 0) {
      std::uint16_t port = 0;
      const char* const end = text.data() + text.size();
      const auto read = std::from_chars(text.data() + colon + 1, end, port);
      if (read.ec == std::errc{} && read.ptr == end) return {};
    }
    return fmt::format("expected an address and a port, as 127.0.0.1:8000, found '{}'", text);
  };
  return {check, "", "address and port"};
}

CLI::Validator number(double least, double most) {
  const auto check = [least, most](const std::string& text) -> std::string {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    if (whole && value >= least && value <= most) return {};
    return fmt::format("expected a number from {} to {}, found '{}'", least, most, text);
  };
  return {check, "", "number"};
}

CLI::Validator share(double least, double most) {
  const auto check = [least, most](std::string& text) -> std::string {
    std::string digits = text;
    const bool is_percent = digits.ends_with('%');
    if (is_percent) digits.pop_back();
    while (digits.ends_with(' ')) digits.pop_back();
    double value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    const bool whole = error == std::errc{} && end == digits.data() + digits.size();
    if (is_percent) value /= 100;
    if (!whole || !(value >= least && value <= most)) {
      return fmt::format("expected a share from {} % to {} %, found '{}'", 100 * least, 100 * most,
                         text);
    }
    text = fmt::format("{}", value);
    return {};
  };
  return {check, "", "share"};
}

CLI::Validator one_of(const std::vector<std::string>& names) {
  const auto check = [names](const std::string& text) -> std::string {
    if (std::find(names.begin(), names.end(), text) != names.end()) return {};
    return fmt::format("unknown value '{}'{}", text, suggestion(text, names));
  };
  return {check, "", "one of"};
}

}  // namespace tandem
