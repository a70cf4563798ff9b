#include "reports/pipeline_comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "reports/metric.h"
#include "reports/summary.h"

namespace tandem {
namespace {

/// More would bury the comparison of the whole; result.json has all.
constexpr std::size_t kMostPipelines = 4;
constexpr std::size_t kMostStages = 8;

using Value = std::optional<double>;

/// The rows of the pipeline in one place of all results.
class Rows {
 public:
  Rows(std::span<const RunResult> runs, std::span<const std::string> policies, std::size_t place)
      : runs_(runs), policies_(policies), place_(place) {}

  /// Adds a row of value(PipelineResult), unless no policy has it or it is zero under all.
  template <class Figure>
  void add(std::string label, Unit unit, Better better, Figure figure) {
    std::vector<std::optional<Estimate>> estimates;
    bool says_something = false;
    for (const std::string& policy : policies_) {
      estimates.push_back(estimate(policy, figure));
      says_something |= estimates.back() && estimates.back()->mean != 0;
    }
    if (says_something) {
      rows_.push_back(comparison_row(std::move(label), unit, better, estimates));
    }
  }
  std::vector<ComparisonRow> take() { return std::move(rows_); }

 private:
  /// Nothing if some seed lacks the figure.
  template <class Figure>
  std::optional<Estimate> estimate(const std::string& policy, Figure figure) const {
    std::vector<double> values;
    for (const RunResult& run : runs_) {
      if (run.policy != policy) continue;
      const Value value = figure(run.pipelines[place_]);
      if (!value) return std::nullopt;
      values.push_back(*value);
    }
    return estimate_of(values);
  }

  std::span<const RunResult> runs_;
  std::span<const std::string> policies_;
  std::size_t place_;
  std::vector<ComparisonRow> rows_;
};

template <auto Figure>
auto makespan() {
  return [](const PipelineResult& pipeline) {
    return pipeline.makespan_s ? Value((*pipeline.makespan_s).*Figure) : std::nullopt;
  };
}

template <auto... States>
auto runs() {
  return [](const PipelineResult& pipeline) {
    return Value(static_cast<double>(((pipeline.runs.*States) + ...)));
  };
}

template <auto Figure>
auto stage(std::size_t place) {
  return [place](const PipelineResult& pipeline) {
    return place < pipeline.stages.size() ? pipeline.stages[place].*Figure : std::nullopt;
  };
}

void add_stages(const std::vector<StageResult>& stages, Rows& rows) {
  for (std::size_t i = 0; i < std::min(stages.size(), kMostStages); ++i) {
    const StageResult& known = stages[i];
    rows.add(known.name + ", wait", Unit::kSeconds, Better::kLess,
             stage<&StageResult::wait_s_mean>(i));
    if (known.slices == 0) continue;
    const std::string name = fmt::format("{} x{}", known.name, known.slices);
    rows.add(name + ", overhead", Unit::kFraction, Better::kNeither,
             stage<&StageResult::overhead_share>(i));
    rows.add(name + ", span", Unit::kSeconds, Better::kLess, stage<&StageResult::span_s_mean>(i));
  }
}

ComparisonBlock compare_one(std::span<const RunResult> results,
                            std::span<const std::string> policies, std::size_t place) {
  Rows rows(results, policies, place);
  const PipelineResult& pipeline = results.front().pipelines[place];
  const bool has_several = pipeline.runs.submitted > 1;
  rows.add(has_several ? "makespan, mean" : "makespan", Unit::kSeconds, Better::kLess,
           makespan<&Distribution::mean>());
  if (has_several) {
    rows.add("makespan, p95", Unit::kSeconds, Better::kLess, makespan<&Distribution::p95>());
  }
  rows.add("makespan / critical path", Unit::kPlain, Better::kLess, [](const PipelineResult& p) {
    return p.stretch ? Value(p.stretch->mean) : std::nullopt;
  });
  rows.add("runs failed", Unit::kCount, Better::kLess, runs<&JobCounts::failed>());
  rows.add("runs cancelled", Unit::kCount, Better::kNeither, runs<&JobCounts::cancelled>());
  rows.add("runs rejected", Unit::kCount, Better::kLess, runs<&JobCounts::rejected>());
  rows.add("runs not at their end", Unit::kCount, Better::kLess,
           runs<&JobCounts::running, &JobCounts::queued>());
  add_stages(pipeline.stages, rows);
  return {
      fmt::format("{}, {} run{}", pipeline.name, pipeline.runs.submitted, has_several ? "s" : ""),
      rows.take()};
}

}  // namespace

PipelineComparison compare_pipelines(std::span<const RunResult> runs,
                                     std::span<const std::string> policies) {
  PipelineComparison result;
  if (runs.empty()) return result;
  std::size_t count = runs.front().pipelines.size();
  for (const RunResult& run : runs) count = std::min(count, run.pipelines.size());
  for (std::size_t i = 0; i < std::min(count, kMostPipelines); ++i) {
    result.blocks.push_back(compare_one(runs, policies, i));
  }
  if (count > kMostPipelines) {
    result.more = fmt::format("{} more pipelines are in --json", count - kMostPipelines);
  }
  return result;
}

}  // namespace tandem
