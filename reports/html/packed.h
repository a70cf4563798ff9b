// Columns of whole numbers and of names as short texts, for JSON that holds a hundred thousand
// jobs.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace tandem {

/// Numbers one after the other in base64 VLQ, as source maps have them: five bits a character, the
/// sixth says that more follow, the lowest bit of a number is its sign. From -2^52 to 2^52, so that
/// JavaScript's numbers hold them.
class PackedNumbers {
 public:
  void add(std::int64_t number);
  /// The difference to the last one that was added by this call.
  void add_step(std::int64_t number);
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::int64_t last_ = 0;
};

/// Numbers of which many are equal to the one before: value and count of each stretch, packed.
class PackedStretches {
 public:
  void add(std::int64_t number);
  std::string text() const;

 private:
  PackedNumbers ended_;
  std::int64_t value_ = 0;
  std::int64_t count_ = 0;
};

/// Names such as "eval-7", "eval-8": what stands before the number once, numbers as differences.
class PackedNames {
 public:
  void add(std::string_view name);
  /// {"stems", "stem": packed places, "number": packed, by stem from the last; -1 of a name
  /// without one}.
  nlohmann::ordered_json json() const;

 private:
  struct Stem {
    std::int64_t place = 0;
    std::int64_t last_number = 0;
  };
  std::map<std::string, Stem, std::less<>> stems_;
  nlohmann::ordered_json listed_ = nlohmann::ordered_json::array();
  PackedNumbers stem_;
  PackedNumbers number_;
};

}  // namespace tandem
