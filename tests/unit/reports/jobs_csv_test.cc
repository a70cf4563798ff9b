#include "reports/jobs_csv.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/unit/reports/temporary_folder.h"
#include "tests/unit/reports/told_run.h"

namespace tandem {
namespace {

TEST(JobsCsv, ARowForEachJobInTheOrderOfTheirEnds) {
  const TemporaryFolder folder;
  JobsCsv csv(folder / "jobs.csv");
  ToldRun run(csv, header_of(4, one_tenant("research,ann")));
  run.at(0s).submit(0, 2).start(0, 2, 0, "first in line").started(0);
  run.at(500ms).submit(1, 2).submit(2, 8).reject(2, "needs 8 devices, there are 4");
  run.at(1s).submit_named(3, "say \"hi\"", 4).submit(4, 1).submit(5, 1);
  run.at(1500ms).start(1, 2, 2, "fits, delays nobody");
  run.at(2s).stop(1, StopCause::kPreempted).cancel(4);
  run.at(3s).start(1, 2, 2, "again");
  csv.bill(JobId{0}, {0.25, std::numeric_limits<double>::quiet_NaN()}, {});
  run.at(10250ms).finish(0);
  run.at(11s).fail(1).start(5, 1);
  csv.finish();
  EXPECT_EQ(text_of(folder / "jobs.csv"),
            R"(job_id,tenant,submit_s,start_s,end_s,wait_s,devices,state,reason,cost,energy_kwh
job-2,"research,ann",0.5,,0.5,,8,rejected,"needs 8 devices, there are 4",,
job-4,"research,ann",1,,2,,1,cancelled,,,
job-0,"research,ann",0,0,10.25,0,2,completed,first in line,0.25,
job-1,"research,ann",0.5,1.5,11,1,2,failed,again,,
"say ""hi""","research,ann",1,,,,4,queued,,,
job-5,"research,ann",1,11,,10,1,running,first in line,,
)");
}

TEST(JobsCsv, AnInterruptedRunLeavesNoFile) {
  const TemporaryFolder folder;
  {
    JobsCsv csv(folder / "jobs.csv");
    ToldRun run(csv, header_of(4, one_tenant()));
    run.at(0s).submit(0, 2);
  }
  EXPECT_EQ(folder.file_count(), 0u);
}

}  // namespace
}  // namespace tandem
