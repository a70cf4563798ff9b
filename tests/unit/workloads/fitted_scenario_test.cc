// Fitted scenarios as a whole: what they draw is like what they were fitted to, and they are fitted
// to what they draw as to the original.
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <set>

#include "tests/support/error_of.h"
#include "tests/support/shared_traces.h"
#include "workloads/fitting/arrival_fit.h"
#include "workloads/fitting/gaps.h"
#include "workloads/fitting/job_fit.h"
#include "workloads/fitting/kolmogorov_smirnov.h"
#include "workloads/fitting/request_fit.h"
#include "workloads/generators/random.h"
#include "workloads/scenario.h"

namespace tandem {
namespace {

Scenario loaded(const std::string& text) { return load_scenario(text, "fitted", {}, {}); }

std::vector<std::string> tenants_of(const Scenario& scenario) {
  std::vector<std::string> names;
  for (const Tenant& tenant : scenario.tenants.all()) names.push_back(tenant.name);
  return names;
}

/// What a scenario draws, as if it had been recorded.
Trace drawn_trace(const Scenario& scenario, std::uint64_t seed) {
  Trace trace;
  trace.tenants = tenants_of(scenario);
  const auto arrivals = scenario.arrivals(seed);
  std::optional<Time> first;
  while (const auto arrival = arrivals->next()) {
    if (!first) first = arrival->job.submitted;
    TraceJob job;
    job.name = arrival->job.name;
    job.submitted = kStartOfTime + (arrival->job.submitted - *first);
    job.run_time = arrival->run_time;
    job.estimate = arrival->job.estimate;
    job.devices = arrival->job.demand.devices;
    job.device_share = arrival->job.demand.device_share;
    job.tenant = arrival->job.tenant.value;
    trace.jobs.push_back(job);
  }
  return trace;
}

/// Every distribution of what a fit of `trace` draws is within `most` of the trace's.
void expect_alike(const Trace& trace, double most) {
  const Scenario fitted = loaded(fit_jobs(trace, "fitted", devices_for(trace, 0.7)).scenario);
  const JobSamples recorded = samples_of(trace);
  const JobSamples drawn = samples_of(*fitted.arrivals(1), tenants_of(fitted), trace);
  ASSERT_EQ(drawn.devices.size(), recorded.devices.size());
  EXPECT_LT(ks_distance(gaps_of(recorded.submitted, Duration::zero()),
                        gaps_of(drawn.submitted, Duration::zero())),
            most);
  EXPECT_LT(ks_distance(recorded.devices, drawn.devices), most);
  EXPECT_LT(ks_distance(recorded.run_time_s, drawn.run_time_s), most);
  EXPECT_LT(ks_distance(recorded.tenant, drawn.tenant), most);
  EXPECT_LT(ks_distance(recorded.estimate_s, drawn.estimate_s), most);
}

std::string jobs(const std::string& settings) {
  return "tandem: 1\nname: s\ncluster: { nodes: [{ name: n, devices: { type: any, count: 64 } }] "
         "}\n"
         "workload: { jobs: [generate: { " +
         settings + " }] }\n";
}

TEST(FittedJobs, AreLikeThoseOfTheirScenario) {
  for (const std::string settings :
       {"count: 20000, arrival: { gamma: { rate: 1/min, cv: 2.5 } }, devices: { 1: 6, 3: 1, 8: 1 "
        "}, "
        "duration: { lognormal: { median: 5 min, p99: 5 h } }, tenants: { ann: 3, bob: 1 }",
        "count: 20000, arrival: { weibull: { rate: 20/s, shape: 0.4 } }, repeats: 0.5, "
        "duration: { exponential: 3 s }, tenants: { count: 50, zipf: 1 }",
        "count: 20000, arrival: { poisson: 1/h }, classes: [{ weight: 5, share: 0.25, duration: { "
        "deterministic: 1 min } }, { weight: 1, devices: 16, duration: { exponential: 5 h } }]"}) {
    SCOPED_TRACE(settings);
    const Trace trace = drawn_trace(loaded(jobs(settings)), 3);
    expect_alike(trace, 0.03);
    // Fitted once more, to what was drawn.
    const Scenario fitted = loaded(fit_jobs(trace, "fitted", 64).scenario);
    expect_alike(drawn_trace(fitted, 5), 0.03);
  }
}

TEST(FittedJobs, RandomMixesAreMet) {
  std::mt19937_64 random(5);
  std::uniform_real_distribution<double> uniform(0, 1);
  for (int round = 0; round < 8; ++round) {
    const double cv = std::exp(1.4 * uniform(random) - 0.7);
    const double repeats = 0.6 * uniform(random);
    const Trace trace = drawn_trace(
        loaded(jobs("count: 8000, arrival: { gamma: { rate: 2/min, cv: " + std::to_string(cv) +
                    " } }, repeats: " + std::to_string(repeats) +
                    ", devices: { 1: 3, 2: 2, 5: 1, 7: 1 }, duration: { lognormal: { mean: 10 min, "
                    "cv: " +
                    std::to_string(0.2 + 3 * uniform(random)) + " } }")),
        static_cast<std::uint64_t>(round) + 1);
    const auto shape = fit_arrivals(samples_of(trace).submitted);
    if (const auto* gamma = std::get_if<GammaArrivals>(&shape)) {
      EXPECT_NEAR(gamma->cv / cv, 1, 0.1) << cv;
    } else {
      EXPECT_NEAR(cv, 1, 0.15) << "only there are the families alike";
    }
    EXPECT_NEAR(neighbour_correlation(samples_of(trace).run_time_s), repeats, 0.06);
  }
}

TEST(FittedJobs, EstimatesFollowTheNearerRule) {
  const auto estimate_of = [](const std::string& rule) {
    const Trace trace = drawn_trace(
        loaded(jobs("count: 5000, arrival: { poisson: 1/min }, duration: { exponential: 1 h }, "
                    "estimate: " +
                    rule)),
        1);
    const std::string text = fit_jobs(trace, "fitted", 64).scenario;
    return text.substr(text.find("estimate:"), 18);
  };
  EXPECT_EQ(estimate_of("round").substr(0, 15), "estimate: round");
  EXPECT_EQ(estimate_of("{ factor: { lognormal: { median: 3, p99: 30 } } }"), "estimate: { factor");
}

TEST(FittedJobs, SayWhatIsNotFitted) {
  Trace trace;
  trace.tenants = {"default"};
  for (int i = 0; i < 20; ++i) {
    TraceJob job;
    job.name = std::to_string(i);
    job.submitted = Time{std::chrono::seconds(i * i)};
    job.run_time = job.estimate = std::chrono::minutes(1 + i);
    job.cpus = {4000};
    trace.jobs.push_back(job);
  }
  EXPECT_EQ(fit_jobs(trace, "fitted", 1).notes,
            std::vector<std::string>{"not fitted: processor cores of 20 jobs"});
  trace.jobs.resize(5);
  EXPECT_EQ(error_of([&] { fit_jobs(trace, "fitted", 1); }),
            "there is too little to fit anything to: fewer than 10 arrivals");
}

TEST(DevicesFor, SoManyThatTheLoadIsMet) {
  // 100 device-seconds in 10 s are 10 devices; at 70 % of the load, 15.
  Trace trace;
  trace.jobs.resize(2);
  trace.jobs[0].run_time = std::chrono::seconds(40);
  trace.jobs[1].run_time = std::chrono::seconds(20);
  trace.jobs[1].devices = 3;
  trace.jobs[1].submitted = Time{std::chrono::seconds(10)};
  EXPECT_EQ(devices_for(trace, 1), 10U);
  EXPECT_EQ(devices_for(trace, 0.7), 15U);
  trace.jobs[1].devices = 300;
  trace.jobs[1].run_time = Duration{1};
  EXPECT_EQ(devices_for(trace, 0.7), 300U) << "the widest fits";
  trace.jobs[1].submitted = kStartOfTime;
  EXPECT_EQ(error_of([&] { devices_for(trace, 0.7); }),
            "everything came at once: there is no load");
}

TEST(FittedRequests, AreLikeThoseOfTheirScenario) {
  const std::string text =
      "tandem: 1\nname: s\ncluster: { nodes: [{ name: n, devices: { type: h100-sxm } }] }\n"
      "workload:\n  services:\n  - name: chat\n    model: llama-3.1-8b\n    requests:\n"
      "      generate:\n        count: 20000\n        arrival: { gamma: { rate: 2/s, cv: 2 } }\n"
      "        prompt: { lognormal: { median: 300, p99: 4000 } }\n"
      "        output: { exponential: 200 }\n        tenants: { ann: 2, bob: 1 }\n";
  const auto source = loaded(text).services.front().requests(1);
  RequestTrace trace;
  trace.tenants = {"default"};
  RequestArrival next;
  while (source->next(next)) {
    trace.requests.push_back(
        {next.request.arrival, next.request.prompt_tokens, next.output_tokens});
  }
  const Duration first = trace.requests.front().arrival.time_since_epoch();
  for (RecordedRequest& request : trace.requests) request.arrival -= first;
  const Scenario fitted = loaded(fit_requests(trace, "fitted"));
  const RequestSamples recorded = samples_of(trace);
  const RequestSamples drawn = samples_of(*fitted.services.front().requests(2));
  EXPECT_LT(ks_distance(recorded.prompt_tokens, drawn.prompt_tokens), 0.025);
  EXPECT_LT(ks_distance(recorded.output_tokens, drawn.output_tokens), 0.025);
  EXPECT_LT(ks_distance(gaps_of(recorded.arrival, Duration::zero()),
                        gaps_of(drawn.arrival, Duration::zero())),
            0.025);
}

TEST(FittedRequests, ConversationsAreFoundAgain) {
  const std::string text =
      "tandem: 1\nname: s\ncluster: { nodes: [{ name: n, devices: { type: h100-sxm } }] }\n"
      "workload:\n  services:\n  - name: chat\n    model: llama-3.1-8b\n    requests:\n"
      "      generate:\n        count: 5000\n        arrival: { poisson: 1/s }\n"
      "        prompt: { lognormal: { median: 200, p99: 1000 } }\n"
      "        output: { exponential: 200 }\n        system_prompt: 640\n        prefix_block: 16\n"
      "        sessions: { turns: { uniform: { min: 1, max: 5 } }, think: { exponential: 20 s } "
      "}\n";
  const auto source = loaded(text).services.front().requests(1);
  RequestTrace trace;
  trace.tenants = {"default"};
  trace.prefix_block_tokens = 16;
  RequestArrival next;
  while (source->next(next)) {
    trace.requests.push_back(
        {next.request.arrival, next.request.prompt_tokens, next.output_tokens});
    const auto& prefix = next.request.prefix;
    trace.prefixes.insert(trace.prefixes.end(), prefix.begin(), prefix.end());
    trace.prefix_ends.push_back(trace.prefixes.size());
  }
  const Duration first = trace.requests.front().arrival.time_since_epoch();
  for (RecordedRequest& request : trace.requests) request.arrival -= first;
  EXPECT_EQ(shared_blocks(trace), 40U);
  const std::string fit = fit_requests(trace, "fitted");
  EXPECT_NE(fit.find("system_prompt: 640\n"), std::string::npos) << fit;
  const RequestSamples recorded = samples_of(trace);
  const RequestSamples drawn = samples_of(*loaded(fit).services.front().requests(2));
  EXPECT_NEAR(*drawn.prefix_hits, *recorded.prefix_hits, 0.03);
  EXPECT_LT(ks_distance(recorded.prompt_tokens, drawn.prompt_tokens), 0.05);
}

TEST(SharedTraceFits, PhillyIsMet) {
  TANDEM_NEEDS_SHARED_TRACE("philly/philly.csv");
  const Trace trace = read_trace(shared_trace("philly/philly.csv"), TraceFormat::kPhilly);
  const Scenario fitted = loaded(fit_jobs(trace, "philly", devices_for(trace, 0.7)).scenario);
  const JobSamples recorded = samples_of(trace);
  const JobSamples drawn = samples_of(*fitted.arrivals(1), tenants_of(fitted), trace);
  EXPECT_LT(ks_distance(recorded.run_time_s, drawn.run_time_s), 0.02);
  EXPECT_LT(ks_distance(recorded.devices, drawn.devices), 0.02);
  EXPECT_LT(ks_distance(recorded.tenant, drawn.tenant), 0.02);
}

}  // namespace
}  // namespace tandem
