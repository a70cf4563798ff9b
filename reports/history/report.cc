#include "reports/history/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "reports/human.h"
#include "reports/pipeline_comparison.h"
#include "reports/service_comparison.h"

namespace tandem {
namespace {

const ReportedRun* run_of(const Report& report, const std::string& policy) {
  const auto found = std::ranges::find_if(
      report.runs, [&](const ReportedRun& run) { return run.result.policy == policy; });
  return found == report.runs.end() ? nullptr : &*found;
}

double mean_wait(const PolicySummary& policy) {
  const auto& wait = policy.of("wait_s_mean");
  return wait ? wait->mean : std::numeric_limits<double>::infinity();
}

/// The policy with the shortest mean wait and the one it is held against: the first, or if it is
/// the first itself, the next best.
std::optional<std::pair<const PolicySummary*, const PolicySummary*>> rivals(const Report& report) {
  std::vector<const PolicySummary*> sorted;
  for (const PolicySummary& policy : report.policies) {
    if (policy.of("wait_s_mean")) sorted.push_back(&policy);
  }
  std::ranges::stable_sort(sorted, {}, [](const auto* policy) { return mean_wait(*policy); });
  if (sorted.size() < 2) return std::nullopt;
  const PolicySummary* first = &report.policies.front();
  const bool first_is_known = std::ranges::find(sorted, first) != sorted.end();
  const PolicySummary* rival = first_is_known && sorted[0] != first ? first : sorted[1];
  if (!separated(*sorted[0]->of("wait_s_mean"), *rival->of("wait_s_mean"))) return std::nullopt;
  return std::pair{sorted[0], rival};
}

std::string share_text(std::uint64_t part, std::uint64_t whole) {
  if (part == 0 || whole == 0) return "none";
  return human(static_cast<double>(part) / static_cast<double>(whole), Unit::kFraction);
}

std::string against(const PolicySummary& best, const PolicySummary& rival, const char* metric,
                    Unit unit, std::string_view form) {
  const auto& ours = best.of(metric);
  const auto& theirs = rival.of(metric);
  if (!ours || !theirs) return "";
  const std::string mine = human(ours->mean, unit);
  const std::string other = human(theirs->mean, unit);
  return mine == other ? "" : fmt::format(fmt::runtime(form), mine, other);
}

}  // namespace

Report make_report(std::string title, std::vector<RunResult> results,
                   std::vector<ReportedRun> runs) {
  Report report{std::move(title), std::move(results), std::move(runs), {}, {}, {}};
  report.comparison = compare_policies(report.results);
  report.policies = summarize(report.results);
  report.blocks = compare_services(report.results, report.comparison.policies);
  for (ComparisonBlock& block : report.blocks) block.title = "service " + block.title;
  auto pipelines = compare_pipelines(report.results, report.comparison.policies).blocks;
  for (ComparisonBlock& block : pipelines) {
    block.title = "pipeline " + block.title;
    report.blocks.push_back(std::move(block));
  }
  return report;
}

std::string why(const Report& report) {
  const auto pair = rivals(report);
  if (!pair) return "";
  const auto [best, rival] = *pair;
  const ReportedRun* ours = run_of(report, best->policy);
  const ReportedRun* theirs = run_of(report, rival->policy);
  if (ours == nullptr || theirs == nullptr) return "";
  const RunHistory& a = ours->history;
  const RunHistory& b = theirs->history;
  std::string text;
  const auto add = [&text](const std::string& clause) {
    if (clause.empty()) return;
    text += (text.empty() ? "" : "; ") + clause;
  };
  if (a.overtaking_starts != b.overtaking_starts) {
    add(
        fmt::format("{} of the jobs under {} started ahead of an earlier one that still waited, "
                    "{} under {}",
                    share_text(a.overtaking_starts, a.jobs.size()), best->policy,
                    share_text(b.overtaking_starts, b.jobs.size()), rival->policy));
  }
  if (a.preemptions != b.preemptions) {
    add(fmt::format("gangs were preempted {} times, against {}", a.preemptions, b.preemptions));
  }
  add(against(*best, *rival, "utilization", Unit::kFraction,
              "gangs held {} of all device time, against {}"));
  add(against(*best, *rival, "queue_length_mean", Unit::kPlain,
              "{} jobs waited at a time, against {}"));
  return text.empty() ? "" : text + ".";
}

std::vector<std::size_t> pareto_front(std::span<const PolicySummary> policies) {
  std::vector<std::size_t> priced;
  for (std::size_t i = 0; i < policies.size(); ++i) {
    if (policies[i].of("cost") && policies[i].of("wait_s_mean")) priced.push_back(i);
  }
  std::ranges::stable_sort(priced, {}, [&](std::size_t i) {
    return std::pair{policies[i].of("cost")->mean, mean_wait(policies[i])};
  });
  std::vector<std::size_t> front;
  for (const std::size_t i : priced) {
    if (front.empty() || mean_wait(policies[i]) < mean_wait(policies[front.back()])) {
      front.push_back(i);
    }
  }
  return front;
}

}  // namespace tandem
