#include "policies/core/csv_text.h"

#include <array>
#include <charconv>
#include <cstdint>

namespace tandem {

void append_seconds(std::string& out, Duration duration) {
  constexpr std::uint64_t kSecond = 1'000'000'000;
  const std::int64_t count = duration.count();
  // Negated as unsigned, since the lowest count has no positive counterpart.
  const auto bits = static_cast<std::uint64_t>(count);
  const std::uint64_t size = count < 0 ? 0 - bits : bits;
  if (count < 0) out += '-';

  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), size / kSecond).ptr;
  out.append(digits.data(), end);
  std::uint64_t rest = size % kSecond;
  if (rest == 0) return;
  out += '.';
  for (std::uint64_t place = kSecond / 10; rest > 0; place /= 10) {
    out += static_cast<char>('0' + rest / place);
    rest %= place;
  }
}

void append_field(std::string& out, std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

}  // namespace tandem
