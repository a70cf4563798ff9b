// What is written is read again: every format of jobs and of requests, small and real.
#include "workloads/traces/native_writer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/support/error_of.h"
#include "tests/support/shared_traces.h"
#include "tests/support/temporary_file.h"
#include "workloads/requests/native_writer.h"
#include "workloads/trace_kind.h"

namespace tandem {
namespace {

std::string table_of(const Trace& trace) {
  const NativeWriter writer({trace.tenants, trace.type_sets},
                            std::ranges::any_of(trace.jobs, needs_resource_columns));
  std::string text = writer.header();
  for (const TraceJob& job : trace.jobs) writer.append(job, text);
  return text;
}

void expect_same(const Trace& one, const Trace& other) {
  ASSERT_EQ(one.jobs.size(), other.jobs.size());
  for (std::size_t i = 0; i < one.jobs.size(); ++i) {
    const TraceJob& a = one.jobs[i];
    const TraceJob& b = other.jobs[i];
    ASSERT_EQ(a.name, b.name);
    ASSERT_EQ(a.submitted, b.submitted) << a.name;
    ASSERT_EQ(a.run_time, b.run_time) << a.name;
    ASSERT_EQ(a.estimate, b.estimate) << a.name;
    ASSERT_EQ(one.tenants[a.tenant], other.tenants[b.tenant]) << a.name;
    ASSERT_EQ(a.devices, b.devices) << a.name;
    ASSERT_EQ(a.device_share, b.device_share) << a.name;
    ASSERT_EQ(a.one_node, b.one_node) << a.name;
    ASSERT_EQ(a.cpus, b.cpus) << a.name;
    ASSERT_EQ(a.memory, b.memory) << a.name;
    ASSERT_EQ(one.type_sets[a.types], other.type_sets[b.types]) << a.name;
    ASSERT_EQ(a.priority, b.priority) << a.name;
  }
}

void expect_round_trip(const Trace& trace) {
  const std::string text = table_of(trace);
  const Trace again = read_trace(text, "again.csv", TraceFormat::kNative);
  expect_same(trace, again);
  EXPECT_EQ(table_of(again), text);
}

TEST(NativeWriter, WritesWhatIsReadAgain) {
  expect_round_trip(
      read_trace("job_id,submit_time,num_gpu,duration,walltime,user,priority\n"
                 "a,0,1,60.000000001,90,ann,5\n"
                 "\"b,\"\"c\",0.5,8,0,,,-3\n"
                 "d,7,4,10,5,,\n",
                 "t", TraceFormat::kNative));
  expect_round_trip(
      read_trace("name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,"
                 "creation_time,deletion_time,scheduled_time\n"
                 "p0,8250,16384,1,460,V100M16|V100M32,LS,Running,10,500,20\n"
                 "p1,4000,0,0,0,,BE,Running,30,40,30\n"
                 "p2,0,100,2,1000,,LS,Running,30,40,35\n",
                 "t", TraceFormat::kOpenb));
}

TEST(NativeWriter, LeavesEmptyWhatIsTakenAnyway) {
  const Trace trace =
      read_trace("job_id,submit_time,num_gpu,duration\na,0,1,60\n", "t", TraceFormat::kNative);
  EXPECT_EQ(table_of(trace),
            "job_id,submit_time,num_gpu,duration,walltime,user,priority\na,0,1,60,,,\n");
}

TEST(NativeWriter, RandomJobsComeBack) {
  std::mt19937_64 random(11);
  const auto below = [&](std::uint64_t bound) { return random() % bound; };
  for (int round = 0; round < 50; ++round) {
    Trace trace;
    trace.tenants = {"default", "ann", "b\"o,b", "zoë"};
    trace.type_sets = {{}, {"a100"}, {"a100", "h100"}};
    Time now;
    for (int i = 0; i < 40; ++i) {
      TraceJob job;
      job.name = "j" + std::to_string(i);
      job.submitted = now;
      now += Duration{static_cast<std::int64_t>(below(3'000'000'000'000))};
      job.run_time = Duration{static_cast<std::int64_t>(below(100'000'000'000))};
      job.estimate = below(2) == 0 ? job.run_time : Duration{static_cast<std::int64_t>(below(1e9))};
      job.tenant = static_cast<std::uint32_t>(below(4));
      job.devices = static_cast<std::uint32_t>(below(4));
      if (job.devices == 1) job.device_share = 1 + static_cast<std::uint32_t>(below(1000));
      job.one_node = below(2) == 0;
      job.cpus = {static_cast<std::int64_t>(below(100'000))};
      job.memory = {static_cast<std::int64_t>(below(1'000'000'000'000))};
      job.types = static_cast<std::uint32_t>(below(3));
      job.priority = static_cast<std::int64_t>(below(100)) - 50;
      trace.jobs.push_back(job);
    }
    expect_round_trip(trace);
  }
}

TEST(NativeTrace, SaysWhatIsWrongWithResources) {
  const auto error = [](const std::string& row) {
    return error_of([&] {
      read_trace(
          "job_id,submit_time,num_gpu,duration,share,one_node,cpus,memory,types\n" + row + "\n",
          "t", TraceFormat::kNative);
    });
  };
  EXPECT_EQ(error("a,0,1,1,0.5,true,1.5,10,x|y"), "no error");
  EXPECT_EQ(error("a,0,0,1,,,1,,"), "no error");
  EXPECT_EQ(error("a,0,1,1,1.5,,,,"),
            "t:2:9: share is '1.5': expected the part of a device, 0.001 to 1, to the thousandth");
  EXPECT_EQ(error("a,0,2,1,0.5,,,,"), "t:2:9: share is '0.5': expected 1 unless num_gpu is 1");
  EXPECT_EQ(error("a,0,1,1,,yes,,,"), "t:2:10: one_node is 'yes': expected true or false");
  EXPECT_EQ(error("a,0,1,1,,,0.0001,,"),
            "t:2:11: cpus is '0.0001': expected cores, 0 or more, to the thousandth");
  EXPECT_EQ(error("a,0,1,1,,,,1.5,"), "t:2:12: memory is '1.5': expected whole bytes, 0 or more");
  EXPECT_EQ(error("a,0,1,1,,,,,x|"),
            "t:2:13: types is 'x|': expected names of device types with '|' between them");
}

std::string lines_of(const RequestTrace& trace) {
  std::string text;
  for (std::size_t i = 0; i < trace.requests.size(); ++i) append_json_line(written(trace, i), text);
  return text;
}

std::string table_of(const RequestTrace& trace) {
  std::string text(request_table_header());
  for (std::size_t i = 0; i < trace.requests.size(); ++i) append_table_row(written(trace, i), text);
  return text;
}

/// Columns that a trace need not have are compared by what they say.
void expect_same(const RequestTrace& one, const RequestTrace& other, bool with_prefixes) {
  ASSERT_EQ(one.requests.size(), other.requests.size());
  for (std::size_t i = 0; i < one.requests.size(); ++i) {
    const WrittenRequest a = written(one, i);
    const WrittenRequest b = written(other, i);
    ASSERT_EQ(a.request.arrival, b.request.arrival) << i;
    ASSERT_EQ(a.request.prompt_tokens, b.request.prompt_tokens) << i;
    ASSERT_EQ(a.request.output_tokens, b.request.output_tokens) << i;
    ASSERT_EQ(a.tenant, b.tenant) << i;
    ASSERT_EQ(a.priority, b.priority) << i;
    ASSERT_EQ(a.session, b.session) << i;
    ASSERT_EQ(a.deadline, b.deadline) << i;
    if (with_prefixes) {
      ASSERT_TRUE(std::ranges::equal(a.prefix, b.prefix)) << i;
    }
  }
  if (with_prefixes) {
    EXPECT_EQ(one.prefix_block_tokens, other.prefix_block_tokens);
  }
}

void expect_round_trip(const RequestTrace& trace) {
  expect_same(trace, read_request_trace(lines_of(trace), "again.jsonl", RequestFormat::kJsonl),
              true);
  expect_same(trace, read_request_trace(table_of(trace), "again.csv", RequestFormat::kNative),
              false);
}

TEST(NativeRequestWriter, WritesWhatIsReadAgain) {
  expect_round_trip(read_request_trace(
      "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.6805900,374,44\n"
      "2023-11-16 18:15:48.1805901,396,109\n",
      "t", RequestFormat::kAzureLlm));
  expect_round_trip(read_request_trace(
      "Timestamp,Session ID,Elapsed time,Model,Request tokens,Response tokens,Total tokens,Log "
      "Type\n"
      "5,x,1,GPT-4,472,18,490,log\n6,y,1,GPT-4,10,1,11,log\n9,x,1,GPT-4,500,8,508,log\n",
      "t", RequestFormat::kBurstGpt));
  expect_round_trip(read_request_trace(
      "{\"timestamp\":0,\"input_length\":1000,\"output_length\":5,\"hash_ids\":[7,"
      "18446744073709551615]}\n"
      "{\"timestamp\":27,\"input_length\":512,\"output_length\":9,\"hash_ids\":[7]}\n"
      "{\"timestamp\":27,\"input_length\":512,\"output_length\":9}\n",
      "t", RequestFormat::kMooncake));
  expect_round_trip(read_request_trace(
      "arrival_time,prompt_tokens,output_tokens,tenant,priority,session,deadline\n"
      "0,5,6,\"a\"\"\\b\",,1,2.5\n1,7,8,,-4,,\n2,7,8,zoë,,1,\n",
      "t", RequestFormat::kNative));
}

TEST(NativeRequestWriter, SaysWhatIsWrongWithPrefixes) {
  const auto error = [](const std::string& more) {
    return error_of([&] {
      read_request_trace(
          "{\"arrival_time\":0,\"prompt_tokens\":20,\"output_tokens\":1" + more + "}\n", "t",
          RequestFormat::kJsonl);
    });
  };
  EXPECT_EQ(error(",\"prefix_block\":16,\"prefix_hashes\":[1,2]"), "no error");
  EXPECT_NE(error(",\"prefix_hashes\":[1,2]").find("the key 'prefix_block' is missing"),
            std::string::npos);
  EXPECT_NE(
      error(",\"prefix_block\":16,\"prefix_hashes\":[1]")
          .find("prefix_block is '16': expected the size of blocks of which the prompt fills or "
                "begins as many as there are prefix_hashes (1)"),
      std::string::npos);
  EXPECT_NE(error(",\"prefix_block\":0,\"prefix_hashes\":[1]").find("from 1 to 65536"),
            std::string::npos);
  EXPECT_NE(
      error(",\"prefix_block\":16,\"prefix_hashes\":[1,2]}\n{\"arrival_time\":0,"
            "\"prompt_tokens\":20,\"output_tokens\":1,\"prefix_block\":10,\"prefix_hashes\":[1,2]")
          .find("t:2:"),
      std::string::npos);
}

TEST(TraceKindOf, TellsJobsFromRequests) {
  const auto kind = [](const std::string& name, const std::string& text,
                       const std::string& format = "") {
    const TemporaryFile file(name, text);
    return name_of(trace_kind(file.path(), format)) +
           (std::holds_alternative<TraceFormat>(trace_kind(file.path(), format)) ? " jobs"
                                                                                 : " requests");
  };
  const std::string jobs = "job_id,submit_time,num_gpu,duration\na,0,1,1\n";
  const std::string requests = "arrival_time,prompt_tokens,output_tokens\n0,1,1\n";
  EXPECT_EQ(kind("a.csv", jobs), "native jobs");
  EXPECT_EQ(kind("a.csv", requests), "native requests");
  EXPECT_EQ(kind("a.csv", jobs, "native"), "native jobs");
  EXPECT_EQ(kind("a.csv", requests, "native"), "native requests");
  EXPECT_EQ(kind("a.csv", jobs, "philly"), "philly jobs");
  EXPECT_EQ(kind("a.jsonl", "{\"timestamp\":0,\"input_length\":1,\"output_length\":1}\n"),
            "mooncake requests");
  EXPECT_EQ(kind("a.swf", "; x\n"), "swf jobs");
  EXPECT_EQ(error_of([&] { kind("a.csv", jobs, "phily"); }),
            "there is no trace format 'phily' (did you mean 'philly'?)");
  const std::string error = error_of([&] { kind("a.csv", "a,b\n1,2\n"); });
  EXPECT_NE(error.find("(swf, philly, openb, native)"), std::string::npos);
  EXPECT_NE(error.find("(azure-llm, burstgpt, native, sharegpt)"), std::string::npos);
}

class RealJobs : public testing::TestWithParam<std::pair<const char*, TraceFormat>> {};
TEST_P(RealJobs, ComeBack) {
  TANDEM_NEEDS_SHARED_TRACE(GetParam().first);
  expect_round_trip(read_trace(shared_trace(GetParam().first), GetParam().second));
}
INSTANTIATE_TEST_SUITE_P(Formats, RealJobs,
                         testing::Values(std::pair{"philly/philly.csv", TraceFormat::kPhilly},
                                         std::pair{"swf/KTH-SP2-1996-2.1-cln.swf",
                                                   TraceFormat::kSwf},
                                         std::pair{"swf/lublin_256.swf", TraceFormat::kSwf},
                                         std::pair{"alibaba/gpu-v2023_openb_pod_list_default.csv",
                                                   TraceFormat::kOpenb}));

class RealRequests : public testing::TestWithParam<std::pair<const char*, RequestFormat>> {};
TEST_P(RealRequests, ComeBack) {
  TANDEM_NEEDS_SHARED_TRACE(GetParam().first);
  expect_round_trip(read_request_trace(shared_trace(GetParam().first), GetParam().second));
}
INSTANTIATE_TEST_SUITE_P(
    Formats, RealRequests,
    testing::Values(
        std::pair{"azure-llm-2023/AzureLLMInferenceTrace_conv.csv", RequestFormat::kAzureLlm},
        std::pair{"azure-llm-2023/AzureLLMInferenceTrace_code.csv", RequestFormat::kAzureLlm},
        std::pair{"mooncake-fast25/conversation_trace.jsonl", RequestFormat::kMooncake},
        std::pair{"mooncake-fast25/synthetic_trace.jsonl", RequestFormat::kMooncake}));

}  // namespace
}  // namespace tandem
