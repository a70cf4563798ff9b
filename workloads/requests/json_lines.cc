// simdjson finds the values; what they mean is read by the functions that read fields of tables, so
// that both say the same of the same mistake.
#include "workloads/requests/json_lines.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <simdjson.h>

#include <algorithm>
#include <utility>

#include "policies/core/nearest.h"
#include "workloads/traces/names.h"

namespace tandem {
namespace {

namespace json = simdjson::ondemand;

constexpr std::size_t kMostKeys = 1'000;

std::string_view without_spaces_behind(std::string_view text) {
  return text.substr(0, text.find_last_not_of(" \t\r") + 1);
}

}  // namespace

struct JsonLines::Parser {
  json::parser parser;
  json::document document;
  bool is_open = false;  // A document that is not must not be asked anything.
  std::string line;      // With room behind it, which simdjson reads past the end.

  void open(std::string_view text) {
    line.assign(text);
    line.resize(text.size() + simdjson::SIMDJSON_PADDING);
    is_open = false;
    document = parser.iterate(line.data(), text.size(), line.size());
    is_open = true;
  }
  std::size_t column_of(const char* place) const {
    return static_cast<std::size_t>(place - line.data()) + 1;
  }
  /// Where the document has got to; 0 at its end.
  std::size_t column() {
    if (!is_open) return 0;
    const auto place = document.current_location();
    return place.error() ? 0 : column_of(place.value_unsafe());
  }
  /// A value as it is written, with its place.
  template <class Value>
  Slot token(Value& value) const {
    const std::string_view text = without_spaces_behind(value.raw_json_token());
    return {text, column_of(text.data())};
  }
  /// The same, a text without its quotes; nothing for null.
  std::optional<Slot> plain(json::value& value) const {
    Slot slot = token(value);
    const json::json_type type = value.type();
    if (type == json::json_type::null) return std::nullopt;
    if (type == json::json_type::string) slot.text = value.get_string();
    return slot;
  }
  void read_list(json::value& value, std::size_t name, JsonLines& rows) const;
};

JsonLines::JsonLines(std::string_view text, std::string file, std::vector<std::string> names,
                     std::vector<std::string> lists)
    : lines_(text, std::move(file)),
      names_(std::move(names)),
      list_names_(std::move(lists)),
      parser_(std::make_unique<Parser>()),
      lists_(list_names_.size()) {}

JsonLines::~JsonLines() = default;

bool JsonLines::next() {
  if (!lines_.next_filled()) return false;
  slots_.assign(names_.size(), {});
  keys_.clear();
  for (List& list : lists_) {
    list.numbers.clear();
    list.is_there = false;
  }
  read_line();
  return true;
}

void JsonLines::read_line() {
  try {
    parser_->open(lines_.line());
    for (auto entry : parser_->document.get_object()) {
      const std::string_view key = entry.unescaped_key();
      json::value value = entry.value();
      if (std::ranges::find(keys_, key) != keys_.end()) {
        fail_at(parser_->token(value).column, fmt::format("the key {} comes twice", shown(key)));
      }
      keys_.push_back(key);
      if (keys_.size() > kMostKeys) fail_at(0, "the object has more than 1000 keys");
      const auto name = std::ranges::find(names_, key);
      if (name != names_.end()) {
        slots_[static_cast<std::size_t>(name - names_.begin())] =
            parser_->plain(value).value_or(Slot{});
        continue;
      }
      const auto list = std::ranges::find(list_names_, key);
      if (list == list_names_.end()) continue;
      parser_->read_list(value, static_cast<std::size_t>(list - list_names_.begin()), *this);
    }
    if (const std::size_t rest = parser_->column(); rest != 0) {
      fail_at(rest, "expected nothing more behind the object");
    }
  } catch (const simdjson::simdjson_error& error) {
    fail_at(parser_->column(), fmt::format("this is no JSON object: {}", error.what()));
  }
}

void JsonLines::Parser::read_list(json::value& value, std::size_t name, JsonLines& rows) const {
  constexpr const char* kExpected = "a list of whole numbers, 0 or more";
  const auto expected = [&](json::value& other) {
    fail(rows.as_field(token(other), rows.list_names_[name]), kExpected);
  };
  const json::json_type type = value.type();
  if (type == json::json_type::null) return;
  if (type != json::json_type::array) expected(value);
  for (auto result : value.get_array()) {
    json::value element = result.value();
    std::uint64_t number = 0;
    if (element.get_uint64().get(number) != simdjson::SUCCESS) expected(element);
    rows.lists_[name].numbers.push_back(number);
  }
  rows.lists_[name].is_there = true;
}

Field JsonLines::as_field(const Slot& slot, const std::string& name) const {
  return {slot.text, name, &lines_.file(), lines_.number(), slot.column};
}

Field JsonLines::field(std::size_t name) const {
  if (const auto value = given(name)) return *value;
  const std::vector<std::string> keys(keys_.begin(), keys_.end());
  const std::string near = nearest(names_[name], keys);
  fail_at(0, fmt::format("the key '{}' is missing{}", names_[name],
                         near.empty() ? fmt::format("; there are {}",
                                                    shown(fmt::format("{}", fmt::join(keys, ","))))
                                      : fmt::format(" (did you mean it by {}?)", shown(near))));
}

std::optional<Field> JsonLines::given(std::size_t name) const {
  const Slot& slot = slots_[name];
  if (slot.column == 0) return std::nullopt;
  return as_field(slot, names_[name]);
}

std::optional<std::span<const std::uint64_t>> JsonLines::list(std::size_t name) const {
  if (!lists_[name].is_there) return std::nullopt;
  return lists_[name].numbers;
}

void JsonLines::fail_at(std::size_t column, const std::string& message) const {
  throw InputError({lines_.file(), lines_.number(), column}, message);
}

}  // namespace tandem
