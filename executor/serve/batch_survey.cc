#include "executor/serve/batch_survey.h"

#include <fmt/format.h>

#include "policies/core/error.h"

namespace tandem {

BatchSurvey survey(PromptFile prompts, const AnswerFile& answers) {
  BatchSurvey survey;
  while (const auto prompt = prompts.next()) {
    ++survey.prompts;
    const auto found = answers.answered().find(prompt->id);
    if (found == answers.answered().end()) continue;
    if (found->second.prompt != prompt->fingerprint()) {
      throw InputError({prompts.file(), prompts.line(), 0},
                       fmt::format("'{}' is another prompt than the one that {} answers; give "
                                   "another file for the answers, or take that line out of it",
                                   prompt->id, answers.path().string()));
    }
    ++survey.answered;
    if (found->second.status != 200) ++survey.wrong;
  }
  survey.strange = answers.answered().size() - survey.answered;
  return survey;
}

}  // namespace tandem
