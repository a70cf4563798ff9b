// One value of a trace together with its place, so that whoever reads it can say what is wrong
// with it and where.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "policies/core/error.h"
#include "policies/core/units.h"

namespace tandem {

/// A field of a line: valid until the reader that made it goes on to the next line.
struct Field {
  std::string_view text;
  std::string_view name;  ///< Of its column.
  const std::string* file = nullptr;
  std::size_t line = 0;
  std::size_t column = 0;

  Position position() const { return {*file, line, column}; }
};

/// Throws the InputError "file:line:column: NAME is 'TEXT': expected EXPECTED".
[[noreturn]] void fail(const Field& field, std::string_view expected);

/// The field as a whole number from `least` to `most`; else fail() with `expected`. "3.0" is 3:
/// tables are often written by programs that know only decimals.
std::int64_t whole_number(const Field& field, std::int64_t least, std::int64_t most,
                          std::string_view expected);
/// A count of devices, at least `least`.
std::uint32_t device_count(const Field& field, std::uint32_t least);
/// Seconds, 0 or more.
Duration seconds(const Field& field);
/// The field's text, once it is_name().
std::string_view name_text(const Field& field);

}  // namespace tandem
