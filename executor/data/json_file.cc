// Every check of a value's kind in one place, with one wording.
#include "executor/data/json_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "policies/core/error.h"
#include "workloads/traces/text_file.h"

namespace tandem {
namespace {

using Json = nlohmann::json;

const Json kNull;

/// The beginning of a value, for messages.
std::string shown(const Json& json) {
  constexpr std::size_t kMost = 60;
  const std::string text = json.dump(-1, ' ', true, Json::error_handler_t::replace);
  return text.size() <= kMost ? text : text.substr(0, kMost) + " …";
}

}  // namespace

void JsonPart::fail(const std::string& what) const {
  throw InputError(Position{file_}, place_.empty() ? what : place_ + ": " + what);
}

JsonPart JsonPart::operator[](const char* key) const {
  if (!json_->is_object()) fail(fmt::format("expected an object, found {}", shown(*json_)));
  const auto found = json_->find(key);
  return {found == json_->end() ? kNull : *found, file_,
          place_.empty() ? std::string(key) : place_ + "." + key};
}

JsonPart JsonPart::at(std::size_t index) const {
  return {json_->at(index), file_, fmt::format("{}[{}]", place_, index)};
}

std::size_t JsonPart::size() const {
  if (!json_->is_array()) fail(fmt::format("expected an array, found {}", shown(*json_)));
  return json_->size();
}

std::string JsonPart::text() const {
  if (!json_->is_string()) fail(fmt::format("expected a text, found {}", shown(*json_)));
  return json_->get<std::string>();
}

std::uint32_t JsonPart::number() const {
  const bool fits = json_->is_number_unsigned() &&
                    json_->get<std::uint64_t>() <= std::numeric_limits<std::uint32_t>::max();
  if (!fits) fail(fmt::format("expected a whole number, found {}", shown(*json_)));
  return json_->get<std::uint32_t>();
}

std::string JsonPart::text_or(const std::string& otherwise) const {
  return is_null() ? otherwise : text();
}

bool JsonPart::flag_or(bool otherwise) const {
  if (is_null()) return otherwise;
  if (!json_->is_boolean()) fail(fmt::format("expected true or false, found {}", shown(*json_)));
  return json_->get<bool>();
}

Json parse_json(std::string_view text, const std::string& file) {
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    const auto end = text.begin() + static_cast<std::ptrdiff_t>(std::min(error.byte, text.size()));
    const auto line = static_cast<std::size_t>(std::count(text.begin(), end, '\n')) + 1;
    throw InputError(Position{file, line}, "this is no JSON");
  }
}

Json read_json(const std::filesystem::path& file) {
  const TextFile opened(file);
  return parse_json(opened.text(), file.string());
}

}  // namespace tandem
