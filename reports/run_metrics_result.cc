// The second half of RunMetrics: what the sums come to once the run is over.
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <utility>

#include "policies/core/quantity_text.h"
#include "policies/core/water_fill.h"
#include "reports/run_metrics.h"

namespace tandem {
namespace {

/// Below this run time a slowdown says more about the job than about its wait.
constexpr double kShortestRun = 10;
/// Waiting this many times longer than the median is starving.
constexpr double kStarved = 10;

std::optional<double> wait_of(const JobSample& job) { return to_seconds(job.wait); }
std::optional<double> jct_of(const JobSample& job) { return to_seconds(job.jct); }

std::optional<double> slowdown_of(const JobSample& job) {
  if (job.run <= Duration::zero()) return std::nullopt;
  return to_seconds(job.jct) / to_seconds(job.run);
}

std::optional<double> bounded_slowdown_of(const JobSample& job) {
  const double wait = to_seconds(job.wait);
  const double run = to_seconds(job.run);
  return std::max(1.0, (wait + run) / std::max(run, kShortestRun));
}

using Figure = std::optional<double> (*)(const JobSample&);

/// A figure of all jobs that have it.
std::vector<double> over(std::span<const std::deque<JobSample>> samples, Figure figure) {
  std::vector<double> values;
  std::size_t count = 0;
  for (const auto& part : samples) count += part.size();
  values.reserve(count);
  for (const auto& part : samples) {
    for (const JobSample& job : part) {
      if (const auto value = figure(job)) values.push_back(*value);
    }
  }
  return values;
}

TenantResult tenant_figures(const std::deque<JobSample>& samples) {
  const std::span only(&samples, 1);
  TenantResult result;
  if (const auto wait = percentiles_of(over(only, wait_of))) {
    result.wait_s_mean = wait->mean;
    result.wait_s_p95 = wait->p95;
  }
  result.jct_s_mean = mean_of(over(only, jct_of));
  result.slowdown_mean = mean_of(over(only, slowdown_of));
  return result;
}

void check_conservation(const JobCounts& jobs) {
  if (jobs.conserved()) return;
  throw std::logic_error(fmt::format(
      "jobs are not conserved: {} submitted, but {} completed, {} failed, {} cancelled, {} "
      "rejected, {} running, {} queued",
      jobs.submitted, jobs.completed, jobs.failed, jobs.cancelled, jobs.rejected, jobs.running,
      jobs.queued));
}

std::optional<double> jain_of(const std::vector<TenantResult>& tenants) {
  std::vector<double> normalised;
  for (const TenantResult& tenant : tenants) {
    if (tenant.share > 0) normalised.push_back(tenant.device_hours / tenant.share);
  }
  return jain_index(normalised);
}

}  // namespace

RunResult RunMetrics::result() const {
  RunResult result;
  result.policy = policy_;
  result.seed = seed_;
  result.engine.events = events_;
  result.engine.steps = steps_;
  result.pipelines = pipelines_.results();

  DeviceTime device_time = device_time_;
  active_.for_each([&](const Active& job) {
    if (job.holds) charge(job, Duration::zero(), job.saving, device_time);
  });
  fill_tenants(device_time, result);
  fill_times(result);
  fill_devices(device_time, result);
  fill_waiting(result);
  return result;
}

Time RunMetrics::window_end() const { return active_.empty() && last_end_ ? *last_end_ : now_; }

void RunMetrics::fill_tenants(const DeviceTime& device_time, RunResult& result) const {
  std::vector<JobCounts> counts = ended_of_;
  result.jobs = ended_;
  active_.for_each([&](const Active& job) {
    ++(result.jobs.*(job.holds ? &JobCounts::running : &JobCounts::queued));
    ++(counts[job.tenant.value].*(job.holds ? &JobCounts::running : &JobCounts::queued));
  });
  check_conservation(result.jobs);

  const std::vector<double> shares = weighted_shares(1, tenants_);
  for (const Tenant& tenant : tenants_.all()) {
    const std::size_t at = tenant.id.value;
    if (counts[at].submitted == 0) continue;
    TenantResult figures = tenant_figures(samples_[at]);
    figures.name = tenant.name;
    figures.jobs = counts[at];
    figures.device_hours = device_time.held_of_tenant[at] / kSecondsPerHour;
    figures.share = shares[at];
    figures.cost = cost_of(device_time.bill_of_tenant[at]);
    figures.energy_kwh = energy_kwh_of(device_time.bill_of_tenant[at], figures_);
    figures.carbon_kg = carbon_kg_of(figures.energy_kwh, figures_);
    result.tenants.push_back(std::move(figures));
  }
  result.jain = jain_of(result.tenants);
}

void RunMetrics::fill_times(RunResult& result) const {
  result.wait_s = percentiles_of(over(samples_, wait_of));
  result.jct_s = percentiles_of(over(samples_, jct_of));
  result.slowdown = percentiles_of(over(samples_, slowdown_of));
  result.bounded_slowdown = percentiles_of(over(samples_, bounded_slowdown_of));
  result.finish_time_fairness = finish_time_.result();
  if (result.jct_s) {
    const auto completed = static_cast<double>(result.jobs.completed);
    result.pending_s_mean = pending_seconds_ / completed;
  }
  for (const auto& samples : samples_) {
    result.slowdown_undefined += static_cast<std::uint64_t>(
        std::count_if(samples.begin(), samples.end(),
                      [](const JobSample& job) { return job.run <= Duration::zero(); }));
  }
}

void RunMetrics::fill_devices(const DeviceTime& device_time, RunResult& result) const {
  double held = 0;
  for (const double seconds : device_time.held_of_type) held += seconds;
  result.device_hours = held / kSecondsPerHour;
  result.goodput_device_hours = device_time.useful / kSecondsPerHour;
  if (!first_submit_) return;

  if (last_end_) result.makespan_s = to_seconds(*last_end_ - *first_submit_);
  const double window = to_seconds(window_end() - *first_submit_);
  double devices = 0;
  for (const std::uint32_t count : devices_of_type_) devices += count;
  if (window > 0 && devices > 0) result.utilization = held / (devices * window);
  if (window > 0) result.queue.mean = queued_seconds_ / window;

  fill_bill(device_time, window, result);
}

void RunMetrics::fill_bill(const DeviceTime& device_time, double window, RunResult& result) const {
  Bill bill;
  for (std::uint32_t type = 0; type < devices_of_type_.size(); ++type) {
    if (devices_of_type_[type] == 0) continue;
    const double there = devices_of_type_[type] * window;
    const double busy = device_time.busy_of_type[type];
    const bool is_spot = type < figures_.is_spot.size() && figures_.is_spot[type];
    const double paid = is_spot ? device_time.held_of_type[type] : there;
    bill.cost += bill_of(figures_, {type}, paid, 0).cost;
    bill.device_joules +=
        bill_of(figures_, {type}, there - down_of_type({type}), busy).device_joules;
  }
  result.cost = cost_of(bill);
  result.energy_kwh = energy_kwh_of(bill, figures_);
  result.carbon_kg = carbon_kg_of(result.energy_kwh, figures_);
}

void RunMetrics::fill_waiting(RunResult& result) const {
  result.queue.max = std::max(longest_queue_, result.jobs.queued);
  std::vector<double> waits = over(samples_, wait_of);
  active_.for_each([&](const Active& job) {
    if (!job.first_start) waits.push_back(to_seconds(now_ - job.submitted));
  });
  if (const auto all = percentiles_of(waits)) {
    result.starvation = Starvation{all->max, all->p50, std::nullopt};
    const double limit = kStarved * all->p50;
    if (limit > 0) {
      result.starvation->over_ten_medians = static_cast<std::uint64_t>(
          std::count_if(waits.begin(), waits.end(), [limit](double wait) { return wait > limit; }));
    }
  }
  if (!active_.empty()) {
    result.warnings.push_back(fmt::format(
        "the run stopped at {} with {} jobs running and {} queued; figures of time "
        "and devices reach until then",
        human_duration(now_.time_since_epoch()), result.jobs.running, result.jobs.queued));
  }
}

}  // namespace tandem
