#include "reports/metric.h"

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <string>

namespace tandem {
namespace {

using Value = std::optional<double>;

/// One figure of a distribution of the run.
template <auto Distributed, auto Figure>
Value part(const RunResult& run) {
  const std::optional<Percentiles>& values = run.*Distributed;
  return values ? Value((*values).*Figure) : std::nullopt;
}

/// A figure of the run that always exists, or one that may be missing.
template <auto Member>
Value own(const RunResult& run) {
  return run.*Member;
}

template <auto State>
Value jobs(const RunResult& run) {
  return static_cast<double>(run.jobs.*State);
}

Value longest_wait(const RunResult& run) {
  return run.starvation ? Value(run.starvation->longest_wait_s) : std::nullopt;
}

Value starved(const RunResult& run) {
  if (!run.starvation || !run.starvation->over_ten_medians) return std::nullopt;
  return static_cast<double>(*run.starvation->over_ten_medians);
}

Value unfair(const RunResult& run) {
  return run.finish_time_fairness ? Value(run.finish_time_fairness->unfair) : std::nullopt;
}

template <auto Figure>
Value rho(const RunResult& run) {
  if (!run.finish_time_fairness) return std::nullopt;
  return run.finish_time_fairness->rho.*Figure;
}

Value mean_queue(const RunResult& run) { return run.queue.mean; }
Value longest_queue(const RunResult& run) { return static_cast<double>(run.queue.max); }

using R = RunResult;
using D = Percentiles;
using J = JobCounts;
using enum Unit;
using enum Better;

constexpr Metric kMetrics[] = {
    {"wait_s_mean", "wait, mean", kSeconds, kLess, part<&R::wait_s, &D::mean>},
    {"wait_s_p50", "wait, p50", kSeconds, kLess, part<&R::wait_s, &D::p50>},
    {"wait_s_p90", "", kSeconds, kLess, part<&R::wait_s, &D::p90>},
    {"wait_s_p95", "wait, p95", kSeconds, kLess, part<&R::wait_s, &D::p95>},
    {"wait_s_p99", "wait, p99", kSeconds, kLess, part<&R::wait_s, &D::p99>},
    {"wait_s_max", "wait, longest", kSeconds, kLess, part<&R::wait_s, &D::max>},
    {"jct_s_mean", "JCT, mean", kSeconds, kLess, part<&R::jct_s, &D::mean>},
    {"jct_s_p50", "", kSeconds, kLess, part<&R::jct_s, &D::p50>},
    {"jct_s_p90", "", kSeconds, kLess, part<&R::jct_s, &D::p90>},
    {"jct_s_p95", "JCT, p95", kSeconds, kLess, part<&R::jct_s, &D::p95>},
    {"jct_s_p99", "", kSeconds, kLess, part<&R::jct_s, &D::p99>},
    {"jct_s_max", "", kSeconds, kLess, part<&R::jct_s, &D::max>},
    {"slowdown_mean", "", kPlain, kLess, part<&R::slowdown, &D::mean>},
    {"slowdown_p95", "", kPlain, kLess, part<&R::slowdown, &D::p95>},
    {"bounded_slowdown_mean", "bounded slowdown, mean", kPlain, kLess,
     part<&R::bounded_slowdown, &D::mean>},
    {"bounded_slowdown_p95", "bounded slowdown, p95", kPlain, kLess,
     part<&R::bounded_slowdown, &D::p95>},
    {"pending_s_mean", "", kSeconds, kLess, own<&R::pending_s_mean>},
    {"makespan_s", "makespan", kSeconds, kLess, own<&R::makespan_s>},
    {"utilization", "utilization", kFraction, kMore, own<&R::utilization>},
    {"device_hours", "device-hours", kDeviceHours, kNeither, own<&R::device_hours>},
    {"goodput_device_hours", "goodput device-hours", kDeviceHours, kMore,
     own<&R::goodput_device_hours>},
    {"jain", "fairness (Jain)", kPlain, kMore, own<&R::jain>},
    {"unfair_finishes", "unfair finish, rho > 1", kFraction, kLess, unfair},
    {"finish_rho_p95", "", kPlain, kLess, rho<&D::p95>},
    {"finish_rho_max", "", kPlain, kLess, rho<&D::max>},
    {"cost", "cost", kMoney, kLess, own<&R::cost>},
    {"energy_kwh", "energy", kKilowattHours, kLess, own<&R::energy_kwh>},
    {"carbon_kg", "carbon", kKilograms, kLess, own<&R::carbon_kg>},
    {"longest_wait_s", "", kSeconds, kLess, longest_wait},
    {"starved_jobs", "waited > 10 medians", kCount, kLess, starved},
    {"queue_length_mean", "queue, mean", kPlain, kLess, mean_queue},
    {"queue_length_max", "queue, longest", kCount, kLess, longest_queue},
    {"jobs_submitted", "", kCount, kNeither, jobs<&J::submitted>},
    {"jobs_completed", "completed", kCount, kMore, jobs<&J::completed>},
    {"jobs_failed", "failed", kCount, kLess, jobs<&J::failed>},
    {"jobs_cancelled", "cancelled", kCount, kNeither, jobs<&J::cancelled>},
    {"jobs_rejected", "rejected", kCount, kLess, jobs<&J::rejected>},
    {"jobs_running", "still running", kCount, kNeither, jobs<&J::running>},
    {"jobs_queued", "still queued", kCount, kLess, jobs<&J::queued>},
};

}  // namespace

std::span<const Metric> metrics() { return kMetrics; }

std::size_t metric_index(std::string_view name) {
  const auto* found = std::find_if(std::begin(kMetrics), std::end(kMetrics),
                                   [name](const Metric& metric) { return metric.name == name; });
  if (found == std::end(kMetrics)) {
    throw std::logic_error("there is no metric named " + std::string(name));
  }
  return static_cast<std::size_t>(found - std::begin(kMetrics));
}

}  // namespace tandem
