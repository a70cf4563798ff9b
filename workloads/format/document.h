// A YAML text as a tree of values that remember where they stand.
//
// yaml-cpp's own tree keeps the first of two equal keys in silence and expands aliases without a
// bound; this one is built from the parser's events, refuses both, and carries positions through
// command line overrides.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "policies/core/error.h"

namespace tandem {

/// A node of the tree. An entry of a map is a value with a key.
struct Value {
  enum class Kind : std::uint8_t { kNull, kScalar, kList, kMap };

  Kind kind = Kind::kNull;
  bool quoted = false;       ///< A scalar in quotes is text, whatever it looks like.
  std::uint32_t source = 0;  ///< Index into Document::sources.
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::uint32_t key_line = 0;
  std::uint32_t key_column = 0;
  std::string key;           ///< Of an entry of a map.
  std::string text;          ///< Of a scalar.
  std::vector<Value> items;  ///< Of a list or a map.

  /// The entry of a map with this key; null if there is none or this is no map.
  const Value* find(std::string_view name) const;
  Value* find(std::string_view name);
  bool has(std::string_view name) const { return find(name) != nullptr; }
};

struct Document {
  /// The file, then one "--set PATH" for each override.
  std::vector<std::string> sources;
  Value root;

  Position position(const Value& value) const;
  Position key_position(const Value& value) const;
};

/// Reads one YAML document. `name` names it in messages. Throws InputError with the position for
/// malformed YAML, duplicate keys, more than 32 levels and more than two million values.
Document parse_document(std::string_view text, const std::string& name);

/// Puts a YAML value at "path.to.0.value", creating the maps on the way. `name` names it in
/// messages. Throws InputError if the path cannot be followed.
void apply_override(Document& document, std::string_view path, std::string_view value,
                    const std::string& name);

/// A text as a scalar: in single quotes, where YAML gives no other character a meaning.
std::string single_quoted(std::string_view text);

/// One text for all spellings of the same tree: comments, styles and positions left out.
std::string canonical_text(const Value& value);

}  // namespace tandem
