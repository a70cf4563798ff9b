#include "executor/load/prompts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "workloads/generators/random.h"

namespace tandem {

/// What stands at a place follows from the prefix that it is in, so that equal prefixes are equal.
std::uint64_t Prompts::draw(const Request& request, std::uint32_t place) const {
  std::uint64_t key = stream_key(seed_, request.id.value, Purpose::kPrefix);
  if (block_tokens_ > 0 && !request.prefix.empty()) {
    const std::size_t block =
        std::min<std::size_t>(place / block_tokens_, request.prefix.size() - 1);
    key = request.prefix[block];
  }
  return mixed(key + place);
}

std::string Prompts::ids(const Request& request) const {
  constexpr std::uint64_t kFirst = 32;
  constexpr std::uint64_t kCount = 95;
  std::string list = "[";
  list.reserve(std::size_t{4} * request.prompt_tokens + 2);
  for (std::uint32_t place = 0; place < request.prompt_tokens; ++place) {
    const fmt::format_int number(kFirst + draw(request, place) % kCount);
    if (place > 0) list += ',';
    list.append(number.data(), number.size());
  }
  return list + "]";
}

std::string Prompts::text(const Request& request, std::uint32_t words) const {
  constexpr std::uint64_t kLetters = 26;
  std::string text;
  for (std::uint32_t place = 0; place < words; ++place) {
    if (place > 0) text += ' ';
    text += static_cast<char>('a' + draw(request, place) % kLetters);
  }
  return text;
}

std::uint32_t TokenCount::words_of(std::uint32_t tokens) const {
  const double words = std::round((static_cast<double>(tokens) - fixed) / each);
  return static_cast<std::uint32_t>(std::clamp(words, 1.0, 1e8));
}

}  // namespace tandem
