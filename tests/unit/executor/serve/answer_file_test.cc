#include "executor/serve/answer_file.h"

#include <fmt/format.h>
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

FilePrompt prompt(const std::string& id) {
  FilePrompt prompt;
  prompt.id = id;
  return prompt;
}

/// The line that answers prompt("a").
std::string line_a() {
  return fmt::format(R"({{"id":"batch_req_{:016x}","custom_id":"a","response":)"
                     R"({{"status_code":200,"body":{{"x":1}}}},"error":null}})",
                     prompt("a").fingerprint());
}
/// And prompt("\"b\"").
std::string line_b() {
  return fmt::format(R"({{"id":"batch_req_{:016x}","custom_id":"\"b\"","response":)"
                     R"({{"status_code":400,"body":{{}}}},"error":null}})",
                     prompt("\"b\"").fingerprint());
}

void answer(AnswerFile& file, const std::string& id) {
  if (file.has(id)) return;
  id == "a" ? file.add(prompt(id), 200, R"({"x":1})") : file.add(prompt(id), 400, "{}");
}

TEST_F(AnswerFiles, RememberWhoIsAnswered) {
  {
    AnswerFile file(path_);
    EXPECT_FALSE(file.has("a"));
    answer(file, "a");
    answer(file, "\"b\"");
    file.sync();
  }
  EXPECT_EQ(text(), line_a() + "\n" + line_b() + "\n");
  AnswerFile again(path_);
  ASSERT_TRUE(again.has("a"));
  ASSERT_TRUE(again.has("\"b\""));
  EXPECT_FALSE(again.has("b"));
  EXPECT_EQ(again.answered().size(), 2U);
  EXPECT_EQ(again.answered().at("a").prompt, prompt("a").fingerprint());
  EXPECT_EQ(again.answered().at("a").status, 200);
  EXPECT_EQ(again.answered().at("\"b\"").status, 400);
}

TEST_F(AnswerFiles, OfWhoeverIsKilledKeepTheirWholeLines) {
  const std::string both = line_a() + "\n" + line_b() + "\n";
  const std::size_t first = line_a().size() + 1;
  for (std::size_t length = 0; length <= both.size(); ++length) {
    write(both.substr(0, length));
    AnswerFile file(path_);
    EXPECT_EQ(file.answered().size(), length == both.size() ? 2U : length >= first ? 1U : 0U);
    answer(file, "a");
    answer(file, "\"b\"");
    file.sync();
    ASSERT_EQ(text(), both) << length;
  }
}

TEST_F(AnswerFiles, AreWrittenAtOnce) {
  AnswerFile file(path_);
  answer(file, "a");
  EXPECT_EQ(text(), line_a() + "\n") << "who is killed now has not answered in vain";
}

TEST_F(AnswerFiles, TakeNothingForTheirsThatIsNot) {
  write(line_a() + "\nsomething\n" + line_b() + "\n");
  const std::string before = text();
  EXPECT_EQ(error_of([this] { AnswerFile file(path_); }),
            path_.string() + ":2:1: this is no answer to a prompt");
  EXPECT_EQ(text(), before);
  write(line_a() + "\n" + line_a() + "\n");
  EXPECT_EQ(error_of([this] { AnswerFile file(path_); }),
            path_.string() + ":2:1: this is no answer to a prompt")
      << "nothing is answered twice";
  write("a letter of somebody's");
  EXPECT_EQ(error_of([this] { AnswerFile file(path_); }),
            path_.string() + ":1:1: this is no answer to a prompt");
  EXPECT_EQ(text(), "a letter of somebody's");
}

TEST_F(AnswerFiles, WantAFolderToLieIn) {
  path_ = folder_.path() / "nowhere" / "out.jsonl";
  EXPECT_EQ(error_of([this] { AnswerFile file(path_); }),
            path_.string() + ": No such file or directory");
}

TEST_F(AnswerFiles, BelongToOneProcess) {
  AnswerFile file(path_);
  EXPECT_EQ(error_of([this] { AnswerFile second(path_); }),
            path_.string() + ": another process writes its answers here");
}

}  // namespace
}  // namespace tandem
