// Scenario files and the files they name: found, read and fingerprinted.
#include <fmt/format.h>

#include <array>
#include <fstream>
#include <system_error>

#include "policies/core/fingerprint.h"
#include "workloads/scenario/build.h"

namespace tandem {
namespace {

constexpr std::uintmax_t kLargestScenario = std::uintmax_t{16} << 20;

/// Why a file cannot be read; empty if it can.
std::string obstacle(const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) return "there is no such file";
  if (std::filesystem::is_directory(status)) return "this is a folder, not a file";
  if (!std::filesystem::is_regular_file(status)) return "this is not a regular file";
  if (!std::ifstream(path)) return "the file cannot be opened for reading";
  return {};
}

}  // namespace

std::string read_scenario_file(const std::filesystem::path& path) {
  const Position where{path.string(), 0, 0};
  if (const std::string why = obstacle(path); !why.empty()) throw InputError(where, why);
  std::error_code error;
  if (std::filesystem::file_size(path, error) > kLargestScenario) {
    throw InputError(where, "a scenario has at most 16 MiB; put jobs into a trace");
  }
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::optional<std::filesystem::path> ScenarioBuild::path_named(const Value& value) {
  // A zero byte would end the name for the system, and name another file than the text says.
  if (value.text.empty() || value.text.find('\0') != std::string::npos) {
    fail(value, "the file name is empty");
    return std::nullopt;
  }
  return folder / value.text;
}

std::optional<std::filesystem::path> ScenarioBuild::file_named(const Value& value) {
  const auto path = path_named(value);
  if (!path) return std::nullopt;
  if (const std::string why = obstacle(*path); !why.empty()) {
    fail(value, fmt::format("'{}': {}", path->string(), why));
    return std::nullopt;
  }
  files.push_back(*path);
  return path;
}

std::string hash_of(const Document& document, const std::vector<std::filesystem::path>& files,
                    std::string_view more) {
  Fingerprint fingerprint;
  fingerprint.add(canonical_text(document.root));
  fingerprint.add(more);
  std::array<char, 1 << 16> block;
  for (const auto& path : files) {
    std::ifstream file(path, std::ios::binary);
    while (file.read(block.data(), block.size()) || file.gcount() > 0) {
      fingerprint.add({block.data(), static_cast<std::size_t>(file.gcount())});
    }
  }
  return fmt::format("{:016x}", fingerprint.value());
}

}  // namespace tandem
