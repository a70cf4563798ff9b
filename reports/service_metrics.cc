#include "reports/service_metrics.h"

#include <algorithm>

namespace tandem {
namespace {

float milliseconds(Duration duration) { return static_cast<float>(duration.count()) / 1e6F; }

bool meets(const std::vector<Objective>& objectives, const RequestRecord& record, float tpot) {
  return std::ranges::all_of(objectives, [&](const Objective& objective) {
    switch (objective.metric) {
      case Objective::Metric::kTtft: return record.first_token - record.arrival <= objective.limit;
      case Objective::Metric::kE2e: return record.last_token - record.arrival <= objective.limit;
      default: return tpot <= milliseconds(objective.limit);
    }
  });
}

}  // namespace

ServiceMetrics::ServiceMetrics(std::vector<ServiceInfo> services, const Tenants& tenants) {
  for (ServiceInfo& info : services) services_.emplace_back().info = std::move(info);
  for (const Tenant& tenant : tenants.all()) tenants_.push_back(tenant.name);
}

ServiceMetrics::Group& ServiceMetrics::group_of(Service& service, TenantId tenant,
                                                std::int64_t priority) {
  const GroupKey key{tenant.value, priority};
  if (service.last_group == nullptr || key != service.last_key) {
    service.last_group = &service.groups[key];
    service.last_key = key;
  }
  return *service.last_group;
}

void ServiceMetrics::arrived(ServiceId id, const Request& request) {
  Service& service = services_[id.value];
  if (!service.first_arrival) service.first_arrival = request.arrival;
  ++group_of(service, request.tenant, request.priority).counts.submitted;
}

void ServiceMetrics::ended(const RequestRecord& record) {
  Service& service = services_[record.service.value];
  Group& group = group_of(service, record.tenant, record.priority);
  service.evictions += record.evictions;
  if (record.state == RequestState::kRejected) ++group.counts.rejected;
  if (record.state == RequestState::kFailed) ++group.counts.failed;
  if (record.state == RequestState::kCancelled) ++group.counts.cancelled;
  if (record.state != RequestState::kCompleted) return;
  ++group.counts.completed;
  service.last_end = std::max(service.last_end, record.last_token);
  service.prompt_tokens += record.prompt_tokens;
  service.cached_tokens += record.cached_tokens;
  service.prefix_blocks += record.prefix_blocks;
  service.blocks_found += record.blocks_found;
  service.output_tokens += record.output_tokens;
  group.ttft.push_back(milliseconds(record.first_token - record.arrival));
  group.e2e.push_back(milliseconds(record.last_token - record.arrival));
  float tpot = 0;
  if (record.output_tokens > 1) {
    tpot = milliseconds(record.last_token - record.first_token) /
           static_cast<float>(record.output_tokens - 1);
    group.tpot.push_back(tpot);
  }
  group.good += meets(service.info.objectives, record, tpot);
}

void ServiceMetrics::gave_tokens(ServiceId id, const TokenGaps& gaps) {
  services_[id.value].gaps.add_line(gaps.first_ps, gaps.growth_ps, gaps.steps, gaps.requests);
}

void ServiceMetrics::settle(Service& service, Time now) {
  const auto span = static_cast<double>((now - service.total_since).count());
  const auto waiting = static_cast<double>(service.total.waiting);
  service.levels.waiting += waiting * span;
  service.levels.running += static_cast<double>(service.total.running) * span;
  service.waiting.add(service.total_since, now, waiting);
  service.total_since = now;
}

void ServiceMetrics::load(ServiceId id, std::uint32_t engine, Time now, const EngineLoad& load) {
  Service& service = services_[id.value];
  settle(service, now);
  const std::size_t place = engine == kFront ? 0 : std::size_t{engine} + 1;
  if (place >= service.engines.size()) service.engines.resize(place + 1);
  EngineState& state = service.engines[place];
  Levels& levels = service.levels;
  // The cache fills evenly from one telling to the next, and empties at once.
  const bool was_there = state.load.blocks > 0;
  const auto span = was_there ? static_cast<double>((now - state.since).count()) : 0;
  const auto held = static_cast<double>(std::max(state.load.blocks_held, load.blocks_held) +
                                        state.load.blocks_held) /
                    2;
  levels.held += held * span;
  levels.blocks += static_cast<double>(state.load.blocks) * span;
  service.total.waiting += load.waiting - state.load.waiting;
  service.total.running += load.running - state.load.running;
  levels.most_waiting = std::max(levels.most_waiting, service.total.waiting);
  levels.most_running = std::max(levels.most_running, service.total.running);
  if (load.blocks > 0) {
    const double full = static_cast<double>(load.blocks_held) / static_cast<double>(load.blocks);
    levels.fullest = std::max(levels.fullest, full);
  }
  state = {load, now};
}

}  // namespace tandem
