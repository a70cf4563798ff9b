#include "executor/serve/answer_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>

#include "executor/files/durable_file.h"
#include "policies/core/check.h"
#include "policies/core/error.h"

namespace tandem {
namespace {

/// A crash costs at most so many answers, and they cost one wait for the disk.
constexpr std::size_t kAnswersTogether = 64;
constexpr std::string_view kBeginning = R"({"custom_id":)";

std::system_error failure(const std::filesystem::path& path) {
  return std::system_error(errno, std::generic_category(), "cannot write " + path.string());
}

}  // namespace

AnswerFile::AnswerFile(const std::filesystem::path& path)
    : path_(path),
      descriptor_(::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0666)) {
  if (descriptor_ < 0) throw failure(path);
  try {
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
      throw InputError({path.string(), 0, 0}, "another process writes its answers here");
    }
    read_back();
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
}

AnswerFile::~AnswerFile() { ::close(descriptor_); }

void AnswerFile::read_back() {
  std::ifstream in(path_, std::ios::binary);
  std::size_t whole = 0;
  std::size_t number = 1;
  const auto expect = [&](bool ours) {
    if (!ours) throw InputError({path_.string(), number, 1}, "this is no answer to a prompt");
  };
  std::string line;
  for (; std::getline(in, line) && !in.eof(); ++number) {
    const nlohmann::json answer = nlohmann::json::parse(line, nullptr, false);
    expect(answer.is_object() && answer.contains("response") && answer.contains("custom_id") &&
           answer["custom_id"].is_string());
    ids_.insert(answer["custom_id"]);
    whole += line.size() + 1;
  }
  // Nothing of somebody else's is cut off.
  expect(line.starts_with(kBeginning) || kBeginning.starts_with(line));
  if (::ftruncate(descriptor_, static_cast<off_t>(whole)) != 0) throw failure(path_);
  sync_folder_of(path_);
}

void AnswerFile::add(const std::string& id, int status, std::string_view body) {
  CHECK(ids_.insert(id).second, "{} is answered already", id);
  CHECK(body.find('\n') == std::string_view::npos, "an answer is one line");
  buffer_ += kBeginning;
  buffer_ += nlohmann::json(id).dump();
  buffer_ +=
      fmt::format(R"(,"response":{{"status_code":{},"body":{}}},"error":null}})", status, body);
  buffer_ += '\n';
  if (++buffered_ >= kAnswersTogether) sync();
}

void AnswerFile::sync() {
  while (!buffer_.empty()) {
    const ssize_t written = ::write(descriptor_, buffer_.data(), buffer_.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw failure(path_);
    buffer_.erase(0, static_cast<std::size_t>(written));
  }
  if (::fdatasync(descriptor_) != 0) throw failure(path_);
  buffered_ = 0;
}

}  // namespace tandem
