#include "workloads/traces/line_reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "policies/core/error.h"

namespace tandem {
namespace {

constexpr std::size_t kLongestLine = std::size_t{1} << 20;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

std::size_t likely_lines(std::string_view text) {
  constexpr std::size_t kSample = std::size_t{1} << 16U;
  constexpr std::size_t kMost = std::size_t{1} << 22U;
  const std::string_view sample = text.substr(0, kSample);
  const auto lines = static_cast<std::size_t>(std::count(sample.begin(), sample.end(), '\n')) + 1;
  const std::size_t samples = text.size() / kSample + 1;
  return std::min(lines * samples + lines * samples / 16, kMost);
}

LineReader::LineReader(std::string_view text, std::string file)
    : rest_(text), file_(std::move(file)) {
  if (rest_.starts_with(kByteOrderMark)) rest_.remove_prefix(kByteOrderMark.size());
}

bool LineReader::next() {
  if (rest_.empty()) return false;
  ++number_;
  // Two more than the longest, for its "\r\n".
  const std::size_t window = std::min(rest_.size(), kLongestLine + 2);
  const void* end = std::memchr(rest_.data(), '\n', window);
  std::size_t size = rest_.size();
  if (end != nullptr) {
    size = static_cast<std::size_t>(static_cast<const char*>(end) - rest_.data());
  }
  line_ = rest_.substr(0, size);
  if (line_.ends_with('\r')) line_.remove_suffix(1);
  if (line_.size() > kLongestLine) {
    throw InputError({file_, number_}, "the line is longer than 1 MiB: this is no trace");
  }
  rest_.remove_prefix(std::min(size + 1, rest_.size()));
  return true;
}

bool LineReader::next_filled() {
  while (next()) {
    if (line_.find_first_not_of(" \t") != std::string_view::npos) return true;
  }
  return false;
}

void LineReader::pass_over() {
  line_ = {};
  rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size() - 1) + 1);
}

}  // namespace tandem
