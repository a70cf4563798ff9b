// Files of tensors, byte by byte, and everything that may be wrong with one.
#include "executor/tensors/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "executor/tensors/safetensors_head.h"
#include "tests/support/error_of.h"
#include "tests/support/temporary_file.h"

namespace tandem {
namespace {

using testing::HasSubstr;

/// A file of this head and so many bytes of data.
std::string file_of(const std::string& head, std::size_t data) {
  std::string bytes(8, '\0');
  for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<char>(head.size() >> (8 * i) & 0xFF);
  return bytes + head + std::string(data, 'x');
}
std::string error_in(const std::string& bytes) {
  return error_of([&] { read_safetensors(bytes, "m.safetensors"); });
}
void expect_error(const std::string& head, std::size_t data, const std::string& message) {
  EXPECT_THAT(error_in(file_of(head, data)), HasSubstr(message)) << head;
}
/// An entry of the head: four bytes at `begin`.
std::string one(const std::string& name, int begin) {
  return "\"" + name + R"(":{"dtype":"F32","shape":[1],"data_offsets":[)" + std::to_string(begin) +
         "," + std::to_string(begin + 4) + "]}";
}

TEST(Safetensors, WritesWhatTheReferenceImplementationWrites) {
  // From safetensors 0.8.0 for Python, save() of the same tensors.
  const std::vector<std::byte> zeros(32);
  const std::span<const std::byte> data(zeros);
  const TensorMap tensors{{"b", {NumberType::kF32, {2, 3}, data.first(24)}},
                          {"a", {NumberType::kI64, {}, data.first(8)}},
                          {"c", {NumberType::kU8, {0, 2}, {}}},
                          {"d", {NumberType::kBool, {1}, data.first(1)}},
                          {"\xC3\xA9\"\n/", {NumberType::kF16, {2}, data.first(4)}},
                          {"i", {NumberType::kI32, {2}, data.first(8)}}};
  const TemporaryFile file("t.safetensors", "");
  write_safetensors(file.path(), tensors, {{"x", "y"}});
  const std::string head =
      R"({"__metadata__":{"x":"y"},"a":{"dtype":"I64","shape":[],"data_offsets":[0,8]},)"
      R"("b":{"dtype":"F32","shape":[2,3],"data_offsets":[8,32]},)"
      R"("i":{"dtype":"I32","shape":[2],"data_offsets":[32,40]},)"
      "\"\xC3\xA9\\\"\\n/\":"
      R"({"dtype":"F16","shape":[2],"data_offsets":[40,44]},)"
      R"("c":{"dtype":"U8","shape":[0,2],"data_offsets":[44,44]},)"
      R"("d":{"dtype":"BOOL","shape":[1],"data_offsets":[44,45]}}      )";
  std::ifstream in(file.path(), std::ios::binary);
  const std::string written{std::istreambuf_iterator<char>(in), {}};
  EXPECT_EQ(written, file_of(head, 0) + std::string(45, '\0'));
}

TEST(Safetensors, ReadsWhereTensorsLie) {
  const TemporaryFile file(
      "t.safetensors", file_of("{" + one("late", 4) + "," + one("early", 0) + "}  ", 4) + "yyyy");
  const SafetensorsFile read(file.path());
  ASSERT_EQ(read.tensors().size(), 2U);
  EXPECT_EQ(read.tensor("early").data.front(), std::byte{'x'});
  EXPECT_EQ(read.tensor("late").data.front(), std::byte{'y'});
  EXPECT_EQ(read.tensor("late").shape, std::vector<std::int64_t>{1});
  EXPECT_TRUE(read.metadata().empty());
  EXPECT_THAT(error_of([&] { read.tensor("lat"); }),
              HasSubstr("t.safetensors: there is no tensor 'lat' (did you mean 'late'?)"));
}

TEST(Safetensors, TakesFilesWithoutTensors) {
  EXPECT_TRUE(read_safetensors(file_of("{}", 0), "m").tensors.empty());
  const auto head = read_safetensors(file_of(R"({"__metadata__":{"format":"pt"}})", 0), "m");
  EXPECT_EQ(head.metadata.at("format"), "pt");
}

TEST(Safetensors, RefusesHeadsThatAreNone) {
  EXPECT_EQ(error_in(""), "m.safetensors: too short for a safetensors file");
  EXPECT_THAT(error_in(file_of("{}", 0).substr(0, 9)), HasSubstr("its head would have 2 bytes"));
  EXPECT_THAT(error_in(std::string(100, '\xFF')), HasSubstr("18446744073709551615 bytes"));
  EXPECT_THAT(error_in(file_of("{}" + std::string(kMostHeadBytes, ' '), 0)),
              HasSubstr("its head would have 100000002 bytes"));
  expect_error(" {}", 0, "does not begin with '{'");
  expect_error("{", 0, "no JSON");
  expect_error("{}x", 0, "no JSON");
  expect_error("{\"a\":" + std::string(100'000, '['), 0, "nested too deeply");
  expect_error("{\"\xFF\":1}", 0, "no JSON");
}

TEST(Safetensors, RefusesKeysThatComeTwice) {
  expect_error("{" + one("a", 0) + "," + one("a", 0) + "}", 4, "the key 'a' twice");
  expect_error(R"({"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 4,
               "the key 'dtype' twice");
  expect_error(R"({"__metadata__":{"a":"b","a":"b"}})", 0, "the key 'a' twice");
}

TEST(Safetensors, RefusesEntriesOfAnotherForm) {
  expect_error(R"({"a":1})", 0, "m.safetensors: 'a': is no object");
  expect_error(R"({"a":{"dtype":"F32","shape":[1]}})", 4, "'data_offsets' is missing");
  expect_error(R"({"a":{"dtype":"F33","shape":[1],"data_offsets":[0,4]}})", 4,
               "unknown dtype 'F33' (did you mean 'F32'?)");
  expect_error(R"({"a":{"dtype":32,"shape":[1],"data_offsets":[0,4]}})", 4, "unknown dtype '32'");
  expect_error(R"({"a":{"dtype":"F32","shap":[1],"data_offsets":[0,4]}})", 4,
               "unknown key 'shap' (did you mean 'shape'?)");
  expect_error(R"({"a":{"dtype":"F32","shape":1,"data_offsets":[0,4]}})", 4, "'shape' is no list");
  expect_error(R"({"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}})", 4,
               "expected a whole number, not 1.0");
  expect_error(R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 4, "not -1");
  expect_error(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,18446744073709551615]}})", 4,
               "not 18446744073709551615");
  expect_error(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}})", 4, "not two numbers");
  expect_error(R"({"__metadata__":{"a":1}})", 0, "'__metadata__': 'a' is no string");
  expect_error(R"({"__metadata__":null})", 0, "'__metadata__': is no object");
}

TEST(Safetensors, RefusesShapesThatAreNotTheirBytes) {
  expect_error(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 4,
               "the shape [2] of F32 does not take 4 bytes");
  // Multiplied without a look these would wrap around to 4.
  expect_error(R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}})", 0,
               "does not take 0 bytes");
  expect_error(R"({"a":{"dtype":"F32","shape":[4611686018427387905],"data_offsets":[0,4]}})", 4,
               "does not take 4 bytes");
}

TEST(Safetensors, RefusesHolesAndOverlaps) {
  expect_error("{" + one("a", 0) + "}", 3, "bytes 0 to 4 are not among the 3");
  expect_error(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", 8, "bytes 4 to 0");
  expect_error("{" + one("a", 0) + "," + one("b", 2) + "}", 6, "'b' begins at byte 2");
  expect_error("{" + one("a", 0) + "," + one("b", 0) + "}", 4, "begins at byte 0 of the data, not");
  expect_error("{" + one("a", 0) + "," + one("b", 8) + "}", 12, "'b' begins at byte 8");
  expect_error("{" + one("a", 4) + "}", 8, "'a' begins at byte 4");
  expect_error("{" + one("a", 0) + "}", 5, "take 4 bytes, and the file has 5");
}

TEST(Safetensors, TypesHaveTheirNamesAndSizes) {
  EXPECT_EQ(name_of(NumberType::kBf16), "BF16");
  EXPECT_EQ(bytes_of(NumberType::kBf16), 2U);
  for (const std::string& name : number_type_names()) {
    EXPECT_EQ(name_of(number_type_named(name).value()), name);
  }
}

}  // namespace
}  // namespace tandem
