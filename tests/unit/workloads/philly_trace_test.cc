#include <gtest/gtest.h>

#include "tests/support/error_of.h"
#include "workloads/traces/trace.h"

namespace tandem {
namespace {

using namespace std::chrono_literals;

constexpr const char* kHeader = "timestamp,duration,num_gpus,gpu_time,cluster\n";

Trace read(const std::string& text) { return read_trace(text, "philly.csv", TraceFormat::kPhilly); }

std::string error_in_row(const std::string& row) {
  return error_of([&] { read(kHeader + row); });
}

TEST(PhillyTrace, ReadsJobsInOrderOfSubmission) {
  const Trace trace = read(kHeader + std::string("2017-10-09 07:01:55,66.0,1,66.0,11cb48\n"
                                                 "2017-10-08 07:01:55,2951.0,4,11804.0,6214e9\n"
                                                 "2017-10-09 07:01:55.5,10,8,80,11cb48\n\n\n"));
  ASSERT_EQ(trace.jobs.size(), 3U);
  EXPECT_EQ(trace.tenants, (std::vector<std::string>{"11cb48", "6214e9"}));
  EXPECT_EQ(trace.jobs[0].name, "2");
  EXPECT_EQ(trace.jobs[0].submitted, kStartOfTime);
  EXPECT_EQ(trace.jobs[0].devices, 4U);
  EXPECT_EQ(trace.jobs[0].run_time, 2951s);
  EXPECT_EQ(trace.jobs[0].tenant, 1U);
  EXPECT_EQ(trace.jobs[1].name, "1");
  EXPECT_EQ(trace.jobs[1].submitted, kStartOfTime + 24h);
  EXPECT_EQ(trace.jobs[2].submitted, kStartOfTime + 24h + 500ms);
  EXPECT_EQ(trace.warnings,
            (std::vector<std::string>{
                "took the run time as the estimate of 3 jobs without one",
                "sorted the trace by submission: 1 job came right behind a later one"}));
}

TEST(PhillyTrace, SaysWhatIsWrong) {
  EXPECT_EQ(error_in_row("2017-02-30 07:01:55,66.0,1,66.0,a\n"),
            "philly.csv:2:1: timestamp is '2017-02-30 07:01:55': expected a time such as "
            "2017-10-09 07:01:55, in 1970 to 2261");
  EXPECT_EQ(error_in_row("2017-10-09 07:01:55,-1,1,66.0,a\n"),
            "philly.csv:2:21: duration is '-1': expected seconds, 0 or more, less than 292 years");
  EXPECT_EQ(error_in_row("2017-10-09 07:01:55,1,0,66.0,a\n"),
            "philly.csv:2:23: num_gpus is '0': expected a whole number of devices, 1 or more");
  EXPECT_EQ(error_in_row("2017-10-09 07:01:55,1,1,66.0,\n"),
            "philly.csv:2:30: cluster is '': expected a name: UTF-8, not empty, without white "
            "space and control characters");
  EXPECT_EQ(error_in_row(""), "philly.csv: there is no job in the trace");
  EXPECT_EQ(error_of([] { read("timestamp,duration,gpus,cluster\n"); }),
            "philly.csv:1: column 'num_gpus' is missing; the header is "
            "'timestamp,duration,gpus,cluster'");
}

}  // namespace
}  // namespace tandem
