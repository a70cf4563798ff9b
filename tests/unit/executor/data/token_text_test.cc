// Rows of texts and shards, and what becomes of the ends of files.
#include "executor/data/token_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "executor/data/shard.h"
#include "tests/support/error_of.h"
#include "tests/support/temporary_file.h"
#include "tests/unit/executor/data/small_vocabulary.h"

namespace tandem {
namespace {

using testing::HasSubstr;
using Row = std::vector<std::int64_t>;

Row row_of(const TokenText& text, TextPart part, std::int64_t row, std::size_t sequence) {
  Row numbers(sequence + 1);
  text.read(part, row, numbers);
  return numbers;
}

TEST(TokenText, RowsOverlapByOneAndStayInTheirFile) {
  const TemporaryFile first("a.txt", "abcdefg");
  const TemporaryFile second("b.txt", "hijkl");
  const TextSource source{{first.path(), second.path()}, Tokens::kBytes, {}, 0};
  const TokenText text(source, 2, first.folder());
  EXPECT_EQ(text.vocabulary(), 256);
  EXPECT_EQ(text.rows(TextPart::kHeldOut), 0);
  ASSERT_EQ(text.rows(TextPart::kTraining), 5);
  const auto row = [&](std::int64_t i) { return row_of(text, TextPart::kTraining, i, 2); };
  EXPECT_EQ(row(0), (Row{'a', 'b', 'c'}));
  EXPECT_EQ(row(2), (Row{'e', 'f', 'g'}));
  EXPECT_EQ(row(3), (Row{'h', 'i', 'j'}));
  EXPECT_EQ(row(4), (Row{'j', 'k', 'l'}));
}

TEST(TokenText, HoldsOutTheEndOfEveryFile) {
  const TemporaryFile first("a.txt", "abcdefgh");
  const TemporaryFile second("b.txt", "i");  // Too short for a row of its own.
  const TemporaryFile third("c.txt", "qrstuvwx");
  const TextSource source{{first.path(), second.path(), third.path()}, Tokens::kBytes, {}, 0.5};
  const TokenText text(source, 3, first.folder());
  ASSERT_EQ(text.rows(TextPart::kTraining), 2);
  ASSERT_EQ(text.rows(TextPart::kHeldOut), 2);
  EXPECT_EQ(row_of(text, TextPart::kTraining, 1, 3), (Row{'q', 'r', 's', 't'}));
  EXPECT_EQ(row_of(text, TextPart::kHeldOut, 0, 3), (Row{'e', 'f', 'g', 'h'}));
  EXPECT_EQ(row_of(text, TextPart::kHeldOut, 1, 3), (Row{'u', 'v', 'w', 'x'}));
}

TEST(TokenText, EncodesTextOnceIntoTheCache) {
  const TemporaryFile vocabulary("v.tiktoken", small_vocabulary({"ab"}));
  const TemporaryFile file("a.txt", "ab ab ab ab");
  const TextSource source{{file.path()}, Tokens::kGpt2, vocabulary.path(), 0};
  const TokenText text(source, 2, file.folder() / "cache");
  EXPECT_EQ(text.vocabulary(), 258);
  ASSERT_EQ(text.rows(TextPart::kTraining), 3);
  EXPECT_EQ(row_of(text, TextPart::kTraining, 0, 2), (Row{256, ' ', 256}));
  EXPECT_TRUE(std::filesystem::exists(file.folder() / "cache"));
}

TEST(TokenText, ReadsShards) {
  const TemporaryFile file("s.bin", "");
  ShardWriter shard(file.path(), 300);
  shard.write(std::vector<TokenId>{5, 6, 7, 280, 8, 9, 10, 11});
  shard.commit();
  const TokenText text({{file.path()}, Tokens::kShards, {}, 0.5}, 3, file.folder());
  EXPECT_EQ(text.vocabulary(), 281) << "the largest number that is there, and one";
  EXPECT_EQ(row_of(text, TextPart::kTraining, 0, 3), (Row{5, 6, 7, 280}));
  EXPECT_EQ(row_of(text, TextPart::kHeldOut, 0, 3), (Row{8, 9, 10, 11}));
}

TEST(TokenText, SaysWhatIsTooShort) {
  const TemporaryFile file("a.txt", "abcdefgh");
  const auto error = [&](std::int64_t sequence, double held_out) {
    return error_of([&] {
      TokenText({{file.path()}, Tokens::kBytes, {}, held_out}, sequence, file.folder());
    });
  };
  EXPECT_THAT(error(8, 0), HasSubstr("a.txt: too short: 8 numbers to learn from in 1 files, and a "
                                     "row of sequence 8 takes 9 of one"));
  EXPECT_EQ(error(7, 0), "no error");
  EXPECT_THAT(error(4, 0.25), HasSubstr("too short: 2 numbers held out"));
  EXPECT_THAT(error_of([&] {
                TokenText({{"/nowhere"}, Tokens::kBytes, {}, 0}, 1, "c");
              }),
              HasSubstr("/nowhere: cannot open it"));
  EXPECT_THAT(error_of([&] {
                TokenText({{file.path()}, Tokens::kShards, {}, 0}, 1, "c");
              }),
              HasSubstr("a.txt: too short for a shard"));
}

TEST(RowOrder, FollowsFromSeedAndPlaceForEver) {
  // A checkpoint remembers only its step: these may never change.
  const RowOrder order(1, 10);
  Row first;
  Row second;
  for (std::int64_t place = 0; place < 10; ++place) {
    first.push_back(order.row(place));
    second.push_back(order.row(10 + place));
  }
  EXPECT_EQ(first, (Row{4, 3, 2, 7, 8, 6, 1, 0, 9, 5}));
  EXPECT_EQ(second, (Row{3, 1, 7, 0, 9, 4, 2, 8, 6, 5}));
}

}  // namespace
}  // namespace tandem
