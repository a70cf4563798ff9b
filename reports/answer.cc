#include "reports/answer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include "reports/finding_lines.h"
#include "reports/human.h"

namespace tandem {
namespace {

/// A policy under which jobs completed.
struct Contender {
  const PolicySummary* policy;
  Estimate wait;
};

std::string wait_text(const Estimate& wait) { return human(wait.mean, Unit::kSeconds, wait.ci95); }

std::string at_utilization(const PolicySummary& policy) {
  const auto& utilization = policy.of("utilization");
  if (!utilization) return "";
  return ", at " + human(utilization->mean, Unit::kFraction) + " utilization";
}

/// "5.3 times shorter than fifo (6.40 h)".
std::string against(const Contender& best, const Contender& rival) {
  const std::string& name = rival.policy->policy;
  const std::string wait = wait_text(rival.wait);
  if (best.wait.mean == 0) return fmt::format("none at all, against {} under {}", wait, name);
  const double ratio = rival.wait.mean / best.wait.mean;
  const std::string shorter = ratio >= 1.5 ? fmt::format("{:.1f} times", ratio)
                                           : fmt::format("{:.2g} %", 100 * (1 - 1 / ratio));
  return fmt::format("{}, {} shorter than {} ({})", wait_text(best.wait), shorter, name, wait);
}

std::string names_of(std::span<const Contender> contenders) {
  std::vector<std::string> names;
  for (const Contender& contender : contenders) names.push_back(contender.policy->policy);
  if (names.size() == 1) return names.front();
  const std::string last = std::move(names.back());
  names.pop_back();
  return fmt::format("{} and {}", fmt::join(names, ", "), last);
}

/// `sorted` holds at least two, shortest wait first.
std::string compare(std::span<const Contender> sorted, const PolicySummary& first) {
  const Contender& best = sorted.front();
  const auto behind = std::find_if(sorted.begin(), sorted.end(), [&](const Contender& other) {
    return separated(best.wait, other.wait);
  });
  const auto level = static_cast<std::size_t>(behind - sorted.begin());
  const bool exact = std::all_of(sorted.begin(), behind,
                                 [&](const auto& c) { return c.wait.mean == best.wait.mean; });
  const std::string seeds = fmt::format("by these {} seeds", best.policy->seeds);
  if (behind == sorted.end()) {
    if (exact) {
      return fmt::format("{} {} policies give the same mean wait, {}.",
                         sorted.size() == 2 ? "The" : "All", sorted.size(), wait_text(best.wait));
    }
    return fmt::format("{} has the shortest mean wait, {}, but is not separated from {} ({}) {}.",
                       best.policy->policy, wait_text(best.wait), names_of(sorted.subspan(1)),
                       wait_text(sorted[1].wait), seeds);
  }
  const auto baseline =
      std::find_if(behind, sorted.end(), [&](const auto& c) { return c.policy == &first; });
  const Contender& rival = baseline == sorted.end() ? *behind : *baseline;
  const auto leaders = sorted.first(exact ? level : 1);
  std::string text = fmt::format("{} {} the shortest mean wait: {}{}.", names_of(leaders),
                                 leaders.size() == 1 ? "gives" : "give", against(best, rival),
                                 at_utilization(*best.policy));
  if (leaders.size() < level) {
    text += fmt::format(" Not separated from it {}: {}.", seeds,
                        names_of(sorted.subspan(1, level - 1)));
  }
  return text;
}

/// Means over different sets of jobs do not compare: who completes few long waits looks good.
std::string uneven_completions(std::span<const RunResult> runs) {
  std::vector<std::string> texts;
  bool uneven = false;
  for (const RunResult& run : runs) {
    if (run.seed != runs.front().seed) continue;
    texts.push_back(fmt::format("{} {}", run.policy, run.jobs.completed));
    uneven |= run.jobs.completed != runs.front().jobs.completed;
  }
  if (!uneven) return "";
  return fmt::format(
      "the policies completed different jobs, so their means are over different "
      "sets: {}",
      fmt::join(texts, ", "));
}

}  // namespace

std::string answer(std::span<const PolicySummary> policies) {
  std::vector<Contender> sorted;
  for (const PolicySummary& policy : policies) {
    if (const auto& wait = policy.of("wait_s_mean")) sorted.push_back({&policy, *wait});
  }
  if (sorted.empty()) return "No job completed.";
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.wait.mean < b.wait.mean; });
  if (sorted.size() == 1) {
    return fmt::format("Under {} jobs wait {} on average{}.", sorted[0].policy->policy,
                       wait_text(sorted[0].wait), at_utilization(*sorted[0].policy));
  }
  return compare(sorted, policies.front());
}

std::vector<std::string> notes(std::span<const RunResult> runs) {
  std::vector<std::string> result = finding_lines(runs);
  if (std::string text = uneven_completions(runs); !text.empty()) {
    result.push_back(std::move(text));
  }
  for (const RunResult& run : runs) {
    for (const std::string& warning : run.warnings) {
      const bool everywhere = std::all_of(runs.begin(), runs.end(), [&](const RunResult& other) {
        return std::find(other.warnings.begin(), other.warnings.end(), warning) !=
               other.warnings.end();
      });
      std::string text = everywhere ? warning : run.policy + ": " + warning;
      if (std::find(result.begin(), result.end(), text) == result.end()) {
        result.push_back(std::move(text));
      }
    }
  }
  return result;
}

}  // namespace tandem
