// Whole numbers of messages: what does not fit is wrong, where nlohmann's get() would cut it off.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>

#include "policies/core/error.h"

namespace tandem {

/// Throws InputError unless it is a whole number that the type can hold.
template <class Number>
Number whole(const nlohmann::json& from) {
  const bool fits = from.is_number_unsigned() ? std::in_range<Number>(from.get<std::uint64_t>())
                                              : from.is_number_integer() &&
                                                    std::in_range<Number>(from.get<std::int64_t>());
  if (!fits) throw InputError("a message has no whole number where it must, or one out of range");
  return from.get<Number>();
}

/// Throws InputError for negative ones, too.
inline std::int64_t count(const nlohmann::json& from) {
  const auto number = whole<std::int64_t>(from);
  if (number < 0) throw InputError("a message counts less than nothing");
  return number;
}

}  // namespace tandem
