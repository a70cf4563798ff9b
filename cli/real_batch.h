// What `tandem run-batch` adds to a real run: a file of prompts that one of its services answers.
// The file of answers is what is gone on with; the run's folder beside it is only the run's.
#pragma once

#include <filesystem>
#include <string>

#include "cli/arguments.h"
#include "executor/control/run_folder.h"
#include "executor/front/batch_player.h"
#include "executor/serve/batch_survey.h"
#include "workloads/scenario.h"
#include "workloads/traces/text_file.h"

namespace tandem {

/// The folder of the run: what the user says, or the first of ANSWERS.run, ANSWERS.run-2, … whose
/// run has not come to its end, so that prompts that are new are answered by another run.
std::filesystem::path batch_folder(const Arguments& arguments);

class RealBatch {
 public:
  /// Throws InputError if there is no such service, for a file that cannot be read or written, and
  /// for a prompt that is another than the one that was answered.
  RealBatch(const Arguments& arguments, const Scenario& scenario);

  const PromptBatch& work() const { return work_; }
  /// Whether a prompt has no answer, or the run there has not come to its end.
  bool has_work(const RunFolder& folder) const;
  /// What is there already, on standard error.
  void tell_beginning() const;
  /// Of the prompts that had no answer in the beginning, how many have one now: from 0 to 1.
  double fraction() const;

  // When the thread of the front has ended, or was never begun:

  /// All answers are on the disk, and it is told: as the head of what a person reads, or as one
  /// document (tandem.batch/1). `folder`: of the run.
  void conclude(const std::filesystem::path& folder);
  /// 0: every prompt has an answer with status 200. 1: some have an error. 5: some have none.
  int exit_code() const;

 private:
  std::string headline() const;
  std::size_t answered() const;
  std::size_t wrong() const;
  double tokens_per_s() const;

  const Arguments& arguments_;
  const std::size_t service_;  ///< Of the scenario's.
  const TextFile text_;
  PromptFile prompts_;
  AnswerFile answers_;
  BatchProgress progress_;
  const PromptBatch work_;
  const BatchSurvey survey_;
};

}  // namespace tandem
