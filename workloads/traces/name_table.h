// Numbers for the names in a trace: millions of rows name a few tenants.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "workloads/traces/field.h"

namespace tandem {

/// Names in the order in which they first came.
class NameTable {
 public:
  /// Index of the field's text. Throws InputError if that is no name.
  std::uint32_t index(const Field& field);
  std::uint32_t index(std::string_view name);
  std::vector<std::string> take_names() { return std::move(names_); }

 private:
  struct HashName {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const {
      return std::hash<std::string_view>{}(name);
    }
  };

  std::optional<std::uint32_t> known(std::string_view name);

  std::vector<std::string> names_;
  std::unordered_map<std::string, std::uint32_t, HashName, std::equal_to<>> indices_;
  std::uint32_t last_ = 0;
};

}  // namespace tandem
