#include "reports/comparing/named_figure.h"

#include <algorithm>
#include <array>
#include <utility>

#include "reports/comparing/sample_table.h"

namespace tandem {
namespace {

using enum Better;
using Table = OverSamples::Table;
using Figures = std::vector<NamedFigure>;

constexpr std::string_view kStatistics[] = {"mean", "p50", "p90", "p95", "p99", "max"};

constexpr std::pair<std::string_view, double Distribution::*> kDistribution[] = {
    {"mean", &Distribution::mean}, {"p50", &Distribution::p50}, {"p90", &Distribution::p90},
    {"p95", &Distribution::p95},   {"p99", &Distribution::p99}, {"max", &Distribution::max}};

/// "wait_s_p95" is "wait.p95", "makespan_s" "makespan", "jobs_failed" "jobs.failed".
std::string dotted(std::string_view metric) {
  constexpr std::string_view kJobs = "jobs_";
  if (metric.starts_with(kJobs)) return "jobs." + std::string(metric.substr(kJobs.size()));
  std::string_view statistic;
  for (const std::string_view name : kStatistics) {
    if (metric.ends_with("_" + std::string(name))) statistic = name;
  }
  if (!statistic.empty()) metric.remove_suffix(statistic.size() + 1);
  for (const std::string_view unit : {"_s", "_kwh", "_kg"}) {
    if (metric.ends_with(unit)) metric.remove_suffix(unit.size());
  }
  return std::string(metric) + (statistic.empty() ? "" : "." + std::string(statistic));
}

/// The percentile that a statistic's name says: nothing for the mean.
std::optional<double> percent_of(std::string_view statistic) {
  if (statistic == "mean") return std::nullopt;
  return (statistic[1] - '0') * 10.0 + (statistic[2] - '0');
}

/// Means and percentiles are over samples; the largest of a sample says nothing about that of
/// another, so it is not resampled.
std::optional<OverSamples> over_samples(Table table, const std::string& group, std::size_t column,
                                        std::string_view statistic) {
  if (statistic == "max") return std::nullopt;
  return OverSamples{table, group, column, percent_of(statistic)};
}

std::optional<OverSamples> samples_of(const std::string& name) {
  const std::size_t dot = name.find('.');
  if (dot == std::string::npos) return std::nullopt;
  const std::string statistic = name.substr(dot + 1);
  if (name.starts_with("wait.")) return over_samples(Table::kJobs, "", kWaitColumn, statistic);
  if (name.starts_with("jct.")) return over_samples(Table::kJobs, "", kJctColumn, statistic);
  return std::nullopt;
}

void add_run(const RunResult& run, Figures& figures) {
  for (const Metric& metric : metrics()) {
    std::string name = dotted(metric.name);
    auto samples = samples_of(name);
    figures.push_back({std::move(name), metric.unit, metric.better, metric.value(run),
                       !metric.label.empty(), std::move(samples)});
  }
}

void add_tenant(const TenantResult& tenant, Figures& figures) {
  const std::string prefix = "tenants." + tenant.name + ".";
  const auto over = [&](std::size_t column, std::string_view statistic) {
    return over_samples(Table::kJobs, tenant.name, column, statistic);
  };
  figures.push_back({prefix + "wait.mean", Unit::kSeconds, kLess, tenant.wait_s_mean, false,
                     over(kWaitColumn, "mean")});
  figures.push_back({prefix + "wait.p95", Unit::kSeconds, kLess, tenant.wait_s_p95, false,
                     over(kWaitColumn, "p95")});
  figures.push_back({prefix + "jct.mean", Unit::kSeconds, kLess, tenant.jct_s_mean, false,
                     over(kJctColumn, "mean")});
  figures.push_back(
      {prefix + "slowdown.mean", Unit::kPlain, kLess, tenant.slowdown_mean, false, {}});
  figures.push_back(
      {prefix + "device_hours", Unit::kDeviceHours, kNeither, tenant.device_hours, false, {}});
  figures.push_back({prefix + "cost", Unit::kMoney, kLess, tenant.cost, false, {}});
}

void add_pipeline(const PipelineResult& pipeline, Figures& figures) {
  const std::string prefix = "pipelines." + pipeline.name + ".";
  for (const auto& [statistic, member] : kDistribution) {
    const auto value = [member = member](const std::optional<Distribution>& all) {
      return all ? std::optional((*all).*member) : std::nullopt;
    };
    const bool is_mean = statistic == "mean";
    figures.push_back({prefix + "makespan." + std::string(statistic),
                       Unit::kSeconds,
                       kLess,
                       value(pipeline.makespan_s),
                       is_mean,
                       {}});
    figures.push_back({prefix + "stretch." + std::string(statistic),
                       Unit::kPlain,
                       kLess,
                       value(pipeline.stretch),
                       false,
                       {}});
  }
}

void add_latencies(const ServiceResult& service, Figures& figures) {
  const std::pair<std::string_view, const std::optional<Distribution>*> kinds[] = {
      {"ttft", &service.latencies.ttft_ms},
      {"tpot", &service.latencies.tpot_ms},
      {"e2e", &service.latencies.e2e_ms},
      {"itl", &service.itl_ms}};
  for (std::size_t column = 0; column < std::size(kinds); ++column) {
    const auto& [kind, all] = kinds[column];
    for (const auto& [statistic, member] : kDistribution) {
      NamedFigure figure;
      figure.name = service.name + "." + std::string(kind) + "." + std::string(statistic);
      figure.unit = Unit::kSeconds;
      figure.better = kLess;
      figure.is_latency = true;
      if (*all) figure.value = (**all).*member / 1000;
      figure.is_shown = statistic == "mean" || statistic == "p95" || statistic == "p99";
      // Gaps between tokens are in no table of requests.
      if (kind != "itl") {
        figure.samples = over_samples(Table::kRequests, service.name, column, statistic);
      }
      figures.push_back(std::move(figure));
    }
  }
}

void add_service(const ServiceResult& service, Figures& figures) {
  add_latencies(service, figures);
  const auto add = [&](std::string_view name, Unit unit, Better better, std::optional<double> value,
                       bool is_shown) {
    figures.push_back(
        {service.name + "." + std::string(name), unit, better, value, is_shown, std::nullopt});
  };
  const auto count = [](std::uint64_t number) { return static_cast<double>(number); };
  add("attainment", Unit::kFraction, kMore, service.attainment, true);
  add("throughput", Unit::kPlain, kMore, service.throughput_rps, false);
  add("goodput", Unit::kPlain, kMore, service.goodput_rps, true);
  add("output_tokens_per_s", Unit::kPlain, kMore, service.output_tokens_per_s, false);
  add("preemptions", Unit::kCount, kLess, count(service.preemptions), true);
  add("block_hit_rate", Unit::kFraction, kMore, service.block_hit_rate, false);
  add("kv_utilization.mean", Unit::kFraction, kNeither, service.kv_utilization.mean, false);
  add("queue_length.mean", Unit::kPlain, kLess, service.queue_length.mean, false);
  add("requests.completed", Unit::kCount, kMore, count(service.requests.completed), true);
  add("requests.failed", Unit::kCount, kLess, count(service.requests.failed), true);
  add("requests.rejected", Unit::kCount, kLess, count(service.requests.rejected), true);
}

}  // namespace

std::vector<NamedFigure> named_figures(const RunResult& run) {
  Figures figures;
  add_run(run, figures);
  for (const TenantResult& tenant : run.tenants) add_tenant(tenant, figures);
  for (const PipelineResult& pipeline : run.pipelines) add_pipeline(pipeline, figures);
  for (const ServiceResult& service : run.services) add_service(service, figures);
  return figures;
}

std::string user_name(std::string_view name) {
  const auto known = std::ranges::find(metrics(), name, &Metric::name);
  return known == metrics().end() ? std::string(name) : dotted(name);
}

}  // namespace tandem
