#include "executor/serve/answer_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>
#include <utility>

#include "executor/files/durable_file.h"
#include "policies/core/check.h"
#include "policies/core/error.h"

namespace tandem {
namespace {

/// A power failure costs at most so many answers, and they cost one wait for the disk.
constexpr std::size_t kAnswersTogether = 64;
constexpr std::string_view kBeginning = R"({"id":"batch_req_)";
constexpr std::size_t kDigits = 16;  ///< Of a fingerprint.

std::system_error failure(const std::filesystem::path& path) {
  return std::system_error(errno, std::generic_category(), "cannot write " + path.string());
}

/// What a line says of the prompt that it answers; nothing if it is no such line.
std::optional<std::pair<std::string, AnswerFile::Answered>> answer_of(const std::string& line) {
  if (!line.starts_with(kBeginning)) return std::nullopt;
  AnswerFile::Answered answered;
  const char* const digits = line.data() + kBeginning.size();
  const char* const end = line.data() + std::min(line.size(), kBeginning.size() + kDigits);
  const char* const stop = std::from_chars(digits, end, answered.prompt, 16).ptr;
  if (stop != digits + kDigits) return std::nullopt;
  try {
    const auto answer = nlohmann::json::parse(line);
    answered.status = answer.at("response").at("status_code");
    return std::pair{answer.at("custom_id").get<std::string>(), answered};
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

}  // namespace

AnswerFile::AnswerFile(const std::filesystem::path& path)
    : path_(path),
      descriptor_(::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0666)) {
  if (descriptor_ < 0) throw InputError({path.string(), 0, 0}, std::strerror(errno));
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
  std::string line;
  for (; std::getline(in, line) && !in.eof(); ++number) {
    const auto answer = answer_of(line);
    if (!answer || !answered_.insert(*answer).second) {
      throw InputError({path_.string(), number, 1}, "this is no answer to a prompt");
    }
    whole += line.size() + 1;
  }
  // Nothing of somebody else's is cut off.
  if (!line.starts_with(kBeginning) && !kBeginning.starts_with(line)) {
    throw InputError({path_.string(), number, 1}, "this is no answer to a prompt");
  }
  if (::ftruncate(descriptor_, static_cast<off_t>(whole)) != 0) throw failure(path_);
  sync_folder_of(path_);
}

void AnswerFile::add(const FilePrompt& prompt, int status, std::string_view body) {
  CHECK(answered_.insert({prompt.id, {prompt.fingerprint(), status}}).second,
        "{} is answered already", prompt.id);
  CHECK(body.find('\n') == std::string_view::npos, "an answer is one line");
  const std::string line = fmt::format(
      "{}{:0{}x}\",\"custom_id\":{},\"response\":{{\"status_code\":{},\"body\":{}}},\"error\":null}"
      "}\n",
      kBeginning, prompt.fingerprint(), kDigits, nlohmann::json(prompt.id).dump(), status, body);
  for (std::string_view rest = line; !rest.empty();) {
    const ssize_t written = ::write(descriptor_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw failure(path_);
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  if (++unsynced_ >= kAnswersTogether) sync();
}

void AnswerFile::sync() {
  if (::fdatasync(descriptor_) != 0) throw failure(path_);
  unsynced_ = 0;
}

}  // namespace tandem
