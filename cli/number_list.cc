#include "cli/number_list.h"

#include <fmt/format.h>

#include <charconv>
#include <set>

#include "policies/core/error.h"

namespace tandem {
namespace {

constexpr std::uint64_t kMostNumbers = 10'000;

}  // namespace

std::vector<std::uint64_t> number_list(std::string_view text, std::string_view thing) {
  std::vector<std::uint64_t> numbers;
  std::set<std::uint64_t> seen;
  const auto number = [&](std::string_view digits) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc{} || end != digits.data() + digits.size() || digits.empty()) {
      throw InputError(
          fmt::format("expected a list such as 7, 1..20 or 1,2,5..8, found '{}'", text));
    }
    return value;
  };
  std::string_view rest = text;
  while (true) {
    const std::size_t comma = rest.find(',');
    const std::string_view item = rest.substr(0, comma);
    const std::size_t dots = item.find("..");
    const std::uint64_t first = number(item.substr(0, dots));
    const std::uint64_t last =
        dots == std::string_view::npos ? first : number(item.substr(dots + 2));
    if (last < first) throw InputError(fmt::format("the range {} ends before it begins", item));
    if (last - first >= kMostNumbers - numbers.size()) {
      throw InputError(fmt::format("more than {} {}s", kMostNumbers, thing));
    }
    for (std::uint64_t i = 0; i <= last - first; ++i) {
      if (!seen.insert(first + i).second) {
        throw InputError(fmt::format("{} {} is named twice", thing, first + i));
      }
      numbers.push_back(first + i);
    }
    if (comma == std::string_view::npos) return numbers;
    rest.remove_prefix(comma + 1);
  }
}

}  // namespace tandem
