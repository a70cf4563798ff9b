#include "sim/check/listed_scenario.h"

#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <optional>
#include <utility>

namespace tandem {
namespace {

class ArrivalList final : public ArrivalSource {
 public:
  explicit ArrivalList(std::shared_ptr<const std::vector<Arrival>> jobs) : jobs_(std::move(jobs)) {}
  std::optional<Arrival> next() override {
    if (at_ == jobs_->size()) return std::nullopt;
    return (*jobs_)[at_++];
  }
  std::uint64_t count() const override { return jobs_->size(); }

 private:
  std::shared_ptr<const std::vector<Arrival>> jobs_;
  std::size_t at_ = 0;
};

}  // namespace

Duration seconds(double count) { return Duration{std::llround(count * 1e9)}; }
Time at_second(double count) { return Time{seconds(count)}; }

std::vector<Arrival> arrivals_of(const std::vector<JobRow>& rows) {
  std::vector<Arrival> arrivals;
  for (const JobRow& row : rows) {
    Arrival& arrival = arrivals.emplace_back();
    arrival.job.id = {static_cast<std::uint32_t>(arrivals.size() - 1)};
    arrival.job.tenant = {row.tenant};
    arrival.job.name = fmt::format("j{}", arrival.job.id.value);
    arrival.job.demand.devices = row.devices;
    arrival.job.priority = row.priority;
    arrival.job.submitted = at_second(row.submit_s);
    arrival.job.estimate = seconds(row.estimate_s < 0 ? row.run_s : row.estimate_s);
    arrival.run_time = seconds(row.run_s);
  }
  return arrivals;
}

Cluster nodes(std::uint32_t count, std::uint32_t devices) {
  Cluster cluster;
  const DeviceTypeId type = cluster.add_type("device");
  for (std::uint32_t i = 0; i < count; ++i) {
    cluster.add_node(fmt::format("n{}", i), type, devices);
  }
  return cluster;
}

Scenario scenario_of(Cluster cluster, std::vector<Arrival> jobs) {
  Scenario scenario;
  scenario.name = "test";
  scenario.hash = "0123456789abcdef";
  scenario.cluster = std::move(cluster);
  scenario.tenants.add("default");
  const auto shared = std::make_shared<const std::vector<Arrival>>(std::move(jobs));
  scenario.arrivals = [shared](std::uint64_t) { return std::make_unique<ArrivalList>(shared); };
  return scenario;
}

Scenario scenario_of(Cluster cluster, const std::vector<JobRow>& rows) {
  return scenario_of(std::move(cluster), arrivals_of(rows));
}

}  // namespace tandem
