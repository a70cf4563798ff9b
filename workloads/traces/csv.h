// Reads tables of comma-separated values by the names in their header. Our own because nothing
// packaged is as fast on a million rows and names the place of every mistake.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "workloads/traces/field.h"
#include "workloads/traces/line_reader.h"

namespace tandem {

/// A table in memory, which must outlive the reader. Columns come in any order, more of them than
/// asked for do no harm; fields may be quoted ("" inside is a quote) but end on their line; spaces
/// around a field are dropped; blank lines are passed over.
class CsvReader {
 public:
  /// Reads the header. Throws InputError if there is none or a name comes twice.
  CsvReader(std::string_view text, std::string file);
  /// A table without a header, whose columns have these names.
  CsvReader(std::string_view text, std::string file, std::vector<std::string> header);

  /// The place of a column. Throws InputError with the nearest name there is.
  std::size_t column(std::string_view name) const;
  /// The same for a column that may be absent.
  std::optional<std::size_t> find(std::string_view name) const;
  const std::vector<std::string>& header() const { return header_; }

  /// Goes on to the next row; false at the end. Throws InputError unless the row has as many
  /// fields as the header.
  bool next();

  /// A field of the current row.
  Field field(std::size_t column) const {
    const Slice& slice = slices_[column];
    return {slice.text, header_[column], &lines_.file(), lines_.number(), slice.column};
  }
  /// The same if the column is there and the field is not empty.
  std::optional<Field> given(std::optional<std::size_t> column) const;

 private:
  struct Slice {
    std::string_view text;
    std::size_t column;
  };

  void split_line();
  std::size_t take_plain(std::string_view line, std::size_t start);
  std::size_t take_quoted(std::string_view line, std::size_t start);
  std::string_view unescape(std::string_view quoted);

  LineReader lines_;
  std::vector<std::string> header_;
  bool has_header_ = true;
  std::vector<Slice> slices_;
  std::string unescaped_;  // What slices_ of fields with "" inside point into.
};

/// Which of several sets of column names shares most with a header, if it is half of what that set
/// has: its reader then says what is missing.
std::optional<std::size_t> most_alike(const CsvReader& csv,
                                      std::span<const std::vector<std::string_view>> sets);

}  // namespace tandem
