// A service's `requests`: from YAML to streams, and what is said of mistakes in it.

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>

#include "tests/support/temporary_file.h"
#include "tests/unit/workloads/request_text.h"
#include "workloads/scenario/build.h"
#include "workloads/scenario/scenario_spec.h"

namespace tandem {
namespace {

using namespace std::chrono_literals;
using Strings = std::vector<std::string>;

/// A plan with the scenario it was read into.
struct Planned {
  RequestPlan plan;
  Strings tenants;  ///< Of the scenario.
  std::size_t files = 0;
};

Planned planned(const std::string& text, std::optional<std::int64_t> context = std::nullopt,
                const std::filesystem::path& folder = {}) {
  const Document document = parse_document(text, "r.yaml");
  Problems problems;
  check_form(document, *requests_spec(), problems);
  problems.throw_if_any();
  ScenarioBuild build(document, folder);
  Planned result;
  result.plan = read_requests(document.root, {0, context}, build);
  build.problems.throw_if_any();
  for (const Tenant& tenant : build.scenario.tenants.all()) result.tenants.push_back(tenant.name);
  result.files = build.files.size();
  return result;
}

std::string error_of_plan(const std::string& text,
                          std::optional<std::int64_t> context = std::nullopt,
                          const std::filesystem::path& folder = {}) {
  return error_of([&] { planned(text, context, folder); });
}

std::vector<RequestArrival> requests_of(const Planned& planned, std::uint64_t seed = 1) {
  return all_of(*planned.plan.source(seed));
}

constexpr const char* kRows =
    "arrival_time,prompt_tokens,output_tokens,tenant\n"
    "0,100,20,ann\n1,300,20,bob\n2,150,80,ann\n";

TEST(RequestPlan, PlaysATrace) {
  const TemporaryFile file("r.csv", kRows);
  const Planned result = planned(
      "trace: { file: r.csv, deadline: 2 s, start: 1 min }\nrate: x2\nmax_concurrency: 8\n"
      "predicted: exact\n",
      200, file.folder());
  EXPECT_EQ(result.tenants, Strings{"ann"});
  EXPECT_EQ(result.plan.tenants, std::vector<TenantId>{TenantId{0}});
  EXPECT_EQ(result.plan.max_concurrency, 8U);
  EXPECT_EQ(result.files, 1U);
  EXPECT_FALSE(result.plan.random);
  const std::string name = file.path().string();
  EXPECT_EQ(result.plan.warnings,
            (Strings{name + ": left out 1 request whose prompt leaves no room in the context of "
                            "200 tokens",
                     name + ": shortened 1 answer to the context of 200 tokens"}));
  const auto requests = requests_of(result);
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(requests[1].request.arrival, kStartOfTime + 61s);
  EXPECT_EQ(requests[1].request.deadline, kStartOfTime + 63s);
  EXPECT_EQ(requests[1].output_tokens, 50U);
  EXPECT_EQ(requests[1].request.predicted_output, 50U);
}

TEST(RequestPlan, CutsATraceInTime) {
  const TemporaryFile file("r.csv", kRows);
  const Planned result = planned(
      "trace: { format: native, file: r.csv, from: 1 s, until: 2 s, tenant: all, priority: 4 }",
      std::nullopt, file.folder());
  EXPECT_EQ(result.tenants, Strings{"all"});
  const auto requests = requests_of(result);
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests[0].request.arrival, kStartOfTime);
  EXPECT_EQ(requests[0].request.prompt_tokens, 300U);
  EXPECT_EQ(requests[0].request.priority, 4);
}

TEST(RequestPlan, GeneratesRequests) {
  const Planned result = planned(
      "generate:\n"
      "  count: 3000\n"
      "  arrival: { gamma: { rate: 5/s, cv: 2 } }\n"
      "  prompt: { uniform: { min: 3, max: 5 } }\n"
      "  output: 7\n"
      "  tenants: { a: 1, b: 2 }\n"
      "  priority: { 0: 1, 5: 1 }\n"
      "  deadline: 10 s\n"
      "rate: x2\n"
      "output_limit: 6\n"
      "predicted: { error: 0.1 }\n");
  EXPECT_EQ(result.tenants, (Strings{"a", "b"}));
  EXPECT_EQ(result.plan.tenants.size(), 2U);
  EXPECT_TRUE(result.plan.random);
  const auto requests = requests_of(result);
  ASSERT_EQ(requests.size(), 3000U);
  std::map<std::uint32_t, int> prompts;
  std::size_t of_b = 0;
  for (const RequestArrival& arrival : requests) {
    ++prompts[arrival.request.prompt_tokens];
    of_b += arrival.request.tenant == TenantId{1} ? 1 : 0;
    EXPECT_EQ(arrival.output_tokens, 6U);
    EXPECT_EQ(arrival.request.output_limit, 6U);
  }
  EXPECT_EQ(prompts.size(), 3U);
  for (const auto& [tokens, count] : prompts) EXPECT_NEAR(count, 1000, 130) << tokens;
  EXPECT_NEAR(static_cast<double>(of_b), 2000, 130);
  // 10 a second; the count of a renewal process varies by cv * sqrt(count).
  EXPECT_NEAR(to_seconds(requests.back().request.arrival), 300, 5 * 2 * std::sqrt(3000) / 10);
}

TEST(RequestPlan, DrawsLengthsFromAFile) {
  const TemporaryFile file("l.csv", "num_prefill_tokens,num_decode_tokens\n10,1\n20,2\n");
  const Planned result =
      planned("generate: { until: 100 s, arrival: { poisson: 1/s }, lengths: { file: l.csv } }",
              std::nullopt, file.folder());
  for (const RequestArrival& arrival : requests_of(result)) {
    EXPECT_EQ(arrival.request.prompt_tokens, 10 * arrival.output_tokens);
  }
}

TEST(RequestPlan, MakesConversations) {
  const Planned result = planned(
      "generate:\n"
      "  count: 100\n"
      "  arrival: { poisson: 1/s }\n"
      "  prompt: { exponential: 50 }\n"
      "  output: { lognormal: { median: 20, p99: 100 } }\n"
      "  system_prompt: 64\n"
      "  prefix_block: 32\n"
      "  sessions: { turns: { uniform: { min: 1, max: 3 } }, think: { exponential: 10 s } }\n");
  EXPECT_EQ(result.plan.source(1)->prefix_block_tokens(), 32U);
  EXPECT_EQ(result.plan.source(1)->count(), 100U);
  EXPECT_EQ(requests_of(result).size(), 100U);
}

TEST(RequestPlan, MergesSources) {
  const TemporaryFile file("r.csv", kRows);
  const Planned result = planned(
      "sources:\n"
      "  - trace: { file: r.csv }\n"
      "  - generate: { count: 5, arrival: { every: 1 s }, prompt: 1, output: 1 }\n",
      std::nullopt, file.folder());
  EXPECT_EQ(result.tenants, (Strings{"ann", "bob", "default"}));
  EXPECT_EQ(result.plan.source(1)->count(), 8U);
  const auto requests = requests_of(result);
  EXPECT_EQ(requests.back().request.id, RequestId{7});
  EXPECT_EQ(requests.back().request.arrival, kStartOfTime + 4s);
}

TEST(RequestPlan, FollowsAServeGenClient) {
  const TemporaryFile windows("c-trace.csv", "0,2,1,,0,0\n600,1,1,,0,0\n");
  std::ofstream(windows.folder() / "c-dataset.json")
      << "{\"0\": {\"input_tokens\": \"{3: 1}\", \"output_tokens\": \"{4: 1}\"}}";
  const Planned result =
      planned("trace: { file: c-trace.csv, until: 300 s }\nrate: x3", 50, windows.folder());
  EXPECT_EQ(result.files, 2U);
  const auto requests = requests_of(result);
  ASSERT_EQ(requests.size(), 600U);
  EXPECT_LE(requests.back().request.arrival, kStartOfTime + 100s);
  EXPECT_EQ(requests[0].request.prompt_tokens, 3U);
  EXPECT_EQ(requests[0].output_tokens, 4U);
}

TEST(RequestPlan, WarnsOfWhatTheContextCuts) {
  const Planned result =
      planned("generate: { count: 9, arrival: { every: 1 s }, prompt: 200, output: 10 }", 100);
  EXPECT_EQ(result.plan.warnings,
            (Strings{"generated prompts are cut to the context of 100 tokens: of the first 9 "
                     "requests about 9",
                     "generated answers are cut to the context of 100 tokens: of the first 9 "
                     "requests about 9"}));
  EXPECT_EQ(requests_of(result)[0].request.prompt_tokens, 99U);
}

TEST(RequestPlan, SaysWhatIsWrong) {
  const std::string start = "generate: { arrival: { poisson: 1/s }, ";
  EXPECT_EQ(error_of_plan(start + "prompt: 1, output: 1 }"),
            "r.yaml:1:11: generate needs 'count' or 'until': how many requests there are");
  EXPECT_EQ(error_of_plan(start + "count: 5, prompt: 1 }"),
            "r.yaml:1:11: generate needs 'prompt' and 'output', or 'lengths': how long requests "
            "are");
  EXPECT_EQ(error_of_plan(start + "count: 5, prompt: 1, output: 1, system_prompt: 99 }", 100),
            "r.yaml:1:11: the system prompt leaves no room for a prompt and an answer in the "
            "context of 100 tokens");
  EXPECT_EQ(error_of_plan("trace: { file: no.csv }"),
            "r.yaml:1:16: 'no.csv': there is no such file");
  EXPECT_EQ(error_of_plan("trace: { fil: a }"),
            "r.yaml:1:10: trace: unknown key 'fil' (did you mean 'file'?)\n"
            "r.yaml:1:8: trace: the key 'file' is missing (The trace, relative to the scenario.)");
  EXPECT_EQ(error_of_plan("trace: { file: a, format: azure }").substr(0, 40),
            "r.yaml:1:27: trace.format: unknown value");
  EXPECT_EQ(error_of_plan(start + "count: 5, prompt: 1, output: 1 }\nrate: 10"),
            "r.yaml:2:7: rate: expected a factor such as 'x10' or 'x0.5', not '10'");
  EXPECT_EQ(error_of_plan("rate: x1"), "r.yaml:1:1: give exactly one of trace, generate, sources");
}

TEST(RequestPlan, NeedsOneBlockSize) {
  const std::string source =
      "  - generate: { count: 5, arrival: { every: 1 s }, prompt: 1, output: 1, system_prompt: 9, "
      "prefix_block: ";
  EXPECT_EQ(error_of_plan("sources:\n" + source + "16 }\n" + source + "32 }\n"),
            "r.yaml:1:1: the sources know their prompts in blocks of 16 and of 32 tokens: one "
            "service needs one size (prefix_block)");
}

}  // namespace
}  // namespace tandem
