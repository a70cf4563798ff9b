#include <gtest/gtest.h>
#include <zstd.h>

#include "tests/support/error_of.h"
#include "tests/support/temporary_file.h"
#include "workloads/traces/trace.h"

namespace tandem {
namespace {

TraceFormat format_of(const std::string& name, std::string_view text) {
  const TemporaryFile file(name, text);
  return detect_trace_format(file.path());
}

std::string error_in(const std::string& name, std::string_view text) {
  const TemporaryFile file(name, text);
  const std::string error = error_of([&] { detect_trace_format(file.path()); });
  // The folder's name is of no interest.
  const std::size_t start = error.find(name + ":");
  return start == std::string::npos ? error : error.substr(start);
}

TEST(TraceFormat, HasNames) {
  const auto names = trace_format_names();
  EXPECT_EQ(std::vector(names.begin(), names.end()),
            (std::vector<std::string>{"swf", "philly", "openb", "native"}));
  EXPECT_EQ(trace_format("swf"), TraceFormat::kSwf);
  EXPECT_EQ(trace_format("philly"), TraceFormat::kPhilly);
  EXPECT_EQ(trace_format("openb"), TraceFormat::kOpenb);
  EXPECT_EQ(trace_format("native"), TraceFormat::kNative);
  EXPECT_EQ(error_of([] { trace_format("phily"); }),
            "there is no trace format 'phily' (did you mean 'philly'?)");
  EXPECT_EQ(error_of([] { trace_format("parquet"); }),
            "there is no trace format 'parquet' (one of: swf, philly, openb, native)");
}

TEST(DetectTraceFormat, KnowsNames) {
  EXPECT_EQ(format_of("log.swf", "1 2 3"), TraceFormat::kSwf);
  EXPECT_EQ(format_of("log.swf.zst", "not even zstd"), TraceFormat::kSwf);
}

TEST(DetectTraceFormat, KnowsHeaders) {
  EXPECT_EQ(format_of("a.txt", "\n; Version: 2.2\n"), TraceFormat::kSwf);
  EXPECT_EQ(format_of("a.csv", "timestamp,duration,num_gpus,gpu_time,cluster\n"),
            TraceFormat::kPhilly);
  EXPECT_EQ(format_of("a.csv",
                      "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,"
                      "creation_time,deletion_time,scheduled_time\n"),
            TraceFormat::kOpenb);
  EXPECT_EQ(format_of("a.csv", "\xEF\xBB\xBFuser,job_id,duration,num_gpu,submit_time\r\n"),
            TraceFormat::kNative);
}

TEST(DetectTraceFormat, KnowsHeadersWithASlip) {
  EXPECT_EQ(format_of("a.csv", "job_id,submit_time,num_gpus,duration\n"), TraceFormat::kNative);
}

TEST(DetectTraceFormat, LooksIntoZst) {
  const std::string_view text = "job_id,submit_time,num_gpu,duration\na,0,1,1\n";
  std::string bytes(ZSTD_compressBound(text.size()), '\0');
  bytes.resize(ZSTD_compress(bytes.data(), bytes.size(), text.data(), text.size(), 3));
  const TemporaryFile file("jobs.csv.zst", bytes);
  EXPECT_EQ(detect_trace_format(file.path()), TraceFormat::kNative);
  EXPECT_EQ(read_trace(file.path(), TraceFormat::kNative).jobs.size(), 1U);
}

TEST(DetectTraceFormat, SaysWhatItDoesNotKnow) {
  EXPECT_EQ(error_in("a.csv", "sn,cpu_milli,memory_mib,gpu,model\n"),
            "a.csv: this is a list of nodes: expected a trace of jobs");
  EXPECT_EQ(error_in("a.csv", "TIMESTAMP,ContextTokens,GeneratedTokens\n"),
            "a.csv:1: the header is of no trace format we know (swf, philly, openb, native); a "
            "native one is job_id,submit_time,num_gpu,duration");
  EXPECT_EQ(error_in("a.csv", ""), "a.csv: the file is empty");
  EXPECT_EQ(error_in("a.csv", "\n\n"), "a.csv: there is no header line");
}

TEST(ReadTrace, NamesTheFileInErrors) {
  const TemporaryFile file("jobs.csv", "job_id,submit_time,num_gpu,duration\na,0,x,1\n");
  EXPECT_EQ(
      error_of([&] { read_trace(file.path(), TraceFormat::kNative); }),
      file.path().string() + ":2:5: num_gpu is 'x': expected a whole number of devices, 1 or more");
}

TEST(ReadTrace, SaysWhatIsWrongWithTheFile) {
  const TemporaryFile empty("jobs.csv", "");
  for (const TraceFormat format :
       {TraceFormat::kSwf, TraceFormat::kPhilly, TraceFormat::kOpenb, TraceFormat::kNative}) {
    EXPECT_EQ(error_of([&] { read_trace(empty.path(), format); }),
              empty.path().string() + ": the file is empty");
    EXPECT_EQ(error_of([&] { read_trace(empty.folder(), format); }),
              empty.folder().string() + ": is a directory, not a file");
  }
  EXPECT_EQ(error_of([&] { read_openb_nodes(empty.path()); }),
            empty.path().string() + ": the file is empty");
}

}  // namespace
}  // namespace tandem
