#include "reports/pipeline_comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "reports/metric.h"
#include "reports/part_rows.h"

namespace tandem {
namespace {

/// More would bury the comparison of the whole; result.json has all.
constexpr std::size_t kMostPipelines = 4;
constexpr std::size_t kMostStages = 8;

using Value = PartRows<PipelineResult>::Value;
using Rows = PartRows<PipelineResult>;

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
  Rows rows(results, policies, [place](const RunResult& run) -> const PipelineResult& {
    return run.pipelines[place];
  });
  const PipelineResult& pipeline = results.front().pipelines[place];
  const bool has_several = pipeline.runs.submitted > 1;
  rows.add(has_several ? "makespan, mean" : "makespan", Unit::kSeconds, Better::kLess,
           makespan<&Percentiles::mean>());
  if (has_several) {
    rows.add("makespan, p95", Unit::kSeconds, Better::kLess, makespan<&Percentiles::p95>());
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
