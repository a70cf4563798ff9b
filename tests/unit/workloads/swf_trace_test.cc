#include <gtest/gtest.h>

#include "tests/support/error_of.h"
#include "workloads/traces/trace.h"

namespace tandem {
namespace {

using namespace std::chrono_literals;
using Warnings = std::vector<std::string>;

Trace read(const std::string& text, Estimates estimates = Estimates::kUser) {
  return read_trace(text, "log.swf", TraceFormat::kSwf, estimates);
}

std::string error_in(const std::string& text) {
  return error_of([&] { read(text); });
}

/// A row of the fields that count.
std::string row(const std::string& number, const std::string& submit, const std::string& run,
                const std::string& processors, const std::string& requested,
                const std::string& estimate, const std::string& user = "3",
                const std::string& status = "1") {
  return number + " " + submit + " -1 " + run + " " + processors + " -1 -1 " + requested + " " +
         estimate + " -1 " + status + " " + user + " -1 -1 -1 -1 -1 -1\n";
}

TEST(SwfTrace, ReadsAJob) {
  const Trace trace =
      read("; Version: 2.2\n\n  7\t100 5 60.5 4 59.7 1024 8 90 2048 1 12 2 1 1 1 -1 -1\n");
  ASSERT_EQ(trace.jobs.size(), 1U);
  const TraceJob& job = trace.jobs[0];
  EXPECT_EQ(job.name, "7");
  EXPECT_EQ(job.submitted, kStartOfTime);
  EXPECT_EQ(job.run_time, 60'500ms);
  EXPECT_EQ(job.estimate, 90s);
  EXPECT_EQ(job.devices, 4U);
  EXPECT_EQ(job.memory, Bytes{});
  EXPECT_EQ(job.cpus, MilliCpus{});
  EXPECT_FALSE(job.one_node);
  EXPECT_EQ(trace.tenants, std::vector<std::string>{"12"});
  EXPECT_EQ(trace.warnings, Warnings{});
}

TEST(SwfTrace, KnowsTheMachine) {
  const std::string job = row("1", "0", "1", "1", "1", "1");
  EXPECT_FALSE(read(job).machine_devices);
  EXPECT_EQ(read("; MaxNodes: 128\n" + job).machine_devices, 128U);
  EXPECT_EQ(read("; MaxNodes: 128\n; MaxProcs: 1024\n" + job).machine_devices, 1024U);
  EXPECT_EQ(read(";MaxProcs:  100 (of 104)\r\n" + job).machine_devices, 100U);
  EXPECT_EQ(read("; MaxProcs: 100\n; MaxProcs: 200\n" + job).machine_devices, 200U);
  EXPECT_EQ(read("; MaxProcs: 100\n; MaxProcs: -1\n" + job).machine_devices, 100U);
  EXPECT_FALSE(read("; MaxProcs: many\n; MaxProcs:\n; Max\n;\n" + job).machine_devices);
}

TEST(SwfTrace, TakesWhatIsRequestedWhereNothingIsAllocated) {
  EXPECT_EQ(read(row("1", "0", "1", "-1", "16", "1")).jobs[0].devices, 16U);
  EXPECT_EQ(read(row("1", "0", "1", "0", "16", "1")).jobs[0].devices, 16U);
}

TEST(SwfTrace, FillsInWhatIsUnknown) {
  const Trace trace = read(row("1", "0", "50", "1", "-1", "-1", "-1"));
  EXPECT_EQ(trace.jobs[0].estimate, 50s);
  EXPECT_EQ(trace.tenants, std::vector<std::string>{"unknown"});
  EXPECT_EQ(trace.warnings, Warnings{"took the run time as the estimate of 1 job without one"});
}

TEST(SwfTrace, LeavesOutWhatIsNoJobAndCountsIt) {
  const Trace trace = read(
      row("1", "0", "-1", "4", "4", "9") + row("2", "0", "5", "-1", "-1", "9") +
      row("3", "0", "5", "0", "0", "9") + row("4", "-1", "5", "1", "1", "9") +
      row("5", "7", "0", "1", "1", "9") + row("6", "7", "5", "1", "1", "9", "3", "2") +
      row("6", "7", "5", "1", "1", "9", "3", "3") + row("7", "8", "5", "1", "1", "9", "3", "5"));
  ASSERT_EQ(trace.jobs.size(), 2U);
  EXPECT_EQ(trace.jobs[0].name, "5");
  EXPECT_EQ(trace.jobs[0].submitted, kStartOfTime);
  EXPECT_EQ(trace.jobs[0].run_time, 0s);
  EXPECT_EQ(trace.jobs[1].name, "7");
  EXPECT_EQ(trace.warnings,
            (Warnings{"left out 1 row without a submit time", "left out 1 row without a run time",
                      "left out 2 rows without processors",
                      "left out 2 rows that tell only a part of a job"}));
}

TEST(SwfTrace, SortsBySubmissionThenPlace) {
  const Trace trace = read(row("1", "20", "5", "1", "1", "9") + row("3", "10", "5", "1", "1", "9") +
                           row("2", "10", "5", "1", "1", "9"));
  EXPECT_EQ(trace.jobs[0].name, "3");
  EXPECT_EQ(trace.jobs[1].name, "2");
  EXPECT_EQ(trace.jobs[2].submitted, kStartOfTime + 10s);
  EXPECT_EQ(trace.warnings,
            Warnings{"sorted the trace by submission: 1 job came right behind a later one"});
}

TEST(SwfTrace, KeepsEstimatesOrMakesThemExact) {
  const std::string text =
      row("1", "0", "50", "1", "1", "20") + row("2", "0", "50", "1", "1", "70");
  EXPECT_EQ(read(text).jobs[0].estimate, 20s);
  EXPECT_EQ(read(text).jobs[1].estimate, 70s);
  EXPECT_EQ(read(text).warnings, Warnings{});
  EXPECT_EQ(read(text, Estimates::kExact).jobs[1].estimate, 50s);
  EXPECT_EQ(read(text, Estimates::kExact).warnings, Warnings{});
}

TEST(SwfTrace, WantsEighteenFields) {
  EXPECT_EQ(error_in("; x\n1 0 -1 5 1\n"),
            "log.swf:2:11: the row ends after 5 fields: expected 18, next the CPU time");
  EXPECT_EQ(error_in("1 0 -1 5 1 -1 -1 1 9 -1 1 3 -1 -1 -1 -1 -1"),
            "log.swf:1:43: the row ends after 17 fields: expected 18, next the think time");
  EXPECT_EQ(error_in("1 0 -1 5 1 -1 -1 1 9 -1 1 3 -1 -1 -1 -1 -1 -1 x\n"),
            "log.swf:1:47: the row goes on with 'x': expected 18 fields");
}

TEST(SwfTrace, WantsNumbers) {
  EXPECT_EQ(error_in(row("1", "soon", "5", "1", "1", "9")),
            "log.swf:1:3: submit time is 'soon': expected seconds, 0 or more, less than 292 years, "
            "or -1");
  EXPECT_EQ(error_in(row("1", "-5", "5", "1", "1", "9")),
            "log.swf:1:3: submit time is '-5': expected seconds, 0 or more, less than 292 years, "
            "or -1");
  EXPECT_EQ(error_in(row("1", "0", "-2", "1", "1", "9")),
            "log.swf:1:8: run time is '-2': expected seconds, 0 or more, less than 292 years, or "
            "-1");
  EXPECT_EQ(error_in(row("1", "0", "5", "2.5", "1", "9")),
            "log.swf:1:10: processors is '2.5': expected a whole number, 0 or more, or -1");
  EXPECT_EQ(error_in(row("1", "0", "5", "1", "4294967296", "9")),
            "log.swf:1:18: requested processors is '4294967296': expected a whole number, 0 or "
            "more, or -1");
  EXPECT_EQ(error_in(row("1", "0", "5", "1", "1", "nan")),
            "log.swf:1:20: requested time is 'nan': expected seconds, 0 or more, less than 292 "
            "years, or -1");
  EXPECT_EQ(error_in(row("1", "0", "5", "1", "1", "9", "ann")),
            "log.swf:1:27: user is 'ann': expected a whole number, 0 or more, or -1");
  EXPECT_EQ(error_in(row("1", "0", "5", "1", "1", "9", "3", "ok")),
            "log.swf:1:25: status is 'ok': expected a whole number, 0 or more, or -1");
}

TEST(SwfTrace, WantsJobNumbersOnce) {
  EXPECT_EQ(error_in(row("7", "0", "5", "1", "1", "9") + row("7", "1", "5", "1", "1", "9")),
            "log.swf:2:1: job number '7' comes twice, first in line 1");
}

TEST(SwfTrace, WantsAJob) {
  EXPECT_EQ(error_in(""), "log.swf: there is no job in the trace");
  EXPECT_EQ(error_in("; MaxProcs: 4\n"), "log.swf: there is no job in the trace");
}

TEST(SwfTrace, RefusesLongLines) {
  EXPECT_EQ(error_in("; x\n;" + std::string(2U << 20U, 'x')),
            "log.swf:2: the line is longer than 1 MiB: this is no trace");
}

}  // namespace
}  // namespace tandem
