#include "executor/train/checkpoint_form.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>

namespace tandem {
namespace {

/// Multiplies and rotates words in four lanes, which takes as long as reading them.
class Checksum {
 public:
  void add(std::span<const std::byte> bytes) {
    constexpr std::size_t kWord = sizeof(std::uint64_t);
    const std::size_t whole = bytes.size() / (4 * kWord) * (4 * kWord);
    for (std::size_t at = 0; at < whole; at += 4 * kWord) {
      std::array<std::uint64_t, 4> words{};
      std::memcpy(words.data(), bytes.data() + at, 4 * kWord);
      for (std::size_t lane = 0; lane < 4; ++lane) mix(lane, words[lane]);
    }
    for (std::size_t at = whole; at < bytes.size(); ++at) {
      mix(at % 4, static_cast<std::uint64_t>(bytes[at]));
    }
    mix(0, bytes.size());
  }
  void add(std::string_view text) { add(std::as_bytes(std::span(text))); }
  std::string hex() const {
    std::uint64_t all = 0;
    for (const std::uint64_t lane : lanes_) all = (all ^ lane ^ lane >> 29) * kPrime;
    return fmt::format("{:016x}", all ^ all >> 32);
  }

 private:
  static constexpr std::uint64_t kPrime = 0x9E3779B97F4A7C15;
  void mix(std::size_t lane, std::uint64_t word) {
    const std::uint64_t mixed = (lanes_[lane] ^ word) * kPrime;
    lanes_[lane] = mixed << 29 | mixed >> 35;
  }

  std::array<std::uint64_t, 4> lanes_{1, 2, 3, 4};
};

constexpr std::string_view kPrefix = "step-";
constexpr std::size_t kDigits = 8;

bool is_checkpoint(const std::string& name) {
  return name.starts_with(kPrefix) && name.size() >= kPrefix.size() + kDigits &&
         std::all_of(name.begin() + kPrefix.size(), name.end(),
                     [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string checkpoint_name(std::int64_t step) { return fmt::format("{}{:08}", kPrefix, step); }

std::vector<std::filesystem::path> checkpoints_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> found;
  if (!std::filesystem::is_directory(folder)) return found;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (is_checkpoint(entry.path().filename())) found.push_back(entry.path());
  }
  std::ranges::sort(found, [](const auto& a, const auto& b) {
    const std::string first = a.filename();
    const std::string second = b.filename();
    return std::pair(first.size(), first) > std::pair(second.size(), second);
  });
  return found;
}

std::string slice_name(std::int64_t tensor_rank, std::int64_t stage) {
  return fmt::format("tensor-{}-stage-{}.safetensors", tensor_rank, stage);
}

std::string checksum(const TensorMap& tensors) {
  Checksum sum;
  for (const auto& [name, tensor] : tensors) {
    sum.add(name);
    sum.add(tensor.data);
  }
  return sum.hex();
}

std::string checksum(std::string_view text) {
  Checksum sum;
  sum.add(text);
  return sum.hex();
}

}  // namespace tandem
