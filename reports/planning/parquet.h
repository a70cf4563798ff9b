// A table as a Parquet file, which pandas, Polars, DuckDB and Arrow read as it is.
//
// Debian 12 packages no writer of it (no Arrow, no DuckDB), and what a table of figures needs of
// the format is little: one row group, a page for each column, plain values, zstd. Apache Parquet
// format 2.9: https://github.com/apache/parquet-format, and the compact protocol of Thrift that its
// metadata is in.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tandem {

/// Nothing is null, and not NaN.
using ParquetNumbers = std::vector<std::optional<double>>;
using ParquetTexts = std::vector<std::optional<std::string>>;

/// A column; all of one table are equally long.
struct ParquetColumn {
  std::string name;
  std::variant<ParquetNumbers, ParquetTexts> values;
};

/// The bytes of the file.
std::string parquet_bytes(const std::vector<ParquetColumn>& columns);

/// Writes it whole, or not at all. Throws InputError if there can be no such file.
void write_parquet(const std::filesystem::path& path, const std::vector<ParquetColumn>& columns);

}  // namespace tandem
