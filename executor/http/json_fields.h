// The fields of a request's JSON object: each is asked for by name, held to its kind and range, and
// whatever nobody asked for is known afterwards.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tandem {

/// Every error is an ApiError 400 about the field. A field that is null is one that is absent.
class JsonFields {
 public:
  /// Throws if the text is no JSON (with line, column and byte), or no object.
  explicit JsonFields(std::string_view text);
  /// Of an object within another, called `name` in errors.
  JsonFields(nlohmann::json object, const std::string& name);

  const nlohmann::json* find(const std::string& name);
  std::optional<std::string> text(const std::string& name);
  std::string required_text(const std::string& name);
  bool flag(const std::string& name, bool fallback);
  std::optional<double> number(const std::string& name, double least, double most);
  std::optional<std::int64_t> integer(const std::string& name, std::int64_t least,
                                      std::int64_t most);

  /// "stream_options.include_usage" of an object within another.
  std::string path(const std::string& name) const { return prefix_ + name; }
  /// Paths of the fields that were never asked for, by name.
  std::vector<std::string> ignored() const;

 private:
  nlohmann::json object_;
  std::string prefix_;
  std::set<std::string> known_;
};

}  // namespace tandem
