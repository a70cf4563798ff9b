#include "executor/worker/step_table.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <fstream>
#include <string>
#include <system_error>

namespace tandem {
namespace {

/// The head and the rows of steps up to `last`.
std::string kept_rows(const std::filesystem::path& path, std::string_view columns,
                      std::int64_t last) {
  std::string kept = std::string(columns) + '\n';
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line) && !file.eof()) {  // A last row without an end is half a row.
    std::int64_t step = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), step);
    if (error != std::errc{} || step > last) break;
    kept += line + '\n';
  }
  return kept;
}

}  // namespace

StepTable::StepTable(const std::filesystem::path& path, std::string_view columns,
                     std::int64_t steps_done) {
  const std::string kept = kept_rows(path, columns, steps_done);
  const std::filesystem::path temporary = path.string() + ".partial";
  file_.reset(std::fopen(temporary.c_str(), "we"));
  if (!file_) throw std::system_error(errno, std::generic_category(), temporary.string());
  std::fwrite(kept.data(), 1, kept.size(), file_.get());
  sync();
  std::filesystem::rename(temporary, path);
}

void StepTable::row(std::int64_t step, std::string_view cells) {
  const std::string line = fmt::format("{},{}\n", step, cells);
  std::fwrite(line.data(), 1, line.size(), file_.get());
}

void StepTable::sync() {
  if (std::fflush(file_.get()) != 0 || fdatasync(fileno(file_.get())) != 0) {
    throw std::system_error(errno, std::generic_category(), "a table of steps");
  }
}

}  // namespace tandem
