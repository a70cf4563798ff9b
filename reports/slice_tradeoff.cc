#include "reports/slice_tradeoff.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "reports/human.h"

namespace tandem {
namespace {

using Json = nlohmann::ordered_json;
using Row = SliceTradeoff::Row;

/// The same figure of several seeds.
class Sample {
 public:
  void add(std::optional<double> value) {
    if (value) values_.push_back(*value);
    lacks_some_ |= !value;
  }
  std::optional<Estimate> estimate() const {
    if (lacks_some_ || values_.empty()) return std::nullopt;
    return estimate_of(values_);
  }

 private:
  std::vector<double> values_;
  bool lacks_some_ = false;
};

const PipelineResult& pipeline_of(const RunResult& run, const std::string& name) {
  const auto found = std::ranges::find(run.pipelines, name, &PipelineResult::name);
  if (found == run.pipelines.end()) throw std::logic_error("no pipeline is called " + name);
  return *found;
}

const StageResult& stage_of(const PipelineResult& pipeline, const std::string& name) {
  const auto found = std::ranges::find(pipeline.stages, name, &StageResult::name);
  if (found == pipeline.stages.end()) throw std::logic_error("no stage is called " + name);
  return *found;
}

std::string cell(const std::optional<Estimate>& estimate, Unit unit) {
  return estimate ? human(estimate->mean, unit, estimate->ci95) : "-";
}

std::string in_slices(std::uint32_t slices) {
  return fmt::format("{} slice{}", slices, slices == 1 ? "" : "s");
}

std::string right(std::string_view text, std::size_t width) {
  return std::string(width - std::min(width, display_width(text)), ' ') + std::string(text);
}

Json json_of(const std::optional<Estimate>& estimate) {
  if (!estimate) return nullptr;
  return {{"mean", estimate->mean},
          {"ci95", estimate->ci95 ? Json(*estimate->ci95) : Json(nullptr)}};
}

}  // namespace

SliceTradeoff::SliceTradeoff(std::string pipeline, std::string stage,
                             const std::vector<SlicedRun>& runs)
    : pipeline_(std::move(pipeline)), stage_(std::move(stage)) {
  std::vector<std::pair<std::string, std::uint32_t>> keys;
  std::vector<std::string> policies;
  for (const SlicedRun& run : runs) {
    const std::string& policy = run.result.policy;
    if (std::ranges::find(policies, policy) == policies.end()) policies.push_back(policy);
    const std::pair key(policy, run.slices);
    if (std::ranges::find(keys, key) == keys.end()) keys.push_back(key);
  }
  for (const std::string& policy : policies) {
    for (const auto& [of_policy, slices] : keys) {
      if (of_policy != policy) continue;
      Row& row = rows_.emplace_back();
      row.policy = policy;
      row.slices = slices;
      Sample overhead, wait, span, makespan;
      for (const SlicedRun& run : runs) {
        if (run.slices != slices || run.result.policy != policy) continue;
        const PipelineResult& measured = pipeline_of(run.result, pipeline_);
        const StageResult& cut = stage_of(measured, stage_);
        ++row.seeds;
        row.submitted += measured.runs.submitted;
        row.completed += measured.runs.completed;
        overhead.add(cut.overhead_share);
        wait.add(cut.wait_s_mean);
        span.add(cut.span_s_mean);
        makespan.add(measured.makespan_s ? std::optional(measured.makespan_s->mean) : std::nullopt);
      }
      row.overhead_share = overhead.estimate();
      row.wait_s = wait.estimate();
      row.span_s = span.estimate();
      row.makespan_s = makespan.estimate();
    }
  }
}

const Row* SliceTradeoff::best_under(const std::string& policy) const {
  std::uint64_t most = 0;
  for (const Row& row : rows_) most = std::max(most, row.completed);
  const Row* best = nullptr;
  for (const Row& row : rows_) {
    if (!policy.empty() && row.policy != policy) continue;
    if (!row.makespan_s || row.completed < most) continue;
    const bool is_better =
        best == nullptr || row.makespan_s->mean < best->makespan_s->mean ||
        (row.makespan_s->mean == best->makespan_s->mean && row.slices < best->slices);
    if (is_better) best = &row;
  }
  return best;
}

std::string SliceTradeoff::answer() const {
  const Row* best = this->best();
  if (best == nullptr) return fmt::format("No run of {} was completed.", pipeline_);
  std::string text =
      fmt::format("{} is shortest with {} in {}, under {}: {}", pipeline_, stage_,
                  in_slices(best->slices), best->policy, cell(best->makespan_s, Unit::kSeconds));
  const auto first = std::ranges::find(rows_, best->policy, &Row::policy);
  if (&*first != best && first->makespan_s && best->makespan_s->mean > 0) {
    text += fmt::format(", {:.2f} times shorter than in {} ({})",
                        first->makespan_s->mean / best->makespan_s->mean, in_slices(first->slices),
                        cell(first->makespan_s, Unit::kSeconds));
  }
  text += ".";
  std::vector<std::string> level;
  for (const Row& row : rows_) {
    if (&row == best || !row.makespan_s) continue;
    if (separated(*row.makespan_s, *best->makespan_s)) continue;
    level.push_back(fmt::format("{} under {}", in_slices(row.slices), row.policy));
  }
  if (level.empty()) return text;
  const bool is_exact = best->seeds < 2;
  return text + fmt::format(" {}: {}.", is_exact ? "As short" : "Not separated from it",
                            fmt::join(level, ", "));
}

std::string SliceTradeoff::table(const std::string& policy) const {
  std::vector<std::array<std::string, 5>> lines{
      {"slices", "overhead", "wait, mean", "stage span", "makespan"}};
  const Row* best = best_under(policy);
  for (const Row& row : rows_) {
    if (row.policy != policy) continue;
    lines.push_back({fmt::format("{}", row.slices), cell(row.overhead_share, Unit::kFraction),
                     cell(row.wait_s, Unit::kSeconds), cell(row.span_s, Unit::kSeconds),
                     cell(row.makespan_s, Unit::kSeconds) + (&row == best ? "*" : "")});
    if (&row != best) lines.back().back() += ' ';
  }
  lines.front().back() += ' ';
  std::array<std::size_t, 5> widths{};
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      widths[i] = std::max(widths[i], display_width(line[i]));
    }
  }
  std::string text = fmt::format("under {}\n", policy);
  for (const auto& line : lines) {
    std::string row;
    for (std::size_t i = 0; i < line.size(); ++i) row += right(line[i], widths[i] + 2);
    row.erase(row.find_last_not_of(' ') + 1);
    text += row + "\n";
  }
  return text;
}

std::string SliceTradeoff::text(std::size_t width) const {
  std::string text = wrapped(answer(), width);
  for (const Row& row : rows_) {
    if (row.completed == row.submitted) continue;
    text += wrapped(fmt::format("! {} of {} runs were not completed with {} under {}",
                                row.submitted - row.completed, row.submitted, in_slices(row.slices),
                                row.policy),
                    width, "  ");
  }
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    if (i == 0 || rows_[i].policy != rows_[i - 1].policy) text += "\n" + table(rows_[i].policy);
  }
  if (best() == nullptr) return text;
  text += "\n* the shortest makespan under its policy";
  if (rows_.front().seeds > 1) {
    text += fmt::format("; ± 95 % confidence over {} seeds", rows_.front().seeds);
  }
  return text + "\n";
}

Json SliceTradeoff::json() const {
  Json best = nullptr;
  if (const Row* row = this->best()) best = {{"policy", row->policy}, {"slices", row->slices}};
  Json rows = Json::array();
  for (const Row& row : rows_) {
    rows.push_back({{"policy", row.policy},
                    {"slices", row.slices},
                    {"seeds", row.seeds},
                    {"submitted", row.submitted},
                    {"completed", row.completed},
                    {"overhead_share", json_of(row.overhead_share)},
                    {"wait_s", json_of(row.wait_s)},
                    {"span_s", json_of(row.span_s)},
                    {"makespan_s", json_of(row.makespan_s)}});
  }
  return {{"pipeline", pipeline_}, {"stage", stage_}, {"best", best}, {"rows", std::move(rows)}};
}

}  // namespace tandem
