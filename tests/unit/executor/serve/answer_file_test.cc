#include "executor/serve/answer_file.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "tests/support/error_of.h"
#include "tests/support/temporary_folder.h"

namespace tandem {
namespace {

class AnswerFiles : public testing::Test {
 protected:
  std::string text() const {
    std::ifstream in(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void write(const std::string& text) const { std::ofstream(path_, std::ios::binary) << text; }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "out.jsonl";
};

constexpr const char* kA =
    R"({"custom_id":"a","response":{"status_code":200,"body":{"x":1}},"error":null})";
constexpr const char* kB =
    R"({"custom_id":"\"b\"","response":{"status_code":400,"body":{}},"error":null})";

TEST_F(AnswerFiles, RememberWhoIsAnswered) {
  {
    AnswerFile file(path_);
    EXPECT_FALSE(file.has("a"));
    file.add("a", 200, R"({"x":1})");
    file.add("\"b\"", 400, "{}");
    file.sync();
  }
  EXPECT_EQ(text(), std::string(kA) + "\n" + kB + "\n");
  AnswerFile again(path_);
  EXPECT_TRUE(again.has("a"));
  EXPECT_TRUE(again.has("\"b\""));
  EXPECT_FALSE(again.has("b"));
  EXPECT_EQ(again.size(), 2U);
}

TEST_F(AnswerFiles, OfWhoeverIsKilledKeepTheirWholeLines) {
  const std::string both = std::string(kA) + "\n" + kB + "\n";
  const std::size_t first = std::string(kA).size() + 1;
  for (std::size_t length = 0; length <= both.size(); ++length) {
    write(both.substr(0, length));
    AnswerFile file(path_);
    EXPECT_EQ(file.size(), length == both.size() ? 2U : length >= first ? 1U : 0U);
    if (!file.has("a")) file.add("a", 200, R"({"x":1})");
    if (!file.has("\"b\"")) file.add("\"b\"", 400, "{}");
    file.sync();
    ASSERT_EQ(text(), both) << length;
  }
}

TEST_F(AnswerFiles, AreOnTheDiskAfterSomeAnswers) {
  AnswerFile file(path_);
  for (int i = 0; i < 100; ++i) file.add(std::to_string(i), 200, "{}");
  EXPECT_GT(text().size(), 50 * std::string(kB).size() - 50 * 10);
}

TEST_F(AnswerFiles, TakeNothingForTheirsThatIsNot) {
  write(std::string(kA) + "\nsomething\n" + kB + "\n");
  const std::string before = text();
  EXPECT_EQ(error_of([this] { AnswerFile file(path_); }),
            path_.string() + ":2:1: this is no answer to a prompt");
  EXPECT_EQ(text(), before);
  write("a letter of somebody's");
  EXPECT_EQ(error_of([this] { AnswerFile file(path_); }),
            path_.string() + ":1:1: this is no answer to a prompt");
  EXPECT_EQ(text(), "a letter of somebody's");
}

TEST_F(AnswerFiles, BelongToOneProcess) {
  AnswerFile file(path_);
  EXPECT_EQ(error_of([this] { AnswerFile second(path_); }),
            path_.string() + ": another process writes its answers here");
}

}  // namespace
}  // namespace tandem
