#include "executor/control/journal_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <fstream>
#include <iterator>
#include <system_error>

namespace tandem {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path) {
  throw std::system_error(errno, std::generic_category(), path.string());
}

}  // namespace

std::optional<JournalRemains> read_remains(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  JournalRemains remains;
  remains.text.assign(std::istreambuf_iterator<char>(file), {});
  remains.text.resize(remains.text.rfind('\n') + 1);  // npos + 1 is 0.
  if (remains.text.find("\nrun\n") == std::string::npos) return std::nullopt;
  const std::size_t step = remains.text.rfind("\n@ ");
  remains.last_step = step == std::string::npos ? remains.text.size() : step + 1;
  if (step != std::string::npos) {
    std::int64_t nanoseconds = 0;
    const char* digits = remains.text.data() + step + 3;
    std::from_chars(digits, remains.text.data() + remains.text.size(), nanoseconds);
    remains.last_time = Time{Duration{nanoseconds}};
  }
  remains.complete = remains.text.ends_with("\nend\n");
  return remains;
}

JournalLog::JournalLog(const std::filesystem::path& path, std::size_t keep)
    : writer_([this](std::string_view text) { append(text); }) {
  descriptor_ = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor_ < 0 || ftruncate(descriptor_, static_cast<off_t>(keep)) != 0 ||
      lseek(descriptor_, 0, SEEK_END) < 0) {
    fail(path);
  }
}

JournalLog::~JournalLog() { close(descriptor_); }

void JournalLog::begin_run(const RunHeader& header) {
  if (!is_muted_) writer_.begin_run(header);
}
void JournalLog::begin_step(Time now) {
  if (!is_muted_) writer_.begin_step(now);
}
void JournalLog::event(const Event& event) {
  if (!is_muted_) writer_.event(event);
}
void JournalLog::action(const Action& action) {
  if (!is_muted_) writer_.action(action);
}

void JournalLog::append(std::string_view text) {
  is_dirty_ = is_dirty_ || !text.empty();
  while (!text.empty()) {
    const ssize_t written = write(descriptor_, text.data(), text.size());
    if (written < 0 && errno != EINTR) fail("journal");
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
}

void JournalLog::sync() {
  writer_.flush();
  if (is_dirty_ && fdatasync(descriptor_) != 0) fail("journal");
  is_dirty_ = false;
}

void JournalLog::replace_end(std::size_t keep, std::string_view text) {
  if (ftruncate(descriptor_, static_cast<off_t>(keep)) != 0 ||
      lseek(descriptor_, 0, SEEK_END) < 0) {
    fail("journal");
  }
  append(text);
  sync();
}

void JournalLog::finish() {
  writer_.finish();
  sync();
}

}  // namespace tandem
