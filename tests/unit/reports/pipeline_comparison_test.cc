#include "reports/pipeline_comparison.h"

#include <gtest/gtest.h>

#include "reports/export.h"
#include "reports/table.h"
#include "tests/unit/reports/sample_results.h"

namespace tandem {
namespace {

ResultDocument document() {
  ResultDocument document;
  document.scenario = {"lab", "12ab"};
  document.runs = {sample_run("fifo", 1, 60), sample_run("easy", 1, 30)};
  document.runs[0].pipelines = sample_pipelines(7200);
  document.runs[1].pipelines = sample_pipelines(3600);
  return document;
}

TEST(PipelineComparison, StandsBelowTheTable) {
  const std::string text = result_table(document());
  EXPECT_NE(text.find(R"(
pipeline nightly, 4 runs
                              fifo       easy
makespan, mean              2.00 h     1.00 h*
makespan, p95               2.00 h     1.00 h*
makespan / critical path      2.00       1.00*
runs rejected                    1          1
eval, wait                1.50 min   1.50 min
eval x8, overhead           25.0 %     25.0 %
eval x8, span             30.0 min   30.0 min

pipeline never, 1 run
)"),
            std::string::npos)
      << text;
  EXPECT_LT(text.find("pipeline never"), text.find("* best of its row"));
}

TEST(PipelineComparison, StandsInMarkdown) {
  EXPECT_NE(result_markdown(document())
                .find("| pipeline nightly, 4 runs | fifo | easy |\n"
                      "|---|---:|---:|\n"
                      "| makespan, mean | 2.00 h | **1.00 h** |\n"),
            std::string::npos);
}

TEST(PipelineComparison, ManyPipelinesAreCutShort) {
  ResultDocument many = document();
  for (RunResult& run : many.runs) run.pipelines.resize(7, run.pipelines[0]);
  const std::vector<std::string> policies{"fifo", "easy"};
  const PipelineComparison comparison = compare_pipelines(many.runs, policies);
  EXPECT_EQ(comparison.blocks.size(), 4U);
  EXPECT_EQ(comparison.more, "3 more pipelines are in --json");
}

TEST(PipelineComparison, OlderResultsHaveNone) {
  ResultDocument older = document();
  older.runs[1].pipelines.clear();
  EXPECT_EQ(result_table(older).find("pipeline"), std::string::npos);
}

}  // namespace
}  // namespace tandem
