// What is left of a batch, and whether it is still the same one.

#include "executor/serve/batch_survey.h"

#include <gtest/gtest.h>

#include "tests/support/error_of.h"
#include "tests/support/temporary_folder.h"

namespace tandem {
namespace {

constexpr const char* kPrompts = R"({"prompt": "x", "custom_id": "a"}
{"prompt": "y", "custom_id": "b"}
no prompt
{"prompt": "z"}
)";

class BatchSurveys : public testing::Test {
 protected:
  BatchSurvey survey_of(const std::string& text) {
    return survey(PromptFile(text, "in.jsonl"), answers_);
  }
  /// The first so many of a text are answered.
  void answer(const std::string& text, int count, int status) {
    PromptFile prompts(text, "in.jsonl");
    for (int i = 0; i < count; ++i) {
      const auto prompt = prompts.next();
      if (!answers_.has(prompt->id)) answers_.add(*prompt, status, "{}");
    }
  }

  TemporaryFolder folder_;
  AnswerFile answers_{folder_.path() / "out.jsonl"};
};

TEST_F(BatchSurveys, CountWhatIsAnswered) {
  BatchSurvey survey = survey_of(kPrompts);
  EXPECT_EQ(survey.prompts, 4U);
  EXPECT_EQ(survey.answered, 0U);
  answer(kPrompts, 2, 200);
  answer(kPrompts, 3, 400);
  survey = survey_of(kPrompts);
  EXPECT_EQ(survey.answered, 3U);
  EXPECT_EQ(survey.wrong, 1U);
  EXPECT_EQ(survey.strange, 0U);
}

TEST_F(BatchSurveys, PromptsMayCome) {
  answer(kPrompts, 4, 200);
  const BatchSurvey survey = survey_of(std::string(kPrompts) + R"({"prompt": "new"})");
  EXPECT_EQ(survey.prompts, 5U);
  EXPECT_EQ(survey.answered, 4U);
}

TEST_F(BatchSurveys, AnswersToNothingAreCounted) {
  answer(kPrompts, 4, 200);
  const BatchSurvey survey = survey_of(R"({"prompt": "y", "custom_id": "b"})");
  EXPECT_EQ(survey.answered, 1U);
  EXPECT_EQ(survey.strange, 3U);
}

TEST_F(BatchSurveys, NoAnswerIsTakenForAnothers) {
  answer(kPrompts, 4, 200);
  const std::string out = (folder_.path() / "out.jsonl").string();
  EXPECT_EQ(error_of([this] { survey_of("\n{\"prompt\": \"other\", \"custom_id\": \"a\"}"); }),
            "in.jsonl:2: 'a' is another prompt than the one that " + out +
                " answers; give another file for the answers, or take that line out of it");
  // A line before them, and lines without an id are others.
  EXPECT_NE(error_of([this] {
              survey_of("{\"prompt\": \"first\", \"custom_id\": \"0\"}\n" + std::string(kPrompts));
            }),
            "no error");
}

}  // namespace
}  // namespace tandem
