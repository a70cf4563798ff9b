// Written files, read back by a reader that knows nothing of the writer: what the format says.
#include "reports/planning/parquet.h"

#include <gtest/gtest.h>
#include <zstd.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <map>
#include <stdexcept>

namespace tandem {
namespace {

/// Any value of Thrift's compact protocol, for tests: structs as maps by field.
struct Thrift {
  std::int64_t integer = 0;
  std::string text;
  std::vector<Thrift> list;
  std::map<int, Thrift> fields;

  const Thrift& at(int field) const { return fields.at(field); }
};

class ThriftReader {
 public:
  explicit ThriftReader(std::string_view bytes) : bytes_(bytes) {}

  Thrift structure() {
    Thrift value;
    int field = 0;
    while (true) {
      const auto head = byte();
      if (head == 0) return value;
      field += head >> 4;
      value.fields[field] = of_type(head & 15);
    }
  }
  std::size_t at() const { return at_; }

 private:
  std::uint8_t byte() { return static_cast<std::uint8_t>(bytes_.at(at_++)); }
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      const std::uint64_t next = byte();
      value |= (next & 127) << shift;
      if (next < 128) return value;
    }
  }
  Thrift of_type(int type) {
    Thrift value;
    if (type == 5 || type == 6) {
      const std::uint64_t zigzag = varint();
      value.integer =
          static_cast<std::int64_t>(zigzag >> 1) ^ -static_cast<std::int64_t>(zigzag & 1);
    } else if (type == 8) {
      const std::size_t size = varint();
      value.text = bytes_.substr(at_, size);
      at_ += size;
    } else if (type == 9) {
      const auto head = byte();
      const std::size_t count = head >> 4 == 15 ? varint() : head >> 4;
      for (std::size_t i = 0; i < count; ++i) value.list.push_back(of_type(head & 15));
    } else if (type == 12) {
      value = structure();
    } else {
      throw std::runtime_error("unexpected type");
    }
    return value;
  }

  std::string_view bytes_;
  std::size_t at_ = 0;
};

Thrift metadata_of(std::string_view file) {
  EXPECT_EQ(file.substr(0, 4), "PAR1");
  EXPECT_EQ(file.substr(file.size() - 4), "PAR1");
  std::uint32_t size = 0;
  std::memcpy(&size, file.data() + file.size() - 8, 4);
  ThriftReader reader(file.substr(file.size() - 8 - size, size));
  const Thrift meta = reader.structure();
  EXPECT_EQ(reader.at(), size) << "nothing is left over";
  return meta;
}

/// The levels of a page's column and the bytes of its values.
struct Page {
  std::vector<bool> is_there;
  std::string values;
};

Page page_of(std::string_view file, const Thrift& chunk) {
  const auto offset = static_cast<std::size_t>(chunk.at(3).at(9).integer);
  ThriftReader reader(file.substr(offset));
  const Thrift head = reader.structure();
  const auto stored = static_cast<std::size_t>(head.at(3).integer);
  EXPECT_EQ(reader.at() + stored, static_cast<std::size_t>(chunk.at(3).at(7).integer));
  std::string plain(static_cast<std::size_t>(head.at(2).integer), '\0');
  EXPECT_EQ(ZSTD_decompress(plain.data(), plain.size(), file.data() + offset + reader.at(), stored),
            plain.size());
  std::uint32_t levels = 0;
  std::memcpy(&levels, plain.data(), 4);
  Page page;
  for (std::size_t at = 4; at < 4 + levels;) {
    std::uint64_t run = 0;
    for (int shift = 0;; shift += 7) {
      const auto next = static_cast<std::uint8_t>(plain[at++]);
      run |= static_cast<std::uint64_t>(next & 127) << shift;
      if (next < 128) break;
    }
    EXPECT_EQ(run & 1, 0U) << "a run of equal levels";
    page.is_there.insert(page.is_there.end(), run >> 1, plain[at++] != 0);
  }
  page.values = plain.substr(4 + levels);
  EXPECT_EQ(page.is_there.size(), static_cast<std::size_t>(head.at(5).at(1).integer));
  return page;
}

TEST(Parquet, SaysWhatItHolds) {
  const std::string file = parquet_bytes({{"nodes", ParquetNumbers{4, 8, std::nullopt}},
                                          {"policy", ParquetTexts{"fifo", std::nullopt, "é"}}});
  const Thrift meta = metadata_of(file);
  EXPECT_EQ(meta.at(3).integer, 3) << "rows";
  ASSERT_EQ(meta.at(2).list.size(), 3U) << "a root and two columns";
  EXPECT_EQ(meta.at(2).list[0].at(5).integer, 2);
  EXPECT_EQ(meta.at(2).list[1].at(4).text, "nodes");
  EXPECT_EQ(meta.at(2).list[1].at(1).integer, 5) << "DOUBLE";
  EXPECT_EQ(meta.at(2).list[2].at(1).integer, 6) << "BYTE_ARRAY";
  EXPECT_EQ(meta.at(2).list[2].at(6).integer, 0) << "UTF8";
  const Thrift& group = meta.at(4).list.at(0);
  EXPECT_EQ(group.at(3).integer, 3);
  const Page numbers = page_of(file, group.at(1).list[0]);
  EXPECT_EQ(numbers.is_there, (std::vector<bool>{true, true, false}));
  std::vector<double> values(2);
  ASSERT_EQ(numbers.values.size(), 16U);
  std::memcpy(values.data(), numbers.values.data(), 16);
  EXPECT_EQ(values, (std::vector<double>{4, 8}));
  const Page texts = page_of(file, group.at(1).list[1]);
  EXPECT_EQ(texts.is_there, (std::vector<bool>{true, false, true}));
  EXPECT_EQ(texts.values, std::string("\4\0\0\0fifo\2\0\0\0é", 14));
}

TEST(Parquet, ManyColumnsAndRows) {
  std::vector<ParquetColumn> columns;
  for (int i = 0; i < 40; ++i) {
    ParquetNumbers numbers;
    for (int row = 0; row < 1000; ++row) {
      numbers.push_back(row % 7 == i % 7 ? std::nullopt : std::optional(row * std::sqrt(i)));
    }
    columns.push_back({"column" + std::to_string(i), std::move(numbers)});
  }
  const std::string file = parquet_bytes(columns);
  const Thrift meta = metadata_of(file);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const Page page = page_of(file, meta.at(4).list[0].at(1).list[i]);
    const auto& numbers = std::get<ParquetNumbers>(columns[i].values);
    std::size_t at = 0;
    for (std::size_t row = 0; row < numbers.size(); ++row) {
      ASSERT_EQ(page.is_there[row], numbers[row].has_value());
      if (!numbers[row]) continue;
      double value = 0;
      std::memcpy(&value, page.values.data() + at, 8);
      ASSERT_EQ(value, *numbers[row]);
      at += 8;
    }
    EXPECT_EQ(at, page.values.size());
  }
}

TEST(Parquet, ATableMayBeEmpty) {
  EXPECT_EQ(metadata_of(parquet_bytes({{"a", ParquetNumbers{}}})).at(3).integer, 0);
}

TEST(Parquet, ColumnsAreEquallyLong) {
  EXPECT_THROW(parquet_bytes({{"a", ParquetNumbers{1}}, {"b", ParquetNumbers{}}}),
               std::logic_error);
}

}  // namespace
}  // namespace tandem
