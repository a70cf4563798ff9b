#include <gtest/gtest.h>

#include "tests/support/error_of.h"
#include "workloads/traces/trace.h"

namespace tandem {
namespace {

using namespace std::chrono_literals;

constexpr const char* kHeader =
    "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,"
    "deletion_time,scheduled_time\n";
constexpr const char* kNodeHeader = "sn,cpu_milli,memory_mib,gpu,model\n";

Trace read(const std::string& rows) {
  return read_trace(kHeader + rows, "pods.csv", TraceFormat::kOpenb);
}
std::string error_in(const std::string& rows) {
  return error_of([&] { read(rows); });
}
std::string node_error_in(const std::string& text) {
  return error_of([&] { read_openb_nodes(text, "nodes.csv"); });
}

TEST(OpenbTrace, ReadsAPod) {
  const Trace trace = read("pod-0,12000,16384,2,1000,,LS,Running,100,350,150\n");
  ASSERT_EQ(trace.jobs.size(), 1U);
  const TraceJob& job = trace.jobs[0];
  EXPECT_EQ(job.name, "pod-0");
  EXPECT_EQ(job.submitted, kStartOfTime);
  EXPECT_EQ(job.run_time, 200s);
  EXPECT_EQ(job.devices, 2U);
  EXPECT_TRUE(job.one_node);
  EXPECT_EQ(job.cpus, MilliCpus{12'000});
  EXPECT_EQ(job.memory, Bytes{16'384LL << 20});
  EXPECT_EQ(job.types, 0U);
  EXPECT_EQ(job.priority, 0);
  EXPECT_EQ(trace.tenants, std::vector<std::string>{"LS"});
  EXPECT_EQ(trace.warnings,
            std::vector<std::string>{"took the run time as the estimate of 1 job without one"});
}

TEST(OpenbTrace, TakesSharesOfOneGpuAndRoundsThoseOfSeveral) {
  const Trace trace = read(
      "a,1,1,1,460,,LS,Running,0,9,0\nb,1,1,1,1000,,LS,Running,0,9,0\n"
      "c,1,1,0,0,,BE,Running,0,9,0\nd,1,1,2,500,,LS,Running,0,9,0\n");
  EXPECT_EQ(trace.jobs[0].devices, 1U);
  EXPECT_EQ(trace.jobs[0].device_share, 460U);
  EXPECT_EQ(trace.jobs[1].device_share, 1000U);
  EXPECT_EQ(trace.jobs[2].devices, 0U);
  EXPECT_EQ(trace.jobs[2].device_share, 1000U);
  EXPECT_EQ(trace.jobs[3].device_share, 1000U);
  EXPECT_EQ(trace.warnings[0],
            "rounded the GPU shares of 1 job with several GPUs up to whole devices");
}

TEST(OpenbTrace, CountsAllOfAPodThatNeverRan) {
  const Trace trace = read("a,1,1,1,1000,,LS,Pending,100,350,\n");
  EXPECT_EQ(trace.jobs[0].run_time, 250s);
  EXPECT_EQ(trace.warnings[0],
            "took creation to deletion as the run time of 1 job never scheduled");
}

TEST(OpenbTrace, KnowsSetsOfTypes) {
  const Trace trace = read(
      "a,1,1,1,1000,V100M32|V100M16,LS,Running,0,9,0\nb,1,1,1,1000,,LS,Running,0,9,0\n"
      "c,1,1,1,1000,v100m16|V100M32|V100M16,LS,Running,0,9,0\nd,1,1,1,1000,T4,LS,Running,0,9,0\n");
  EXPECT_EQ(trace.type_sets,
            (std::vector<std::vector<std::string>>{{}, {"v100m16", "v100m32"}, {"t4"}}));
  EXPECT_EQ(trace.jobs[0].types, 1U);
  EXPECT_EQ(trace.jobs[1].types, 0U);
  EXPECT_EQ(trace.jobs[2].types, 1U);
  EXPECT_EQ(trace.jobs[3].types, 2U);
}

TEST(OpenbTrace, SaysWhatIsWrong) {
  EXPECT_EQ(error_in("a,x,1,1,1000,,LS,Running,0,9,0\n"),
            "pods.csv:2:3: cpu_milli is 'x': expected thousandths of a core, 0 or more");
  EXPECT_EQ(error_in("a,1,8796093022208,1,1000,,LS,Running,0,9,0\n"),
            "pods.csv:2:5: memory_mib is '8796093022208': expected MiB, 0 or more");
  EXPECT_EQ(error_in("a,1,1,-1,1000,,LS,Running,0,9,0\n"),
            "pods.csv:2:7: num_gpu is '-1': expected a whole number of devices, 0 or more");
  for (const std::string share : {"0", "1001", "half"}) {
    EXPECT_EQ(
        error_in("a,1,1,1," + share + ",,LS,Running,0,9,0\n"),
        "pods.csv:2:9: gpu_milli is '" + share + "': expected thousandths of a GPU, 1 to 1000");
  }
  for (const std::string spec : {"|", "T4|", "|T4", "T4||A10", "T 4"}) {
    EXPECT_EQ(error_in("a,1,1,1,1000," + spec + ",LS,Running,0,9,0\n"),
              "pods.csv:2:14: gpu_spec is '" + spec +
                  "': expected names of GPU models with '|' between them");
  }
  EXPECT_EQ(error_in("a,1,1,1,1000,,,Running,0,9,0\n"),
            "pods.csv:2:15: qos is '': expected a name: UTF-8, not empty, without white space and "
            "control characters");
  EXPECT_EQ(error_in("a,1,1,1,1000,,LS,Running,0,,0\n"),
            "pods.csv:2:28: deletion_time is '': expected seconds, 0 or more, less than 292 years");
  EXPECT_EQ(error_in("a,1,1,1,1000,,LS,Running,5,9,10\n"),
            "pods.csv:2:28: deletion_time is '9': expected a time not before the pod's start");
  EXPECT_EQ(error_in("a,1,1,1,1000,,LS,Pending,5,4,\n"),
            "pods.csv:2:28: deletion_time is '4': expected a time not before the pod's start");
  EXPECT_EQ(error_in("a,1,1,1,1000,,LS,Running,0,9,0\na,1,1,1,1000,,LS,Running,0,9,0\n"),
            "pods.csv:3:1: name 'a' comes twice, first in line 2");
  EXPECT_EQ(error_in(""), "pods.csv: there is no job in the trace");
}

TEST(OpenbNodes, ReadsNodes) {
  const auto nodes = read_openb_nodes(
      kNodeHeader + std::string("n0,32000,262144,0,\nn1,96000,786432,8,V100M32\n"), "nodes.csv");
  ASSERT_EQ(nodes.size(), 2U);
  EXPECT_EQ(nodes[0].name, "n0");
  EXPECT_EQ(nodes[0].device_type, "");
  EXPECT_EQ(nodes[0].devices, 0U);
  EXPECT_EQ(nodes[0].cpus, MilliCpus{32'000});
  EXPECT_EQ(nodes[1].device_type, "v100m32");
  EXPECT_EQ(nodes[1].devices, 8U);
  EXPECT_EQ(nodes[1].memory, Bytes{786'432LL << 20});
}

TEST(OpenbNodes, SaysWhatIsWrong) {
  EXPECT_EQ(node_error_in(kNodeHeader), "nodes.csv: there is no node in the list");
  EXPECT_EQ(node_error_in(kNodeHeader + std::string("n0,1,1,many,T4\n")),
            "nodes.csv:2:8: gpu is 'many': expected a whole number of devices, 0 or more");
  EXPECT_EQ(node_error_in(kNodeHeader + std::string("n0,1,1,2,\n")),
            "nodes.csv:2:10: model is '': expected a name: UTF-8, not empty, without white space "
            "and control characters");
  EXPECT_EQ(node_error_in(kNodeHeader + std::string("n0,1,1,2,T4\nn1,1,1,2,T4\nn0,1,1,2,T4\n")),
            "nodes.csv: sn 'n0' comes twice, as nodes 1 and 3");
  EXPECT_EQ(node_error_in("sn,cpu_milli,memory_mib,gpus,model\n"),
            "nodes.csv:1: column 'gpu' is missing (did you mean it by 'gpus'?)");
}

}  // namespace
}  // namespace tandem
