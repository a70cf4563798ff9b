// The course of a job's training as a CSV file, a row a step. A job that goes on from a checkpoint
// does some steps again: their rows are taken out first.
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string_view>

namespace tandem {

class StepTable {
 public:
  /// Keeps the rows of steps up to `steps_done`. The first of the `columns` is the step.
  StepTable(const std::filesystem::path& path, std::string_view columns, std::int64_t steps_done);
  /// `cells` as CSV, without the step and without a line break.
  void row(std::int64_t step, std::string_view cells);
  /// What was written is on disk.
  void sync();

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace tandem
