// A file of prompts held against the answers that are there already, before any more are asked.
#pragma once

#include <cstddef>

#include "executor/serve/answer_file.h"
#include "executor/serve/prompt_file.h"

namespace tandem {

struct BatchSurvey {
  std::size_t prompts = 0;   ///< In the file, lines that are none counted.
  std::size_t answered = 0;  ///< Of them.
  std::size_t wrong = 0;     ///< Of the answered ones: with another status than 200.
  std::size_t strange = 0;   ///< Answers to nothing in the file.
};

/// Reads `prompts` to its end. Throws InputError for a prompt that is another than the one that was
/// answered under its id: whoever reads the answers would take one for the other's.
BatchSurvey survey(PromptFile prompts, const AnswerFile& answers);

}  // namespace tandem
