#include "executor/http/stop_strings.h"

#include <algorithm>
#include <utility>

namespace tandem {
namespace {

std::vector<std::size_t> borders_of(std::string_view text) {
  std::vector<std::size_t> border(text.size() + 1, 0);
  std::size_t length = 0;
  for (std::size_t i = 1; i < text.size(); ++i) {
    while (length > 0 && text[i] != text[length]) length = border[length];
    if (text[i] == text[length]) ++length;
    border[i + 1] = length;
  }
  return border;
}

}  // namespace

StopStrings::StopStrings(const std::vector<std::string>& stops) {
  for (const std::string& stop : stops) stops_.push_back({stop, borders_of(stop)});
}

/// Whether the stop string is complete with this byte.
bool StopStrings::advance(Stop& stop, char byte) {
  while (stop.matched > 0 && stop.text[stop.matched] != byte) {
    stop.matched = stop.border[stop.matched];
  }
  if (stop.text[stop.matched] == byte) ++stop.matched;
  return stop.matched == stop.text.size();
}

std::string StopStrings::add(std::string_view text) {
  if (found_) return {};
  held_ += text;
  std::size_t begins = 0;  // The longest beginning of a stop string that the text ends with.
  for (std::size_t i = 0; i < text.size(); ++i) {
    begins = 0;
    std::size_t complete = 0;
    for (Stop& stop : stops_) {
      if (advance(stop, text[i])) complete = std::max(complete, stop.matched);
      begins = std::max(begins, stop.matched);
    }
    if (complete == 0) continue;
    found_ = true;
    const std::size_t behind = text.size() - i - 1;
    held_.resize(held_.size() - behind - complete);
    return std::exchange(held_, {});
  }
  if (text.empty()) return {};
  std::string given = held_.substr(0, held_.size() - begins);
  held_.erase(0, given.size());
  return given;
}

std::string StopStrings::end() { return std::exchange(held_, {}); }

}  // namespace tandem
