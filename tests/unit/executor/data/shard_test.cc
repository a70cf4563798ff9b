// Shards byte by byte, and the cache of them that several processes share.
#include "executor/data/shard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <thread>

#include "executor/data/shard_cache.h"
#include "tests/support/error_of.h"
#include "tests/support/shared_traces.h"
#include "tests/support/temporary_file.h"
#include "tests/unit/executor/data/small_vocabulary.h"
#include "workloads/traces/mapped_file.h"

namespace tandem {
namespace {

using testing::HasSubstr;
using Ids = std::vector<TokenId>;

Ids ids_in(const std::filesystem::path& path) {
  const MappedFile file(path);
  return std::visit([](auto span) { return Ids(span.begin(), span.end()); },
                    read_shard(file.bytes(), path.string()));
}

void write(const std::filesystem::path& path, std::int64_t vocabulary, const Ids& ids) {
  ShardWriter shard(path, vocabulary);
  shard.write(std::span(ids).first(1));
  shard.write(std::span(ids).subspan(1));
  shard.commit();
}

TEST(Shard, HasTheFormOfLlmC) {
  const TemporaryFile file("s.bin", "");
  write(file.path(), 50'257, {1, 50'256, 3});
  const MappedFile mapped(file.path());
  std::string expected(1024 + 6, '\0');
  const std::int32_t head[] = {20240520, 1, 3};
  const std::uint16_t tokens[] = {1, 50'256, 3};
  std::memcpy(expected.data(), head, sizeof head);
  std::memcpy(expected.data() + 1024, tokens, sizeof tokens);
  EXPECT_EQ(mapped.bytes(), expected);
}

TEST(Shard, IsReadAgainInBothWidths) {
  const TemporaryFile file("s.bin", "");
  write(file.path(), 65'536, {7, 65'535});
  EXPECT_EQ(ids_in(file.path()), (Ids{7, 65'535}));
  EXPECT_EQ(std::filesystem::file_size(file.path()), 1028U);
  write(file.path(), 65'537, {7, 65'536});
  EXPECT_EQ(ids_in(file.path()), (Ids{7, 65'536}));
  EXPECT_EQ(std::filesystem::file_size(file.path()), 1032U);
}

std::string shard_error(std::initializer_list<std::int32_t> head, std::size_t data) {
  std::vector<std::int32_t> numbers(head);
  numbers.resize(256);
  std::string bytes(reinterpret_cast<const char*>(numbers.data()), 1024);
  bytes.resize(1024 + data);
  return error_of([&] { read_shard(bytes, "s.bin"); });
}

TEST(Shard, SaysWhatIsWrongWithIt) {
  EXPECT_EQ(error_of([] { read_shard("short", "s.bin"); }),
            "s.bin: too short for a shard of tokens");
  EXPECT_EQ(shard_error({1}, 0),
            "s.bin: no shard of tokens: it begins with 1, not with 20240520 or 20240801");
  EXPECT_EQ(shard_error({20240520, 2, 0}, 0), "s.bin: a shard of version 2; version 1 is read");
  EXPECT_EQ(shard_error({20240520, 1, 3}, 5),
            "s.bin: its head counts 3 tokens of 2 bytes, and 5 bytes follow");
  EXPECT_EQ(shard_error({20240801, 7, 3}, 6),
            "s.bin: its head counts 3 tokens of 4 bytes, and 6 bytes follow");
  EXPECT_EQ(shard_error({20240520, 1, -1}, 0),
            "s.bin: its head counts -1 tokens of 2 bytes, and 0 bytes follow");
}

TEST(ShardCache, SplitsBetweenCharacters) {
  EXPECT_EQ(held_out_begin("0123456789", 0.1), 9U);
  EXPECT_EQ(held_out_begin("0123456789", 0), 10U);
  EXPECT_EQ(held_out_begin("012345678901", 0.1), 10U) << "rounded down";
  EXPECT_EQ(held_out_begin("0\u20AC\u20AC", 0.3), 4U) << "4.9: not after one byte of three";
  EXPECT_EQ(held_out_begin("0\u20AC\u20AC", 0.45), 1U);
}

class ShardCacheTest : public testing::Test {
 protected:
  TextShards shards(double held_out = 0.5) const {
    return shards_of(text_.path(), vocabulary_.path(), *tokenizer_, held_out, cache());
  }
  std::filesystem::path cache() const { return text_.folder() / "cache"; }

  TemporaryFile text_{"text.txt", "ab ab<|endoftext|>"};
  TemporaryFile vocabulary_{"v.tiktoken", small_vocabulary({"ab"})};
  std::unique_ptr<const Tokenizer> tokenizer_ = gpt2_tokenizer(vocabulary_.path());
};

TEST_F(ShardCacheTest, EncodesBothParts) {
  const TextShards made = shards(13.0 / 18);
  EXPECT_EQ(ids_in(made.training), (Ids{256, ' ', 256}));
  EXPECT_EQ(ids_in(made.held_out), Ids{257}) << "a special token in training text";
}

TEST_F(ShardCacheTest, MakesThemOnce) {
  const TextShards made = shards();
  std::filesystem::resize_file(made.training, 0);  // Made again, it would be whole again.
  EXPECT_EQ(shards().training, made.training);
  EXPECT_EQ(std::filesystem::file_size(made.training), 0U);
}

TEST_F(ShardCacheTest, AnotherTextOrShareGetsOthers) {
  const TextShards made = shards();
  EXPECT_NE(shards(0.25).training, made.training);
  std::ofstream(text_.path(), std::ios::app) << "more";
  EXPECT_NE(shards().training, made.training);
  std::filesystem::remove(text_.path());
  EXPECT_THAT(error_of([&] { shards(); }), HasSubstr("text.txt: cannot open it: No such file"));
}

TEST_F(ShardCacheTest, RanksThatStartTogetherShareThem) {
  std::vector<std::thread> ranks;
  std::vector<Ids> read(4);
  for (Ids& ids : read) {
    ranks.emplace_back([&] { ids = ids_in(shards().training); });
  }
  for (std::thread& rank : ranks) rank.join();
  for (const Ids& ids : read) EXPECT_EQ(ids, read[0]);
  EXPECT_FALSE(read[0].empty());
}

TEST(ShardCacheOfShakespeare, HasTheTokensThatOthersCount) {
  TANDEM_NEEDS_SHARED_TRACE("text/tinyshakespeare.txt");
  const TemporaryFile place("x", "");
  const auto vocabulary = shared_trace("text/r50k_base.tiktoken");
  const TextShards made = shards_of(shared_trace("text/tinyshakespeare.txt"), vocabulary,
                                    *gpt2_tokenizer(vocabulary), 0.1, place.folder() / "cache");
  EXPECT_EQ(ids_in(made.training).size(), 301'966U);
  EXPECT_EQ(ids_in(made.held_out).size(), 36'059U);
}

}  // namespace
}  // namespace tandem
