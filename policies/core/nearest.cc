#include "policies/core/nearest.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <tuple>
#include <vector>

namespace tandem {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Optimal string alignment distance, after Damerau (1964).
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                           lower(a[i - 2]) == lower(b[j - 1]);
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    std::swap(before_last, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

constexpr std::size_t kLongestName = 64;
constexpr std::size_t kMostNearest = 3;

std::size_t common_prefix(std::string_view a, std::string_view b) {
  std::size_t length = 0;
  while (length < std::min(a.size(), b.size()) && lower(a[length]) == lower(b[length])) ++length;
  return length;
}

/// Whether `whole` goes on after `part` with another word.
bool begins_with_words(std::string_view whole, std::string_view part) {
  constexpr std::string_view kBetweenWords = "-_. ";
  return !part.empty() && whole.size() > part.size() && common_prefix(whole, part) == part.size() &&
         kBetweenWords.find(whole[part.size()]) != std::string_view::npos;
}

/// The longest candidate that `name` begins with, or the shortest that begins with it.
std::string same_beginning(std::string_view name, std::span<const std::string> candidates) {
  std::string_view within;
  std::string_view around;
  for (const std::string& candidate : candidates) {
    if (begins_with_words(name, candidate) && candidate.size() > within.size()) within = candidate;
    const bool is_shorter = around.empty() || candidate.size() < around.size();
    if (begins_with_words(candidate, name) && is_shorter) around = candidate;
  }
  return std::string(within.empty() ? around : within);
}

}  // namespace

std::string nearest(std::string_view name, std::span<const std::string> candidates) {
  if (name.size() > kLongestName) return {};
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(1, name.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(name, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best.empty() ? same_beginning(name, candidates) : best;
}

std::string suggestion(std::string_view name, std::span<const std::string> candidates) {
  if (const std::string near = nearest(name, candidates); !near.empty()) {
    return fmt::format(" (did you mean '{}'?)", near);
  }
  return candidates.empty() ? "" : fmt::format(" (one of: {})", fmt::join(candidates, ", "));
}

std::string suggestion_of_many(std::string_view name, std::span<const std::string> candidates) {
  if (const std::string near = nearest(name, candidates); !near.empty() || candidates.empty()) {
    return suggestion(name, candidates);
  }
  name = name.substr(0, kLongestName);
  std::vector<std::string_view> sorted(candidates.begin(), candidates.end());
  const auto count = std::min(kMostNearest, sorted.size());
  std::ranges::partial_sort(sorted, sorted.begin() + static_cast<std::ptrdiff_t>(count), {},
                            [&](std::string_view other) {
                              return std::tuple(name.size() - common_prefix(name, other),
                                                edit_distance(name, other), other);
                            });
  sorted.resize(count);
  return fmt::format(" (nearest: {})", fmt::join(sorted, ", "));
}

}  // namespace tandem
