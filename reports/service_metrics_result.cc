// From what requests left behind to the figures of a service.
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <stdexcept>

#include "reports/service_metrics.h"

namespace tandem {
namespace {

std::optional<double> ratio(double part, double whole) {
  if (whole == 0) return std::nullopt;
  return part / whole;
}

void add(JobCounts& sum, const JobCounts& counts) {
  sum.submitted += counts.submitted;
  sum.completed += counts.completed;
  sum.failed += counts.failed;
  sum.cancelled += counts.cancelled;
  sum.rejected += counts.rejected;
}

std::vector<double> gathered(const std::vector<const std::deque<float>*>& parts) {
  std::size_t size = 0;
  for (const std::deque<float>* part : parts) size += part->size();
  std::vector<double> values;
  values.reserve(size);
  for (const std::deque<float>* part : parts) {
    values.insert(values.end(), part->begin(), part->end());
  }
  return values;
}

/// Of values in any order; nothing if there are none.
std::optional<double> percentile_of(std::vector<double> values, double percent) {
  if (values.empty()) return std::nullopt;
  const double place = static_cast<double>(values.size() - 1) * percent / 100;
  const auto below = static_cast<std::ptrdiff_t>(place);
  const auto at = values.begin() + below;
  std::nth_element(values.begin(), at, values.end());
  const double into = place - static_cast<double>(below);
  if (into == 0) return *at;
  return *at + (*std::min_element(at + 1, values.end()) - *at) * into;
}

}  // namespace

/// Some groups of a service as one.
class ServiceMetrics::Together {
 public:
  void add(const Group& group) {
    groups_.push_back(&group);
    tandem::add(counts_, group.counts);
    good_ += group.good;
  }
  const JobCounts& counts() const { return counts_; }
  double good() const { return static_cast<double>(good_); }
  Latencies latencies() const {
    // One after the other: samples of millions of requests would live until the end of a statement.
    Latencies latencies;
    latencies.ttft_ms = percentiles_of(values(&Group::ttft));
    latencies.tpot_ms = percentiles_of(values(&Group::tpot));
    latencies.e2e_ms = percentiles_of(values(&Group::e2e));
    return latencies;
  }
  std::vector<double> values(std::deque<float> Group::*figure) const {
    std::vector<const std::deque<float>*> parts;
    for (const Group* group : groups_) parts.push_back(&(group->*figure));
    return gathered(parts);
  }
  RequestGroup result(std::string name, bool has_objectives) const {
    RequestGroup result{std::move(name), counts_, latencies(), std::nullopt};
    if (has_objectives) {
      result.attainment = ratio(good(), static_cast<double>(counts_.completed));
    }
    return result;
  }

 private:
  std::vector<const Group*> groups_;
  JobCounts counts_;
  std::uint64_t good_ = 0;
};

std::vector<ServiceResult> ServiceMetrics::result() const {
  std::vector<ServiceResult> results;
  for (const Service& service : services_) results.push_back(result_of(service));
  return results;
}

ServiceResult ServiceMetrics::result_of(const Service& service) const {
  Together all;
  std::map<std::uint32_t, Together> by_tenant;
  std::map<std::int64_t, Together, std::greater<>> by_priority;
  for (const auto& [key, group] : service.groups) {
    all.add(group);
    by_tenant[key.first].add(group);
    by_priority[key.second].add(group);
  }
  if (!all.counts().conserved()) {
    throw std::logic_error(fmt::format("service {}: of {} requests, some have got lost",
                                       service.info.name, all.counts().submitted));
  }
  const bool promises = !service.info.objectives.empty();
  ServiceResult result;
  result.name = service.info.name;
  result.requests = all.counts();
  result.latencies = all.latencies();
  result.itl_ms = service.gaps.distribution(1e-9);
  for (const auto& [tenant, group] : by_tenant) {
    result.tenants.push_back(group.result(tenants_[tenant], promises));
  }
  for (const auto& [priority, group] : by_priority) {
    result.classes.push_back(group.result(fmt::format("{}", priority), promises));
  }
  fill_rates(service, all, result);
  fill_objectives(service, all, result);
  fill_levels(service, result);
  result.provenance = service.info.provenance;
  result.band_low = service.info.band_low;
  result.band_high = service.info.band_high;
  return result;
}

void ServiceMetrics::fill_rates(const Service& service, const Together& all,
                                ServiceResult& result) {
  const double window = to_seconds(service.last_end - service.first_arrival.value_or(Time{}));
  const auto completed = static_cast<double>(all.counts().completed);
  result.preemptions = service.evictions;
  result.prefix_hit_rate =
      ratio(static_cast<double>(service.cached_tokens), static_cast<double>(service.prompt_tokens));
  result.block_hit_rate =
      ratio(static_cast<double>(service.blocks_found), static_cast<double>(service.prefix_blocks));
  if (completed == 0) return;
  result.throughput_rps = ratio(completed, window);
  result.prompt_tokens_per_s = ratio(static_cast<double>(service.prompt_tokens), window);
  result.output_tokens_per_s = ratio(static_cast<double>(service.output_tokens), window);
  if (service.info.objectives.empty()) return;
  result.attainment = ratio(all.good(), completed);
  result.goodput_rps = ratio(all.good(), window);
}

void ServiceMetrics::fill_objectives(const Service& service, const Together& all,
                                     ServiceResult& result) {
  for (const Objective& objective : service.info.objectives) {
    ObjectiveResult outcome{objective, std::nullopt, false};
    const double percent = objective.percentile;
    switch (objective.metric) {
      case Objective::Metric::kTtft:
        outcome.value_ms = percentile_of(all.values(&Group::ttft), percent);
        break;
      case Objective::Metric::kTpot:
        outcome.value_ms = percentile_of(all.values(&Group::tpot), percent);
        break;
      case Objective::Metric::kE2e:
        outcome.value_ms = percentile_of(all.values(&Group::e2e), percent);
        break;
      case Objective::Metric::kItl:
        if (service.gaps.count() > 0) outcome.value_ms = service.gaps.percentile(percent) * 1e-9;
        break;
    }
    outcome.is_met = outcome.value_ms && *outcome.value_ms <= to_seconds(objective.limit) * 1000;
    result.objectives.push_back(outcome);
  }
}

void ServiceMetrics::fill_levels(const Service& service, ServiceResult& result) {
  const Time begin = service.first_arrival.value_or(kStartOfTime);
  const Time end = std::max(service.last_end, service.total_since);
  const auto window = static_cast<double>((end - begin).count());
  const Levels& levels = service.levels;
  if (window > 0) {
    result.queue_length.mean = levels.waiting / window;
    result.running.mean = levels.running / window;
  }
  if (levels.blocks > 0) result.kv_utilization.mean = levels.held / levels.blocks;
  result.kv_utilization.max = levels.fullest;
  result.queue_length.max = static_cast<double>(levels.most_waiting);
  result.running.max = static_cast<double>(levels.most_running);
  result.series_step_s = to_seconds(service.waiting.step());
  result.queue_length_series = service.waiting.means(end);
}

}  // namespace tandem
