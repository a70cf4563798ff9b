#include "sim/serving/services.h"

#include <algorithm>
#include <utility>

namespace tandem {
namespace {

ServiceRecorder& nobody() {
  class Deaf final : public ServiceRecorder {
    void arrived(ServiceId, const Request&) override {}
    void ended(const RequestRecord&) override {}
    void gave_tokens(ServiceId, const TokenGaps&) override {}
    void load(ServiceId, std::uint32_t, Time, const EngineLoad&) override {}
  };
  static Deaf deaf;
  return deaf;
}

/// Who comes and goes within an instant has never been there.
void forget_passing(PoolWishes& wishes) {
  std::erase_if(wishes.withdrawn, [&](JobId job) {
    return std::erase_if(wishes.submitted, [&](const Job& other) { return other.id == job; }) > 0;
  });
}

}  // namespace

Services::Services(const Scenario& scenario, std::uint64_t seed, std::uint32_t first_job,
                   Network* network, ServiceRecorder* recorder)
    : scenario_(scenario), next_job_(first_job) {
  const Service::Surroundings around{.scenario = scenario,
                                     .recorder = recorder == nullptr ? nobody() : *recorder,
                                     .network = network,
                                     .new_job = [this](ServiceId service, ReplicaPlace place) {
                                       const JobId job{next_job_++};
                                       owners_.emplace(job, Owner{service, place});
                                       return job;
                                     }};
  for (std::uint32_t i = 0; i < scenario.services.size(); ++i) {
    services_.push_back(std::make_unique<Service>(around, ServiceId{i}, seed));
  }
}

Service* Services::next_service() {
  Service* next = nullptr;
  for (const auto& service : services_) {
    if (next == nullptr || service->next_time() < next->next_time()) next = service.get();
  }
  return next;
}

Time Services::next_time() const {
  Time time = kForever;
  for (const auto& service : services_) time = std::min(time, service->next_time());
  return time;
}

bool Services::has_wishes() const {
  return wishes_.transfers || !wishes_.submitted.empty() || !wishes_.finished.empty() ||
         !wishes_.withdrawn.empty();
}

Time Services::run(Time limit) {
  if (services_.empty()) return limit;
  while (!has_wishes()) {
    Service& service = *next_service();
    const Time time = service.next_time();
    if (time >= limit) return limit;
    service.advance(wishes_);
    now_ = time;
  }
  return now_;
}

PoolWishes Services::advance(Time now) {
  for (const auto& service : services_) {
    while (service->next_time() == now) service->advance(wishes_);
  }
  PoolWishes wishes = std::exchange(wishes_, {});
  for (const auto* ended : {&wishes.finished, &wishes.withdrawn}) {
    for (const JobId job : *ended) owners_.erase(job);
  }
  forget_passing(wishes);
  return wishes;
}

const Services::Owner* Services::owner(JobId job) const {
  const auto found = owners_.find(job);
  return found == owners_.end() ? nullptr : &found->second;
}

Bytes Services::weights(JobId job) const {
  const Owner* of = owner(job);
  return of == nullptr ? Bytes{} : scenario_.services[of->service.value].weights;
}

void Services::placed(const Start& action) {
  const Owner* of = owner(action.job);
  if (of != nullptr) services_[of->service.value]->placed(of->place, action.allocation);
}

void Services::hear(std::span<const Event> events, Time now) {
  for (const Event& event : events) {
    if (const auto* start = std::get_if<Started>(&event)) {
      const Owner* of = owner(start->job);
      if (of != nullptr) services_[of->service.value]->started(of->place, now);
    } else if (const auto* stop = std::get_if<Stopped>(&event)) {
      const Owner* of = owner(stop->job);
      if (of != nullptr) services_[of->service.value]->stopped(of->place, now, wishes_);
    }
  }
  now_ = now;
}

void Services::rejected(JobId job, Time now) {
  const Owner* of = owner(job);
  if (of == nullptr) return;
  services_[of->service.value]->rejected(of->place, now);
  owners_.erase(job);
}

void Services::node_failed(NodeId node, Time now) {
  for (const auto& service : services_) service->node_failed(node, now);
}

void Services::handed_over(HandoverId id, Time now) {
  services_[id.service.value]->handed_over(id.sender, now, wishes_);
}

std::uint64_t Services::arrived() const {
  std::uint64_t sum = 0;
  for (const auto& service : services_) sum += service->arrived();
  return sum;
}

std::uint64_t Services::expected() const {
  std::uint64_t sum = 0;
  for (const auto& service : services_) sum += service->expected();
  return sum;
}

}  // namespace tandem
