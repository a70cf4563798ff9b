// JSON files of other people's programs: whatever is wrong with one is said with its name.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

namespace tandem {

/// A value of a JSON file that knows where it stands, for readers that must refuse what they do not
/// know. The file's values must outlive it.
class JsonPart {
 public:
  JsonPart(const nlohmann::json& json, std::string file, std::string place)
      : json_(&json), file_(std::move(file)), place_(std::move(place)) {}

  /// Throws InputError: the file, the place in it, and `what` is wrong.
  [[noreturn]] void fail(const std::string& what) const;

  const nlohmann::json& json() const { return *json_; }
  const std::string& file() const { return file_; }
  bool is_null() const { return json_->is_null(); }
  /// A member; null if it is not there. Throws InputError if this is no object.
  JsonPart operator[](const char* key) const;
  /// An element of an array.
  JsonPart at(std::size_t index) const;
  /// Throws InputError if this is no array.
  std::size_t size() const;
  /// Throws InputError if the value is of another kind.
  std::string text() const;
  std::uint32_t number() const;
  /// `otherwise` if it is null.
  std::string text_or(const std::string& otherwise) const;
  bool flag_or(bool otherwise) const;

 private:
  const nlohmann::json* json_;
  std::string file_;
  std::string place_;  ///< "model.vocab"
};

/// Throws InputError, with the line, for what is no JSON.
nlohmann::json parse_json(std::string_view text, const std::string& file);
/// Throws InputError if there is no such file, too.
nlohmann::json read_json(const std::filesystem::path& file);

}  // namespace tandem
