#include "reports/pipeline_story.h"

#include <gtest/gtest.h>

#include "policies/core/error.h"
#include "tests/support/error_of.h"
#include "tests/unit/reports/pipeline_example.h"

namespace tandem {
namespace {

RunHeader header_with(Pipeline pipeline) {
  RunHeader header = header_of(2, one_tenant());
  header.pipelines = {std::move(pipeline)};
  return header;
}

TEST(PipelineStory, TellsItsStagesInOrder) {
  const auto explainer = PipelineExplainer::find(header_with(example_pipeline()), "p");
  ASSERT_NE(explainer, nullptr);
  tell_example(*explainer);
  EXPECT_EQ(explainer->text(),
            R"(p was submitted at 0 s: 3 stages, 4 jobs.
It took 38.0 s, 1.52 times its critical path of 25.0 s.
  prep: ready at 0 s, started at 3.00 s, ended at 13.0 s; waited 3.00 s. On the critical path.
  eval in 2 slices: ready at 13.0 s, started at 13.0 s, ended at 33.0 s; )"
            R"(a slice waited 5.00 s on average, 10.0 s at most. On the critical path: eval-0.
  report: ready at 33.0 s, started at 33.0 s, ended at 38.0 s; waited 0 s. On the critical path.
)");
  const auto json = explainer->json();
  EXPECT_EQ(json["critical_path"].dump(), R"(["p/prep","p/eval-0","p/report"])");
  EXPECT_EQ(json["stages"][1].dump(),
            R"({"stage":"eval","slices":2,"ready_s":13.0,"start_s":13.0,"end_s":33.0,)"
            R"("completed":2,"wait_s":{"mean":5.0,"max":10.0},"on_critical_path":true})");
}

TEST(PipelineStory, SaysWhatWasNotCompleted) {
  Pipeline pipeline{"p", 2, {{"a", 0, 1s, {}}, {"b", 0, 1s, {}}}};
  const RunHeader header = header_with(pipeline);
  const auto explainer = PipelineExplainer::find(header, "p-1");
  ASSERT_NE(explainer, nullptr);
  ToldRun run(*explainer, header);
  run.at(0s).submit_part(0, {{0}, 1, 0, 0}).submit_part(1, {{0}, 1, 1, 0}, {{0}}).run(0, 1);
  EXPECT_NE(error_of([&] { (void)explainer->text(); }).find("'p-1' had not ended"),
            std::string::npos);
  run.at(2s).fail(0).reject(1);
  EXPECT_EQ(explainer->text(), R"(p-1 was submitted at 0 s: 2 stages, 2 jobs.
It was not completed: p-1/a failed, p-1/b was rejected.
  a: ready at 0 s, started at 0 s, ended at 2.00 s; waited 0 s.
  b: was never ready.
)");
  EXPECT_EQ(explainer->json()["state"], "failed");
  EXPECT_TRUE(explainer->json()["makespan_s"].is_null());
}

TEST(PipelineStory, IsFoundByTheNameOfARun) {
  const RunHeader once = header_with(example_pipeline());
  EXPECT_EQ(PipelineExplainer::find(once, "p/prep"), nullptr);
  EXPECT_EQ(PipelineExplainer::find(once, "p-0"), nullptr);
  const RunHeader often = header_with({"p", 24, {{"a", 0, 1s, {}}}});
  EXPECT_NE(PipelineExplainer::find(often, "p-23"), nullptr);
  EXPECT_EQ(PipelineExplainer::find(often, "p-24"), nullptr);
  EXPECT_EQ(error_of([&] { PipelineExplainer::find(often, "p"); }),
            "pipeline 'p' was submitted 24 times: ask for one, p-0 to p-23");
}

}  // namespace
}  // namespace tandem
