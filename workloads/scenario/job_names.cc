// Keeps job names apart without writing out those of the generators.
#include <algorithm>
#include <charconv>

#include "workloads/scenario/job_sources.h"

namespace tandem {

bool JobNames::Pattern::matches(std::string_view name) const {
  if (!name.starts_with(prefix)) return false;
  name.remove_prefix(prefix.size());
  const bool has_leading_zero = name.size() > 1 && name[0] == '0';
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc{} || end != name.data() + name.size() || has_leading_zero) return false;
  return !count || number < *count;
}

void JobNames::add_pattern(std::string prefix, std::optional<std::uint64_t> count) {
  patterns_.push_back({std::move(prefix), count});
}

bool JobNames::contains(std::string_view name) const {
  if (names_.contains(std::string(name))) return true;
  return std::ranges::any_of(patterns_, [&](const Pattern& p) { return p.matches(name); });
}

std::vector<std::string> JobNames::clashes() const {
  std::vector<std::string> found;
  for (const std::string& name : names_) {
    if (std::ranges::any_of(patterns_, [&](const Pattern& p) { return p.matches(name); })) {
      found.push_back(name);
    }
  }
  // The set has no order that two machines would agree on.
  std::ranges::sort(found);
  return found;
}

std::vector<std::string> JobNames::examples() const {
  constexpr std::size_t kMostCompared = 10'000;
  std::vector<std::string> examples;
  if (names_.size() <= kMostCompared) examples.assign(names_.begin(), names_.end());
  std::ranges::sort(examples);
  for (const Pattern& pattern : patterns_) examples.push_back(pattern.prefix + "0");
  return examples;
}

}  // namespace tandem
