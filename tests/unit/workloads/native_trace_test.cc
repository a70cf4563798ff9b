#include <gtest/gtest.h>

#include "tests/support/error_of.h"
#include "workloads/traces/trace.h"

namespace tandem {
namespace {

using namespace std::chrono_literals;

constexpr const char* kHeader = "job_id,submit_time,num_gpu,duration\n";

Trace read(const std::string& text, Estimates estimates = Estimates::kUser) {
  return read_trace(text, "jobs.csv", TraceFormat::kNative, estimates);
}

std::string error_in(const std::string& text) {
  return error_of([&] { read(text); });
}
/// The error of a trace whose second row is this.
std::string error_in_row(const std::string& row) {
  return error_in(kHeader + std::string("a,0,1,1\n") + row + "\n");
}

using Warnings = std::vector<std::string>;

TEST(NativeTrace, ReadsAllColumns) {
  const Trace trace = read(
      "priority,user,walltime,duration,num_gpu,submit_time,job_id,comment\n"
      "3,ann,90.5,60.25,8,100,first,\"a, b\"\n"
      "-2,bob,7200,3600,1,100.000000001,second,\n");
  ASSERT_EQ(trace.jobs.size(), 2U);
  EXPECT_EQ(trace.tenants, (std::vector<std::string>{"ann", "bob"}));
  EXPECT_EQ(trace.type_sets, std::vector<std::vector<std::string>>{{}});
  EXPECT_EQ(trace.warnings, Warnings{});
  EXPECT_FALSE(trace.machine_devices);
  const TraceJob& job = trace.jobs[0];
  EXPECT_EQ(job.name, "first");
  EXPECT_EQ(job.submitted, kStartOfTime);
  EXPECT_EQ(job.run_time, 60'250ms);
  EXPECT_EQ(job.estimate, 90'500ms);
  EXPECT_EQ(job.tenant, 0U);
  EXPECT_EQ(job.devices, 8U);
  EXPECT_FALSE(job.one_node);
  EXPECT_EQ(job.cpus, MilliCpus{});
  EXPECT_EQ(job.memory, Bytes{});
  EXPECT_EQ(job.types, 0U);
  EXPECT_EQ(job.priority, 3);
  EXPECT_EQ(trace.jobs[1].submitted, kStartOfTime + 1ns);
  EXPECT_EQ(trace.jobs[1].tenant, 1U);
  EXPECT_EQ(trace.jobs[1].priority, -2);
}

TEST(NativeTrace, FillsInWhatIsNotGiven) {
  const Trace trace = read(std::string(kHeader) + "a,5,1,60\n");
  EXPECT_EQ(trace.tenants, std::vector<std::string>{"default"});
  EXPECT_EQ(trace.jobs[0].estimate, 60s);
  EXPECT_EQ(trace.jobs[0].priority, 0);
  EXPECT_EQ(trace.warnings, Warnings{"took the run time as the estimate of 1 job without one"});
}

TEST(NativeTrace, TakesEmptyOptionalFieldsAsNotGiven) {
  const Trace trace = read(
      "job_id,submit_time,num_gpu,duration,walltime,user,priority\n"
      "a,0,1,60,,,\nb,0,1,60,120,ann,1\n");
  EXPECT_EQ(trace.tenants, (std::vector<std::string>{"default", "ann"}));
  EXPECT_EQ(trace.jobs[0].estimate, 60s);
  EXPECT_EQ(trace.jobs[1].estimate, 120s);
  EXPECT_EQ(trace.warnings, Warnings{"took the run time as the estimate of 1 job without one"});
}

TEST(NativeTrace, KeepsEstimatesBelowTheRunTime) {
  const std::string text =
      "job_id,submit_time,num_gpu,duration,walltime\na,0,1,60,59.999999999\nb,0,1,60,60\n"
      "c,0,1,60,0\n";
  const Trace trace = read(text);
  EXPECT_EQ(trace.jobs[0].estimate, 59'999'999'999ns);
  EXPECT_EQ(trace.jobs[2].estimate, 0s);
  EXPECT_EQ(trace.warnings, Warnings{});
}

TEST(NativeTrace, MakesEstimatesExactOnDemand) {
  const Trace trace =
      read("job_id,submit_time,num_gpu,duration,walltime\na,0,1,60,90\nb,0,1,60,5\nc,0,1,60,\n",
           Estimates::kExact);
  for (const TraceJob& job : trace.jobs) EXPECT_EQ(job.estimate, 60s);
  EXPECT_EQ(trace.warnings, Warnings{});
}

TEST(NativeTrace, SortsBySubmissionThenPlace) {
  const Trace trace = read(
      "job_id,submit_time,num_gpu,duration,walltime\n"
      "a,30,1,1,1\nb,10,1,1,1\nc,30,1,1,1\nd,10,1,1,1\ne,20,1,1,1\n");
  std::string order;
  for (const TraceJob& job : trace.jobs) {
    order += job.name + "@" + std::to_string(job.submitted.time_since_epoch() / 1s) + " ";
  }
  EXPECT_EQ(order, "b@0 d@0 e@10 a@20 c@20 ");
  EXPECT_EQ(trace.warnings,
            Warnings{"sorted the trace by submission: 2 jobs came right behind a later one"});
}

TEST(NativeTrace, KeepsJobsThatTakeNoTime) {
  EXPECT_EQ(read(std::string(kHeader) + "a,0,1,0\n").jobs[0].run_time, 0s);
}

TEST(NativeTrace, WantsItsColumns) {
  EXPECT_EQ(error_in("job_id,submit_time,num_gpus,duration\n"),
            "jobs.csv:1: column 'num_gpu' is missing (did you mean it by 'num_gpus'?)");
  EXPECT_EQ(error_in("id\n1\n"), "jobs.csv:1: column 'job_id' is missing; the header is 'id'");
}

TEST(NativeTrace, WantsAJob) {
  EXPECT_EQ(error_in(""), "jobs.csv: there is no header line");
  EXPECT_EQ(error_in(kHeader), "jobs.csv: there is no job in the trace");
}

TEST(NativeTrace, WantsDevices) {
  EXPECT_EQ(error_in_row("b,0,eight,1"),
            "jobs.csv:3:5: num_gpu is 'eight': expected a whole number of devices, 1 or more");
  for (const std::string count : {"", "0", "-4", "1.5", "4294967296", "8x", "0x8", "+8"}) {
    EXPECT_EQ(
        error_in_row("b,0," + count + ",1"),
        "jobs.csv:3:5: num_gpu is '" + count + "': expected a whole number of devices, 1 or more");
  }
  EXPECT_EQ(read(std::string(kHeader) + "a,0,4294967295,1\n").jobs[0].devices, 4294967295U);
  EXPECT_EQ(read(std::string(kHeader) + "a,0,8.0,1\n").jobs[0].devices, 8U);
}

TEST(NativeTrace, WantsTimes) {
  for (const std::string time :
       {"", "-1", "-0.000000001", "nan", "inf", "1e30", "9223372037", "soon", "1 2", "1:30"}) {
    EXPECT_EQ(error_in_row("b," + time + ",1,1"),
              "jobs.csv:3:3: submit_time is '" + time +
                  "': expected seconds, 0 or more, less than 292 years");
    EXPECT_EQ(error_in_row("b,0,1," + time),
              "jobs.csv:3:7: duration is '" + time +
                  "': expected seconds, 0 or more, less than 292 years");
  }
  EXPECT_EQ(error_in("job_id,submit_time,num_gpu,duration,walltime\na,0,1,1,x\n"),
            "jobs.csv:2:9: walltime is 'x': expected seconds, 0 or more, less than 292 years");
}

TEST(NativeTrace, WantsJobsToEndWithinTime) {
  EXPECT_EQ(error_in_row("b,9000000000,1,9000000000"),
            "jobs.csv:3:1: the job would end later than 292 years after the first submission");
  // Only the distance from the first submission counts.
  EXPECT_EQ(read(std::string(kHeader) + "a,9000000000,1,9000000000\n").jobs.size(), 1U);
}

TEST(NativeTrace, WantsNames) {
  const std::string expected =
      "expected a name: UTF-8, not empty, without white space and control characters";
  EXPECT_EQ(error_in_row(",0,1,1"), "jobs.csv:3:1: job_id is '': " + expected);
  EXPECT_EQ(error_in_row("b c,0,1,1"), "jobs.csv:3:1: job_id is 'b c': " + expected);
  EXPECT_EQ(error_in_row("b\x01,0,1,1"), "jobs.csv:3:1: job_id is 'b\\x01': " + expected);
  EXPECT_EQ(error_in_row("caf\xE9,0,1,1"), "jobs.csv:3:1: job_id is 'caf\\xe9': " + expected);
  EXPECT_EQ(error_in("job_id,submit_time,num_gpu,duration,user\na,0,1,1,ann b\n"),
            "jobs.csv:2:9: user is 'ann b': " + expected);
}

TEST(NativeTrace, WantsIdsOnce) {
  EXPECT_EQ(error_in(std::string(kHeader) + "a,0,1,1\nb,0,1,1\n\n a,5,2,2\n"),
            "jobs.csv:5:2: job_id 'a' comes twice, first in line 2");
}

TEST(NativeTrace, WantsWholePriorities) {
  const std::string header = "job_id,submit_time,num_gpu,duration,priority\n";
  for (const std::string priority : {"high", "0.5", "2147483648", "-2147483648"}) {
    EXPECT_EQ(
        error_in(header + "a,0,1,1," + priority + "\n"),
        "jobs.csv:2:9: priority is '" + priority + "': expected a whole number within 31 bits");
  }
  EXPECT_EQ(read(header + "a,0,1,1,-2147483647\n").jobs[0].priority, -2147483647);
}

TEST(NativeTrace, WantsLinesOfAllFields) {
  EXPECT_EQ(error_in_row("b,0,1"),
            "jobs.csv:3:6: the row has 3 fields: expected 4, as in the header");
  EXPECT_EQ(error_in_row("b,0,1,1,1"),
            "jobs.csv:3:9: the row has 5 fields: expected 4, as in the header");
}

}  // namespace
}  // namespace tandem
