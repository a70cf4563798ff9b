// The readers against the real traces: numbers as the traces' descriptions have them.

#include "tests/support/shared_traces.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "workloads/traces/trace.h"

namespace tandem {
namespace {

using Warnings = std::vector<std::string>;

std::uint32_t most_devices(const Trace& trace) {
  return std::max_element(trace.jobs.begin(), trace.jobs.end(),
                          [](const auto& a, const auto& b) { return a.devices < b.devices; })
      ->devices;
}

double days(Time time) { return to_seconds(time) / 86'400; }

/// What every trace promises.
void check_sanity(const Trace& trace) {
  ASSERT_FALSE(trace.jobs.empty());
  EXPECT_EQ(trace.jobs[0].submitted, kStartOfTime);
  Time last = kStartOfTime;
  for (const TraceJob& job : trace.jobs) {
    ASSERT_GE(job.submitted, last) << job.name;
    ASSERT_LT(job.tenant, trace.tenants.size()) << job.name;
    last = job.submitted;
  }
}

TEST(SharedTraces, KthSp2) {
  const char* const name = "swf/KTH-SP2-1996-2.1-cln.swf";
  TANDEM_NEEDS_SHARED_TRACE(name);
  EXPECT_EQ(detect_trace_format(shared_trace(name)), TraceFormat::kSwf);
  const Trace trace = read_trace(shared_trace(name), TraceFormat::kSwf);
  check_sanity(trace);
  EXPECT_EQ(trace.jobs.size(), 28'475U);
  EXPECT_EQ(trace.machine_devices, 100U);
  EXPECT_EQ(most_devices(trace), 100U);
  EXPECT_EQ(static_cast<int>(days(trace.jobs.back().submitted) + 0.5), 333);
  EXPECT_EQ(trace.warnings, Warnings{"left out 1 row without processors"});
  EXPECT_EQ(std::ranges::count_if(trace.jobs, [](auto& j) { return j.estimate < j.run_time; }),
            475);
}

TEST(SharedTraces, Lublin256) {
  const char* const name = "swf/lublin_256.swf";
  TANDEM_NEEDS_SHARED_TRACE(name);
  const Trace trace = read_trace(shared_trace(name), TraceFormat::kSwf);
  check_sanity(trace);
  EXPECT_EQ(trace.jobs.size(), 10'000U);
  EXPECT_EQ(trace.machine_devices, 256U);
  EXPECT_EQ(most_devices(trace), 256U);
  double device_seconds = 0;
  for (const TraceJob& job : trace.jobs) device_seconds += job.devices * to_seconds(job.run_time);
  EXPECT_NEAR(device_seconds / (256 * to_seconds(trace.jobs.back().submitted)), 1.06, 0.005);
}

TEST(SharedTraces, Philly) {
  const char* const name = "philly/philly.csv";
  TANDEM_NEEDS_SHARED_TRACE(name);
  EXPECT_EQ(detect_trace_format(shared_trace(name)), TraceFormat::kPhilly);
  const Trace trace = read_trace(shared_trace(name), TraceFormat::kPhilly);
  check_sanity(trace);
  EXPECT_EQ(trace.jobs.size(), 82'247U);
  EXPECT_EQ(trace.tenants.size(), 15U);
  EXPECT_EQ(most_devices(trace), 128U);
  EXPECT_EQ(static_cast<int>(days(trace.jobs.back().submitted) + 0.5), 109);
  const auto single = std::count_if(trace.jobs.begin(), trace.jobs.end(),
                                    [](const TraceJob& job) { return job.devices == 1; });
  EXPECT_NEAR(static_cast<double>(single) / 82'247, 0.932, 0.0005);
  EXPECT_EQ(trace.warnings,
            (Warnings{"took the run time as the estimate of 82247 jobs without one",
                      "sorted the trace by submission: 44878 jobs came right behind a later one"}));
}

TEST(SharedTraces, OpenbPods) {
  const char* const name = "alibaba/gpu-v2023_openb_pod_list_default.csv";
  TANDEM_NEEDS_SHARED_TRACE(name);
  EXPECT_EQ(detect_trace_format(shared_trace(name)), TraceFormat::kOpenb);
  const Trace trace = read_trace(shared_trace(name), TraceFormat::kOpenb);
  check_sanity(trace);
  EXPECT_EQ(trace.jobs.size(), 8'152U);
  EXPECT_EQ(trace.tenants, (std::vector<std::string>{"LS", "Burstable", "BE", "Guaranteed"}));
  EXPECT_EQ(most_devices(trace), 8U);
  std::uint64_t shares = 0;
  std::uint64_t thousandths = 0;
  for (const TraceJob& job : trace.jobs) {
    if (job.device_share == 1000) continue;
    EXPECT_EQ(job.devices, 1U) << job.name;
    ++shares;
    thousandths += job.device_share;
  }
  EXPECT_EQ(shares, 3'078U);
  EXPECT_EQ(thousandths, 1'731'800U);
  EXPECT_EQ(trace.warnings,
            (Warnings{"took creation to deletion as the run time of 897 jobs never scheduled",
                      "took the run time as the estimate of 8152 jobs without one"}));
}

TEST(SharedTraces, OpenbNodes) {
  const char* const name = "alibaba/gpu-v2023_openb_node_list_all_node.csv";
  TANDEM_NEEDS_SHARED_TRACE(name);
  const auto nodes = read_openb_nodes(shared_trace(name));
  std::map<std::string, std::uint32_t> devices;
  std::uint32_t all = 0;
  for (const TraceNode& node : nodes) {
    devices[node.device_type] += node.devices;
    all += node.devices;
  }
  EXPECT_EQ(nodes.size(), 1'523U);
  EXPECT_EQ(all, 6'212U);
  EXPECT_EQ(devices[""], 0U);
  EXPECT_EQ(devices["a10"], 2U);
}

}  // namespace
}  // namespace tandem
