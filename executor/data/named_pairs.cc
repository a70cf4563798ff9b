#include "executor/data/named_pairs.h"

#include <fmt/format.h>

#include "executor/data/vocabulary.h"

namespace tandem {

TokenId token_number(const JsonPart& number) {
  constexpr TokenId kMost = 10'000'000;
  const TokenId id = number.number();
  if (id > kMost) number.fail(fmt::format("no token has a number above {}", kMost));
  return id;
}

NamedPairs::NamedPairs(const JsonPart& vocabulary) {
  if (!vocabulary.json().is_object() || vocabulary.json().empty()) {
    vocabulary.fail("expected an object of tokens and their numbers");
  }
  std::size_t largest = 0;
  for (const auto& [name, number] : vocabulary.json().items()) {
    const JsonPart part(number, vocabulary.file(), fmt::format("the token '{}'", name));
    if (name.empty() || name.size() > kMostTokenBytes) {
      part.fail(fmt::format("a name has from 1 to {} bytes", kMostTokenBytes));
    }
    largest = std::max<std::size_t>(largest, token_number(part));
  }
  names_.resize(largest + 1);
  for (const auto& [name, number] : vocabulary.json().items()) {
    const auto id = number.get<TokenId>();
    if (!names_[id].empty()) {
      vocabulary.fail(fmt::format("'{}' and '{}' have the number {}", names_[id], name, id));
    }
    names_[id] = name;
    ids_.insert(names_[id], id);
  }
}

std::string NamedPairs::add_merge(std::string_view left, std::string_view right) {
  const TokenId* first = ids_.find(left);
  const TokenId* second = ids_.find(right);
  const std::string both = std::string(left) + std::string(right);
  const TokenId* merged = ids_.find(both);
  if (first == nullptr) return fmt::format("there is no token '{}'", left);
  if (second == nullptr) return fmt::format("there is no token '{}'", right);
  if (merged == nullptr) return fmt::format("there is no token '{}'", both);
  if (!merges_.add(*first, *second, {rank_++, *merged})) {
    return fmt::format("'{}' and '{}' are merged twice", left, right);
  }
  return {};
}

}  // namespace tandem
