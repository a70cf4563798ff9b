// After Normalizer::Normalize of https://github.com/google/sentencepiece (Apache-2.0),
// src/normalizer.cc, whose map is {bytes of the trie, trie, texts that end with a zero}.
#include "executor/data/piece_normalizer.h"

#include <cstring>

#include "executor/data/normalizer.h"
#include "executor/data/utf8.h"
#include "policies/core/error.h"

namespace tandem {
namespace {

// The units of a double array: a byte's label, where the children are, whether a value is there.
bool has_value(std::uint32_t unit) { return (unit >> 8U & 1U) == 1; }
std::uint32_t value_of(std::uint32_t unit) { return unit & 0x7FFFFFFFU; }
std::uint32_t label_of(std::uint32_t unit) { return unit & 0x800000FFU; }
std::uint32_t offset_of(std::uint32_t unit) { return unit >> 10U << ((unit & 0x200U) >> 6U); }

}  // namespace

PieceNormalizer::PieceNormalizer(const SentencePieces& model, const std::string& file)
    : adds_space_(model.adds_space), trims_spaces_(model.trims_spaces) {
  const std::string_view map = model.character_map;
  if (map.empty()) return;
  std::uint32_t size = 0;
  if (map.size() >= sizeof size) std::memcpy(&size, map.data(), sizeof size);
  if (size == 0 || size % 4 != 0 || size > map.size() - sizeof size || map.back() != '\0') {
    throw InputError(Position{file}, "damaged: its map of characters is cut");
  }
  trie_.resize(size / 4);
  std::memcpy(trie_.data(), map.data() + sizeof size, size);
  targets_ = map.substr(sizeof size + size);
}

PieceNormalizer::Prefix PieceNormalizer::first(std::string_view text) const {
  Prefix longest;
  std::uint32_t node = trie_.empty() ? 0 : offset_of(trie_[0]);
  for (std::size_t i = 0; i < text.size() && !trie_.empty(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    node ^= byte;
    if (node >= trie_.size() || label_of(trie_[node]) != byte) break;
    const bool ends_here = has_value(trie_[node]);
    node ^= offset_of(trie_[node]);
    if (node >= trie_.size()) break;
    if (!ends_here) continue;
    const std::uint32_t target = value_of(trie_[node]);
    if (target >= targets_.size()) break;
    longest = {std::string_view(targets_.data() + target), i + 1};
  }
  if (longest.length > 0) return longest;
  const Utf8Char next = first_char(text);
  if (next.kind != Utf8Char::Kind::kWhole) return {"\uFFFD", 1};
  return {text.substr(0, next.length), next.length};
}

std::string PieceNormalizer::normalized(std::string_view text) const {
  while (trims_spaces_ && !text.empty()) {
    const Prefix next = first(text);
    if (next.normalized != " ") break;
    text.remove_prefix(next.length);
  }
  if (text.empty()) return {};
  std::string result(adds_space_ ? kMarkedSpace : "");
  bool behind_space = trims_spaces_;
  while (!text.empty()) {
    Prefix next = first(text);
    text.remove_prefix(next.length);
    while (behind_space && next.normalized.starts_with(' ')) next.normalized.remove_prefix(1);
    for (const char c : next.normalized) {
      if (c == ' ') {
        result += kMarkedSpace;
      } else {
        result += c;
      }
    }
    if (!next.normalized.empty()) behind_space = trims_spaces_ && next.normalized.ends_with(' ');
  }
  while (trims_spaces_ && result.ends_with(kMarkedSpace)) {
    result.resize(result.size() - kMarkedSpace.size());
  }
  return spaces_unmarked(result);
}

}  // namespace tandem
