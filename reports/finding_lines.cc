#include "reports/finding_lines.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>
#include <tuple>

namespace tandem {
namespace {

constexpr std::size_t kMostPolicies = 3;

/// A finding and the run it is of.
struct Found {
  const RunResult* run;
  const Finding* finding;
};

/// The findings of one kind, from all runs.
std::vector<Found> of_kind(std::span<const RunResult> runs, const std::string& kind) {
  std::vector<Found> result;
  for (const RunResult& run : runs) {
    for (const Finding& finding : run.findings) {
      if (finding.kind == kind) result.push_back({&run, &finding});
    }
  }
  return result;
}

bool worse(const Found& a, const Found& b) {
  return std::tie(a.finding->severity, a.finding->count) >
         std::tie(b.finding->severity, b.finding->count);
}

bool has(const RunResult& run, const std::string& summary) {
  return std::any_of(run.findings.begin(), run.findings.end(),
                     [&](const Finding& finding) { return finding.summary == summary; });
}

/// "easy and sjf", "4 other policies".
std::string policies_beside(const std::string& policy, std::span<const Found> found) {
  std::vector<std::string> names;
  for (const Found& one : found) {
    const std::string& name = one.run->policy;
    const bool known = std::find(names.begin(), names.end(), name) != names.end();
    if (name != policy && !known) names.push_back(name);
  }
  if (names.size() > kMostPolicies) return fmt::format("{} other policies", names.size());
  return fmt::format("{}", fmt::join(names, ", "));
}

/// The worst of a kind, and who else has it. `found` is not empty.
std::string line(std::span<const RunResult> runs, std::span<const Found> found) {
  const Found& worst = *std::min_element(found.begin(), found.end(), worse);
  const std::string& text = worst.finding->summary;
  if (std::all_of(runs.begin(), runs.end(), [&](const auto& run) { return has(run, text); })) {
    return text;
  }
  const bool seeds = std::any_of(runs.begin(), runs.end(),
                                 [&](const RunResult& run) { return run.seed != worst.run->seed; });
  const std::string seed = seeds ? fmt::format(", seed {}", worst.run->seed) : "";
  const std::string others = policies_beside(worst.run->policy, found);
  return fmt::format("{}{}: {}{}", worst.run->policy, seed, text,
                     others.empty() ? "" : "; also under " + others);
}

}  // namespace

std::vector<std::string> finding_lines(std::span<const RunResult> runs) {
  std::vector<std::vector<Found>> kinds;
  for (const RunResult& run : runs) {
    for (const Finding& finding : run.findings) {
      const bool known = std::any_of(kinds.begin(), kinds.end(), [&](const auto& kind) {
        return kind.front().finding->kind == finding.kind;
      });
      if (!known) kinds.push_back(of_kind(runs, finding.kind));
    }
  }
  const auto severity = [](const std::vector<Found>& kind) {
    return std::min_element(kind.begin(), kind.end(), worse)->finding->severity;
  };
  std::stable_sort(kinds.begin(), kinds.end(),
                   [&](const auto& a, const auto& b) { return severity(a) > severity(b); });
  std::vector<std::string> lines;
  lines.reserve(kinds.size());
  for (const auto& kind : kinds) lines.push_back(line(runs, kind));
  return lines;
}

}  // namespace tandem
