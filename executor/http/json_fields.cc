#include "executor/http/json_fields.h"

#include <fmt/format.h>

#include "executor/http/api_error.h"

namespace tandem {
namespace {

using nlohmann::json;

constexpr std::size_t kLongestCause = 200;  // A parser quotes the whole string that it stopped in.
constexpr std::size_t kLongestQuote = 60;

ApiError malformed(const json::parse_error& error) {
  std::string cause = error.what();
  constexpr std::string_view kBegin = "parse error at ";
  if (const std::size_t at = cause.find(kBegin); at != std::string::npos) {
    cause.erase(0, at + kBegin.size());
  }
  if (cause.size() > kLongestCause) cause = cause.substr(0, kLongestCause) + " ...";
  return ApiError(400, fmt::format("the body is not JSON: byte {}, {}", error.byte, cause))
      .coded("invalid_json");
}

json parsed(std::string_view text) {
  try {
    return json::parse(text);
  } catch (const json::parse_error& error) {
    throw malformed(error);
  } catch (const json::out_of_range& error) {  // A number beyond all doubles.
    throw ApiError(400, fmt::format("the body is not JSON: {}", error.what()))
        .coded("invalid_json");
  }
}

ApiError wrong(const std::string& field, const std::string& expected, const json& value) {
  const std::string given = value.is_structured() ? value.type_name() : value.dump();
  return ApiError(400, fmt::format("'{}' must be {}, not {}", field, expected,
                                   given.substr(0, kLongestQuote)))
      .about(field);
}

}  // namespace

JsonFields::JsonFields(std::string_view text) : object_(parsed(text)) {
  if (object_.is_object()) return;
  throw ApiError(400, fmt::format("the body must be a JSON object, not a value of kind {}",
                                  object_.type_name()));
}

JsonFields::JsonFields(json object, const std::string& name)
    : object_(std::move(object)), prefix_(name + ".") {
  if (!object_.is_object()) throw wrong(name, "an object", object_);
}

const json* JsonFields::find(const std::string& name) {
  known_.insert(name);
  const auto found = object_.find(name);
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

std::optional<std::string> JsonFields::text(const std::string& name) {
  const json* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) throw wrong(path(name), "a string", *value);
  return value->get<std::string>();
}

std::string JsonFields::required_text(const std::string& name) {
  if (auto value = text(name)) return *std::move(value);
  throw ApiError(400, fmt::format("'{}' is missing", path(name))).about(path(name));
}

bool JsonFields::flag(const std::string& name, bool fallback) {
  const json* value = find(name);
  if (value == nullptr) return fallback;
  if (!value->is_boolean()) throw wrong(path(name), "true or false", *value);
  return value->get<bool>();
}

std::optional<double> JsonFields::number(const std::string& name, double least, double most) {
  const json* value = find(name);
  if (value == nullptr) return std::nullopt;
  const double number = value->is_number() ? value->get<double>() : least - 1;
  if (number >= least && number <= most) return number;
  throw wrong(path(name), fmt::format("a number from {} to {}", least, most), *value);
}

std::optional<std::int64_t> JsonFields::integer(const std::string& name, std::int64_t least,
                                                std::int64_t most) {
  const json* value = find(name);
  if (value == nullptr) return std::nullopt;
  const bool is_whole = value->is_number_integer();
  // Beyond the signed ones there are unsigned ones, which no field means.
  const bool is_too_large =
      value->is_number_unsigned() && value->get<std::uint64_t>() > static_cast<std::uint64_t>(most);
  if (is_whole && !is_too_large) {
    const auto number = value->get<std::int64_t>();
    if (number >= least && number <= most) return number;
  }
  throw wrong(path(name), fmt::format("a whole number from {} to {}", least, most), *value);
}

std::vector<std::string> JsonFields::ignored() const {
  std::vector<std::string> names;
  for (const auto& [name, value] : object_.items()) {
    if (!known_.contains(name)) names.push_back(path(name));
  }
  return names;
}

}  // namespace tandem
