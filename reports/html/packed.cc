#include "reports/html/packed.h"

#include <algorithm>
#include <charconv>

namespace tandem {
namespace {

constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::size_t kLongestNumber = 9;

/// Where the number at the end of a name begins: it reads back the same as a number.
std::size_t number_begin(std::string_view name) {
  std::size_t begin = name.size();
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  while (begin > 0 && is_digit(name[begin - 1]) && name.size() - begin < kLongestNumber) --begin;
  while (begin + 1 < name.size() && name[begin] == '0') ++begin;
  return begin;
}

}  // namespace

void PackedNumbers::add(std::int64_t number) {
  auto rest = static_cast<std::uint64_t>(number < 0 ? -number : number) << 1 |
              static_cast<std::uint64_t>(number < 0 ? 1 : 0);
  do {
    const std::uint64_t digit = rest & 31;
    rest >>= 5;
    text_ += kDigits[digit | (rest > 0 ? 32 : 0)];
  } while (rest > 0);
}

void PackedNumbers::add_step(std::int64_t number) {
  add(number - last_);
  last_ = number;
}

void PackedStretches::add(std::int64_t number) {
  if (count_ > 0 && number != value_) {
    ended_.add(value_);
    ended_.add(count_);
    count_ = 0;
  }
  value_ = number;
  ++count_;
}

std::string PackedStretches::text() const {
  PackedNumbers all = ended_;
  if (count_ > 0) {
    all.add(value_);
    all.add(count_);
  }
  return all.text();
}

void PackedNames::add(std::string_view name) {
  const std::size_t begin = number_begin(name);
  std::int64_t number = -1;
  std::from_chars(name.data() + begin, name.data() + name.size(), number);
  const std::string_view stem_text = name.substr(0, begin);
  auto stem = stems_.find(stem_text);
  if (stem == stems_.end()) {
    const auto place = static_cast<std::int64_t>(stems_.size());
    stem = stems_.emplace(stem_text, Stem{place, 0}).first;
    listed_.push_back(std::string(stem_text));
  }
  stem_.add(stem->second.place);
  number_.add(number - stem->second.last_number);
  stem->second.last_number = number;
}

nlohmann::ordered_json PackedNames::json() const {
  return {{"stems", listed_}, {"stem", stem_.text()}, {"number", number_.text()}};
}

}  // namespace tandem
