#include "reports/planning/parquet.h"

#include <zstd.h>

#include <bit>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string_view>

#include "reports/atomic_file.h"

namespace tandem {
namespace {

static_assert(std::endian::native == std::endian::little, "Parquet is little-endian, as is this");

// Numbers of the format's own: parquet.thrift.
constexpr std::int32_t kDouble = 5;
constexpr std::int32_t kByteArray = 6;
constexpr std::int32_t kOptional = 1;
constexpr std::int32_t kUtf8 = 0;
constexpr std::int32_t kPlain = 0;
constexpr std::int32_t kRle = 3;
constexpr std::int32_t kZstd = 6;
constexpr std::int32_t kDataPage = 0;
constexpr std::string_view kMagic = "PAR1";

void append_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

template <class Number>
void append_raw(std::string& out, Number number) {
  char bytes[sizeof number];
  std::memcpy(bytes, &number, sizeof number);
  out.append(bytes, sizeof number);
}

/// Structs in Thrift's compact protocol: fields come with rising numbers, each told by its distance
/// from the last.
class ThriftWriter {
 public:
  explicit ThriftWriter(std::string& out) : out_(out) {}

  void i32(int field, std::int32_t value) { integer(field, kI32, value); }
  void i64(int field, std::int64_t value) { integer(field, kI64, value); }
  void text(int field, std::string_view value) {
    head(field, kBinary);
    bare_text(value);
  }
  template <class Write>
  void nested(int field, Write write) {
    head(field, kStruct);
    bare_struct(write);
  }
  /// `write(i)` writes the fields of the i-th struct.
  template <class Write>
  void structs(int field, std::size_t count, Write write) {
    list_head(field, kStruct, count);
    for (std::size_t i = 0; i < count; ++i) bare_struct([&] { write(i); });
  }
  void integers(int field, std::initializer_list<std::int32_t> values) {
    list_head(field, kI32, values.size());
    for (const std::int32_t value : values) append_varint(out_, zigzag(value));
  }
  void texts(int field, std::initializer_list<std::string_view> values) {
    list_head(field, kBinary, values.size());
    for (const std::string_view value : values) bare_text(value);
  }
  template <class Write>
  void bare_struct(Write write) {
    const int outer = last_;
    last_ = 0;
    write();
    out_ += '\0';
    last_ = outer;
  }

 private:
  enum Type : std::uint8_t { kI32 = 5, kI64 = 6, kBinary = 8, kList = 9, kStruct = 12 };

  static std::uint64_t zigzag(std::int64_t value) {
    return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
  }
  void head(int field, Type type) {
    out_ += static_cast<char>((field - last_) << 4 | type);
    last_ = field;
  }
  void integer(int field, Type type, std::int64_t value) {
    head(field, type);
    append_varint(out_, zigzag(value));
  }
  void bare_text(std::string_view value) {
    append_varint(out_, value.size());
    out_ += value;
  }
  void list_head(int field, Type element, std::size_t count) {
    head(field, kList);
    constexpr std::size_t kShort = 15;
    if (count < kShort) {
      out_ += static_cast<char>(count << 4 | element);
    } else {
      out_ += static_cast<char>(kShort << 4 | element);
      append_varint(out_, count);
    }
  }

  std::string& out_;
  int last_ = 0;
};

/// Which values are there, as runs of equal ones.
template <class Values>
std::string definition_levels(const Values& values) {
  std::string runs;
  for (std::size_t begin = 0; begin < values.size();) {
    std::size_t end = begin;
    while (end < values.size() && values[end].has_value() == values[begin].has_value()) ++end;
    append_varint(runs, (end - begin) << 1);
    runs += static_cast<char>(values[begin].has_value());
    begin = end;
  }
  return runs;
}

void append_plain(std::string& out, double value) { append_raw(out, value); }
void append_plain(std::string& out, const std::string& value) {
  append_raw(out, static_cast<std::uint32_t>(value.size()));
  out += value;
}

template <class Values>
std::string page_of(const Values& values) {
  std::string page;
  const std::string levels = definition_levels(values);
  append_raw(page, static_cast<std::uint32_t>(levels.size()));
  page += levels;
  for (const auto& value : values) {
    if (value) append_plain(page, *value);
  }
  return page;
}

std::string compressed(const std::string& bytes) {
  constexpr int kLevel = 3;
  std::string result(ZSTD_compressBound(bytes.size()), '\0');
  const std::size_t size =
      ZSTD_compress(result.data(), result.size(), bytes.data(), bytes.size(), kLevel);
  if (ZSTD_isError(size) != 0) throw std::runtime_error(ZSTD_getErrorName(size));
  result.resize(size);
  return result;
}

std::size_t length_of(const ParquetColumn& column) {
  return std::visit([](const auto& values) { return values.size(); }, column.values);
}

std::int32_t type_of(const ParquetColumn& column) {
  return std::holds_alternative<ParquetNumbers>(column.values) ? kDouble : kByteArray;
}

/// Where a column's one page lies, and how large it is with its head.
struct Chunk {
  std::size_t offset = 0;
  std::size_t stored = 0;
  std::size_t plain = 0;
};

Chunk append_chunk(std::string& file, const ParquetColumn& column) {
  const std::string page =
      std::visit([](const auto& values) { return page_of(values); }, column.values);
  const std::string stored = compressed(page);
  Chunk chunk{file.size(), 0, 0};
  ThriftWriter head(file);
  head.bare_struct([&] {
    head.i32(1, kDataPage);
    head.i32(2, static_cast<std::int32_t>(page.size()));
    head.i32(3, static_cast<std::int32_t>(stored.size()));
    head.nested(5, [&] {
      head.i32(1, static_cast<std::int32_t>(length_of(column)));
      head.i32(2, kPlain);
      head.i32(3, kRle);
      head.i32(4, kRle);
    });
  });
  const std::size_t head_size = file.size() - chunk.offset;
  file += stored;
  chunk.stored = head_size + stored.size();
  chunk.plain = head_size + page.size();
  return chunk;
}

void write_schema(ThriftWriter& meta, const std::vector<ParquetColumn>& columns) {
  meta.structs(2, columns.size() + 1, [&](std::size_t i) {
    if (i == 0) {
      meta.text(4, "table");
      meta.i32(5, static_cast<std::int32_t>(columns.size()));
      return;
    }
    const ParquetColumn& column = columns[i - 1];
    meta.i32(1, type_of(column));
    meta.i32(3, kOptional);
    meta.text(4, column.name);
    if (type_of(column) == kByteArray) meta.i32(6, kUtf8);
  });
}

void write_chunk(ThriftWriter& meta, const ParquetColumn& column, const Chunk& chunk) {
  const auto offset = static_cast<std::int64_t>(chunk.offset);
  meta.i64(2, offset);
  meta.nested(3, [&] {
    meta.i32(1, type_of(column));
    meta.integers(2, {kPlain, kRle});
    meta.texts(3, {column.name});
    meta.i32(4, kZstd);
    meta.i64(5, static_cast<std::int64_t>(length_of(column)));
    meta.i64(6, static_cast<std::int64_t>(chunk.plain));
    meta.i64(7, static_cast<std::int64_t>(chunk.stored));
    meta.i64(9, offset);
  });
}

}  // namespace

std::string parquet_bytes(const std::vector<ParquetColumn>& columns) {
  const auto rows = static_cast<std::int64_t>(columns.empty() ? 0 : length_of(columns.front()));
  std::string file(kMagic);
  std::vector<Chunk> chunks;
  std::int64_t bytes = 0;
  for (const ParquetColumn& column : columns) {
    if (length_of(column) != static_cast<std::size_t>(rows)) {
      throw std::logic_error("column " + column.name + " has another length than the others");
    }
    chunks.push_back(append_chunk(file, column));
    bytes += static_cast<std::int64_t>(chunks.back().plain);
  }
  const std::size_t meta_begin = file.size();
  ThriftWriter meta(file);
  meta.bare_struct([&] {
    meta.i32(1, 1);
    write_schema(meta, columns);
    meta.i64(3, rows);
    meta.structs(4, 1, [&](std::size_t) {
      meta.structs(1, columns.size(),
                   [&](std::size_t i) { write_chunk(meta, columns[i], chunks[i]); });
      meta.i64(2, bytes);
      meta.i64(3, rows);
    });
    meta.text(6, "tandem");
  });
  append_raw(file, static_cast<std::uint32_t>(file.size() - meta_begin));
  return file.append(kMagic);
}

void write_parquet(const std::filesystem::path& path, const std::vector<ParquetColumn>& columns) {
  AtomicFile file(path);
  file.write(parquet_bytes(columns));
  file.commit();
}

}  // namespace tandem
