#include "reports/explain.h"

#include <gtest/gtest.h>

#include "policies/core/error.h"
#include "tests/unit/reports/told_run.h"

namespace tandem {
namespace {

/// Two nodes of 4 devices. "wide" wants 6 while job-0 and job-1 hold 7; job-4 slips past it; it
/// runs, is preempted, loses a node once, and finishes. Waits of the four jobs that start: 0, 0,
/// 0 and 3600 s.
template <class Heard>
void tell(Heard& heard) {
  Tenants tenants;
  tenants.add("ann");
  tenants.add("bob");
  RunHeader header = header_of(4, std::move(tenants));
  header.cluster.add_node("node-1", DeviceTypeId{0}, 4);
  ToldRun run(heard, header);
  run.at(0s).submit(0, 4, 0).run(0, 4, 0).submit(1, 3, 1).run(1, 3, 4);
  run.at(60s).submit(2, 8, 1);
  run.at(7200s).submit_named(3, "wide", 6, 0);
  run.at(7210s).submit(4, 1, 1).start(4, 1, 7, "fits into the hole");
  run.at(7300s).cancel(2).finish(4);
  run.at(10800s).finish(0).fail(1).start(3, 6, 0, "first in line").started(3);
  heard.action(Preempt{JobId{3}, "turn is over"});
  run.at(11000s).stop(3, StopCause::kPreempted);
  run.at(11100s).start(3, 6, 1, "first in line").started(3);
  run.at(11200s).stop(3, StopCause::kNodeDown, 30500ms);
  run.at(12000s).start(3, 6, 2, "first in line").started(3);
  run.at(14000s).finish(3);
}

TEST(Explain, ReadsAsAStory) {
  Explainer explainer("wide");
  tell(explainer);
  EXPECT_EQ(explainer.text(),
            R"(wide of ann was submitted at 2.00 h (7200 s) and asked for 6 devices.
1 job waited ahead of it; 1 of 8 devices were free.
Devices were held by tenants: ann 4, bob 3; by jobs: job-0 4, job-1 3.
It waited 1.00 h (3600 s); the mean of the run is 15.0 min.
1 job submitted later started before it: job-4.
At 3.00 h (10800 s) it started on node-0[0-3], node-1[0-1]: first in line.
  Room was made when job-0 finished, job-1 failed.
At 3.06 h (11000 s) it was preempted, after 3.33 min (200 s): turn is over.
At 3.08 h (11100 s) it started again on node-0[1-3], node-1[0-2]: first in line.
At 3.11 h (11200 s) it lost its node, after 1.67 min (100 s).
  Work of 30.5 s was lost and done again.
At 3.33 h (12000 s) it started again on node-0[2-3], node-1[0-3]: first in line.
At 3.89 h (14000 s) it finished, after 33.3 min (2000 s).
From submission to end it took 1.89 h (6800 s).
)");
}

TEST(Explain, SameStoryAsJson) {
  Explainer explainer("wide");
  tell(explainer);
  const auto json = explainer.json();
  EXPECT_EQ(json["wait_s"], 3600);
  EXPECT_EQ(json["state"], "completed");
  EXPECT_EQ(json["overtaken_by"].dump(), R"({"count":1,"first":["job-4"]})");
  EXPECT_EQ(json["tenants_holding"]["first"][0].dump(), R"({"tenant":"ann","devices":4})");
  EXPECT_EQ(json["runs"].size(), 3u);
  EXPECT_EQ(json["runs"][0]["preempt_reason"], "turn is over");
  EXPECT_EQ(json["runs"][1]["lost_s"], 30.5);
}

TEST(Explain, RejectedJobSaysWhy) {
  Explainer explainer("job-0");
  ToldRun run(explainer, header_of(4, one_tenant()));
  run.at(5s).submit(0, 8).reject(0, "needs 8 devices, there are 4");
  EXPECT_EQ(explainer.text(),
            "job-0 of ann was submitted at 5 s and asked for 8 devices.\n"
            "Nobody waited ahead of it; 4 of 4 devices were free.\n"
            "At 5 s it was rejected: needs 8 devices, there are 4.\n");
}

TEST(Explain, WaitingJobHasNoEnd) {
  Explainer explainer("job-1");
  ToldRun run(explainer, header_of(4, one_tenant()));
  run.at(0s).submit(0, 4).run(0, 4).submit(1, 1);
  run.at(30s);
  EXPECT_EQ(explainer.text(),
            "job-1 of ann was submitted at 0 s and asked for 1 device.\n"
            "Nobody waited ahead of it; 0 of 4 devices were free.\n"
            "Devices were held by tenants: ann 4; by jobs: job-0 4.\n"
            "It waited 30 s; the mean of the run is 0 s.\n"
            "At 30 s it was still waiting.\n");
}

TEST(Explain, UnknownJobNamesTheNearest) {
  Explainer explainer("jbo-700");
  ToldRun run(explainer, header_of(4, one_tenant()));
  run.at(0s);
  for (std::uint32_t id = 0; id < 1000; ++id) run.submit(id, 1);
  try {
    explainer.text();
    FAIL();
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(), "there is no job 'jbo-700' in this run (did you mean 'job-700'?)");
  }
}

}  // namespace
}  // namespace tandem
