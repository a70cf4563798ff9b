// What was written is read again, aligned, for random sets of tensors.
#include <gtest/gtest.h>

#include <deque>

#include "executor/tensors/safetensors.h"
#include "executor/tensors/safetensors_head.h"
#include "tests/support/random.h"
#include "tests/support/temporary_file.h"

namespace tandem {
namespace {

/// Random tensors, and the bytes they point to.
struct RandomTensors {
  explicit RandomTensors(std::uint64_t seed) : random(seed) {
    const std::uint64_t count = random.below(20);
    for (std::uint64_t i = 0; i < count; ++i) add("layer." + std::to_string(random.below(1000)));
    if (random.below(2) == 1) metadata = {{"step", std::to_string(seed)}, {"\xE2\x82\xAC", "\"\\"}};
  }

  void add(const std::string& name) {
    TensorEntry tensor;
    tensor.type = static_cast<NumberType>(random.below(10));
    const std::uint64_t sides = random.below(4);
    for (std::uint64_t i = 0; i < sides; ++i) {
      tensor.shape.push_back(static_cast<std::int64_t>(random.below(6)));
    }
    std::vector<std::byte>& data = store.emplace_back(*tensor_bytes(tensor.type, tensor.shape));
    for (std::byte& byte : data) byte = static_cast<std::byte>(random.below(256));
    tensor.data = data;
    tensors.insert_or_assign(name, tensor);
  }

  Random random;
  std::deque<std::vector<std::byte>> store;
  TensorMap tensors;
  TensorMetadata metadata;
};

TEST(SafetensorsLaws, WhatIsWrittenIsRead) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const RandomTensors written(seed);
    const TemporaryFile file("t.safetensors", "");
    write_safetensors(file.path(), written.tensors, written.metadata);
    const SafetensorsFile read(file.path());
    EXPECT_EQ(read.metadata(), written.metadata) << "seed " << seed;
    ASSERT_EQ(read.tensors().size(), written.tensors.size()) << "seed " << seed;
    for (const auto& [name, tensor] : written.tensors) {
      const TensorEntry& again = read.tensor(name);
      EXPECT_EQ(again.type, tensor.type) << "seed " << seed;
      EXPECT_EQ(again.shape, tensor.shape) << "seed " << seed;
      EXPECT_TRUE(std::ranges::equal(again.data, tensor.data)) << "seed " << seed;
      const auto place = reinterpret_cast<std::uintptr_t>(again.data.data());
      EXPECT_EQ(place % bytes_of(again.type), 0U) << "aligned, seed " << seed;
    }
  }
}

}  // namespace
}  // namespace tandem
