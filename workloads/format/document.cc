// What a parsed scenario can be asked, and how one of its values is replaced.
#include "workloads/format/document.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace tandem {
namespace {

std::optional<std::size_t> index_of(std::string_view text) {
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return index;
}

/// The child of `value` called `step`; in a map it is made if it is not there.
Value& child(Value& value, std::string_view step, std::string_view walked, const Position& where) {
  if (value.kind == Value::Kind::kScalar) {
    throw InputError(where, fmt::format("'{}' is a single value: it has no '{}'", walked, step));
  }
  if (value.kind == Value::Kind::kList) {
    const auto index = index_of(step);
    if (index && *index < value.items.size()) return value.items[*index];
    throw InputError(where, fmt::format("'{}' has {} entries, counted from 0: there is no '{}'",
                                        walked, value.items.size(), step));
  }
  value.kind = Value::Kind::kMap;
  if (Value* known = value.find(step)) return *known;
  Value& made = value.items.emplace_back();
  made.key = step;
  return made;
}

void mark_source(Value& value, std::uint32_t source) {
  value.source = source;
  for (Value& item : value.items) mark_source(item, source);
}

void append_canonical(const Value& value, std::string& text) {
  switch (value.kind) {
    case Value::Kind::kNull: text += 'n'; return;
    case Value::Kind::kScalar: text += fmt::format("s{}:{}", value.text.size(), value.text); return;
    case Value::Kind::kList: text += fmt::format("l{}:", value.items.size()); break;
    case Value::Kind::kMap: text += fmt::format("m{}:", value.items.size()); break;
  }
  for (const Value& item : value.items) {
    if (value.kind == Value::Kind::kMap) text += fmt::format("{}:{}", item.key.size(), item.key);
    append_canonical(item, text);
  }
}

}  // namespace

const Value* Value::find(std::string_view name) const {
  if (kind != Kind::kMap) return nullptr;
  for (const Value& item : items) {
    if (item.key == name) return &item;
  }
  return nullptr;
}

Value* Value::find(std::string_view name) {
  return const_cast<Value*>(static_cast<const Value*>(this)->find(name));
}

Position Document::position(const Value& value) const {
  if (value.source > 0) return {sources[value.source], 0, 0};
  return {sources[0], value.line, value.column};
}

Position Document::key_position(const Value& value) const {
  if (value.source > 0 || value.key_line == 0) return position(value);
  return {sources[0], value.key_line, value.key_column};
}

void apply_override(Document& document, std::string_view path, std::string_view value,
                    const std::string& name) {
  const Position where{name, 0, 0};
  if (path.empty()) throw InputError(where, "the path is empty; write path.to.value=text");
  const auto source = static_cast<std::uint32_t>(document.sources.size());
  Value replacement = parse_document(value, where.file).root;
  mark_source(replacement, source);

  Value* place = &document.root;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('.', begin), path.size());
    if (end == begin) throw InputError(where, "the path has an empty step");
    const std::string_view walked = path.substr(0, begin == 0 ? 0 : begin - 1);
    const bool is_new =
        place->kind != Value::Kind::kList && !place->has(path.substr(begin, end - begin));
    place = &child(*place, path.substr(begin, end - begin), walked, where);
    if (is_new) place->source = source;
    begin = end + 1;
  }
  replacement.key = place->key;
  *place = std::move(replacement);
  document.sources.push_back(where.file);
}

std::string single_quoted(std::string_view text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? "''" : std::string(1, c);
  return result + "'";
}

std::string canonical_text(const Value& value) {
  std::string text;
  append_canonical(value, text);
  return text;
}

}  // namespace tandem
