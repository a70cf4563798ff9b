// Gangs of processes that really train a tiny model, for tests.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "executor/spec/training_spec.h"
#include "tests/support/child_program.h"
#include "tests/support/temporary_folder.h"

namespace tandem {

/// Four layers, 256 numbers for tokens, grouped queries in LLaMA's case. Learns `text`, a file of
/// bytes, in batches of 8 rows.
TrainingSpec tiny_gpt2(const std::filesystem::path& text);
TrainingSpec tiny_llama(const std::filesystem::path& text);
/// Writes some text that can be learnt a little. Returns its path.
std::filesystem::path write_text(const std::filesystem::path& folder);

/// The ranks of one gang, begun together; what they say comes to files.
class TrainingGang {
 public:
  /// Commands are those of rank_program, for all ranks; `more` is for its last rank alone, before.
  TrainingGang(const TrainingSpec& spec, const std::vector<std::string>& commands,
               std::chrono::milliseconds patience = std::chrono::minutes{5},
               const std::vector<std::string>& more = {});

  ChildProgram& rank(std::size_t i) { return *ranks_.at(i); }
  std::size_t size() const { return ranks_.size(); }
  /// Waits for all. What rank 0 has said; fails the test if any ended other than clean.
  std::string output();

 private:
  TemporaryFolder folder_;
  std::vector<std::unique_ptr<ChildProgram>> ranks_;
};

/// The losses in what a rank has said, in order.
std::vector<double> losses_of(const std::string& output);
std::vector<double> norms_of(const std::string& output);

}  // namespace tandem
