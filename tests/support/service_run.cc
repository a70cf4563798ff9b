#include "tests/support/service_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <utility>

#include "policies/core/scheduler.h"
#include "policies/registry.h"
#include "sim/check/listed_scenario.h"
#include "sim/simulated_world.h"
#include "sim/simulation.h"
#include "workloads/run_header.h"

namespace tandem {
namespace {

class RequestList final : public RequestSource {
 public:
  explicit RequestList(std::shared_ptr<const std::vector<RequestArrival>> requests)
      : requests_(std::move(requests)) {}
  bool next(RequestArrival& next) override {
    if (at_ == requests_->size()) return false;
    next = (*requests_)[at_++];
    return true;
  }
  std::uint64_t count() const override { return requests_->size(); }

 private:
  std::shared_ptr<const std::vector<RequestArrival>> requests_;
  std::size_t at_ = 0;
};

/// Writes down what happens to jobs, and to requests.
class Chronicle final : public Recorder, public ServiceRecorder {
 public:
  explicit Chronicle(ServiceRun& run) : run_(run) {}

  void begin_run(const RunHeader&) override {}
  void begin_step(Time now) override { now_ = now; }
  void event(const Event& event) override {
    if (const auto* submitted = std::get_if<Submitted>(&event)) {
      names_[submitted->job.id] = submitted->job.name;
    } else if (const auto* finished = std::get_if<Finished>(&event)) {
      tell(finished->job, "ends");
    } else if (const auto* stopped = std::get_if<Stopped>(&event)) {
      tell(stopped->job, "stops");
    } else if (const auto* cancelled = std::get_if<Cancelled>(&event)) {
      tell(cancelled->job, "withdrawn");
    }
  }
  void action(const Action& action) override {
    if (const auto* start = std::get_if<Start>(&action)) tell(start->job, "starts");
    if (const auto* reject = std::get_if<Reject>(&action)) tell(reject->job, "rejected");
  }

  void arrived(ServiceId, const Request&) override {
    ++run_.arrived;
    run_.most_in_flight = std::max(run_.most_in_flight, ++in_flight_);
  }
  void ended(const RequestRecord& record) override {
    --in_flight_;
    run_.records.push_back(record);
  }
  void gave_tokens(ServiceId, const TokenGaps&) override {}
  void load(ServiceId service, std::uint32_t engine, Time, const EngineLoad& load) override {
    if (engine == kFront) return;
    if (service.value >= run_.most_running.size()) run_.most_running.resize(service.value + 1);
    auto& most = run_.most_running[service.value];
    if (engine >= most.size()) most.resize(engine + 1);
    most[engine] = std::max(most[engine], load.running);
  }

 private:
  void tell(JobId job, const char* what) {
    run_.story += fmt::format("{}{} {}@{}", run_.story.empty() ? "" : ", ", names_[job], what,
                              to_seconds(now_));
  }

  ServiceRun& run_;
  Time now_;
  std::map<JobId, std::string> names_;
  std::int64_t in_flight_ = 0;
};

const char* name_of(RequestState state) {
  constexpr const char* kNames[] = {"completed", "rejected", "failed"};
  return kNames[static_cast<std::size_t>(state)];
}

}  // namespace

PlainCost even_steps(double step_s) {
  PlainCost cost;
  cost.step_ps = static_cast<std::int64_t>(step_s * 1e12);
  cost.prefill_token_ps = cost.pair_ps = cost.request_ps = cost.context_ps = 0;
  return cost;
}

ServiceSettings service_of(const Scenario& scenario, std::vector<RequestArrival> requests,
                           PlainCost cost) {
  ServiceSettings service;
  service.name = "chat";
  service.engine.batch_tokens = 4096;
  service.engine.max_sequences = 64;
  service.engine.tenants = scenario.tenants.size();
  service.batch_policy = "fifo";
  const auto shared_cost = std::make_shared<const PlainCost>(cost);
  for (std::uint32_t type = 0; type < scenario.cluster.types().size(); ++type) {
    service.pool.on[{type}] = {.cost = shared_cost, .kv_blocks = 625};
  }
  const auto list = std::make_shared<const std::vector<RequestArrival>>(std::move(requests));
  service.requests = [list](std::uint64_t) { return std::make_unique<RequestList>(list); };
  return service;
}

std::vector<RequestArrival> requests_of(const std::vector<RequestRow>& rows) {
  std::vector<RequestArrival> requests;
  for (const RequestRow& row : rows) {
    Request request;
    request.id = {static_cast<std::uint32_t>(requests.size())};
    request.session = {row.session};
    request.arrival = at_second(row.arrival_s);
    request.prompt_tokens = row.prompt;
    request.output_limit = row.output;
    requests.push_back({std::move(request), row.output});
  }
  return requests;
}

const RequestRecord& ServiceRun::record(std::uint32_t id) const {
  const auto found = std::ranges::find_if(records, [&](const RequestRecord& record) {
    return record.service.value == 0 && record.id.value == id;
  });
  if (found == records.end()) throw std::logic_error(fmt::format("request {} has no end", id));
  return *found;
}

std::int64_t ServiceRun::count(RequestState state) const {
  return std::ranges::count(records, state, &RequestRecord::state);
}

std::string ServiceRun::ends() const {
  std::string text;
  for (std::uint32_t id = 0; id < records.size(); ++id) {
    const RequestRecord& one = record(id);
    text += fmt::format("{}{}:{}", text.empty() ? "" : " ", id, name_of(one.state));
    if (one.state != RequestState::kCompleted) continue;
    text += fmt::format("@{}-{}", to_seconds(one.first_token), to_seconds(one.last_token));
  }
  return text;
}

ServiceRun run_services(const Scenario& scenario, const std::string& policy, std::uint64_t seed) {
  ServiceRun run;
  Chronicle chronicle(run);
  auto made = make_policy(policy, {scenario.cluster, scenario.tenants, scenario.models});
  SimulatedWorld world(scenario, seed, made->needs_oracle(), &chronicle);
  Scheduler scheduler(header_of(scenario, policy, seed, "test"), std::move(made), &chronicle);
  std::int64_t steps = 0;
  while (auto step = world.next(scheduler.wake_time())) {
    if (++steps > 1'000'000) throw std::logic_error("the run does not end: " + run.story);
    for (const Action& action : scheduler.step(*step)) world.apply(action);
  }
  run.jobs = scheduler.counts();
  if (!run.jobs.conserved()) throw std::logic_error("jobs are lost");
  if (run.arrived != run.records.size()) {
    throw std::logic_error(
        fmt::format("{} requests came, {} ended: {}", run.arrived, run.records.size(), run.story));
  }
  return run;
}

Scenario scenario_with(std::uint32_t node_count, const std::vector<RequestRow>& requests,
                       double step_s, const std::vector<JobRow>& jobs) {
  Scenario scenario = scenario_of(nodes(node_count, 1), jobs);
  scenario.services.push_back(service_of(scenario, requests_of(requests), even_steps(step_s)));
  return scenario;
}

}  // namespace tandem
