#include "reports/conditions/named_figure.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "policies/core/nearest.h"
#include "reports/comparing/sample_table.h"

namespace tandem {
namespace {

using enum Better;
using Table = OverSamples::Table;
using Figures = std::vector<NamedFigure>;

constexpr std::string_view kTenants = "tenants";
constexpr std::string_view kPipelines = "pipelines";
constexpr std::string_view kServices = "services";

/// What all services promise together, by the one that is worst off.
constexpr std::string_view kOfWorstService[] = {"ttft", "tpot",       "itl",
                                                "e2e",  "attainment", "goodput"};

constexpr std::string_view kStatistics[] = {"mean", "p50", "p90", "p95", "p99", "max"};

constexpr std::pair<std::string_view, double Percentiles::*> kDistribution[] = {
    {"mean", &Percentiles::mean}, {"p50", &Percentiles::p50}, {"p90", &Percentiles::p90},
    {"p95", &Percentiles::p95},   {"p99", &Percentiles::p99}, {"max", &Percentiles::max}};

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

std::string_view first_word(std::string_view name) { return name.substr(0, name.find('.')); }

/// With what the name of a figure may begin that is nobody's own.
const std::set<std::string, std::less<>>& reserved_words() {
  static const std::set<std::string, std::less<>> words = [] {
    std::set<std::string, std::less<>> all(std::begin(kOfWorstService), std::end(kOfWorstService));
    for (const std::string_view group : {kTenants, kPipelines, kServices}) all.emplace(group);
    for (const Metric& metric : metrics()) all.emplace(first_word(dotted(metric.name)));
    return all;
  }();
  return words;
}

/// Whose a figure is: a tenant, a pipeline or a service.
struct FigureOwner {
  std::string_view group;
  const std::string& name;
  bool is_ambiguous = false;

  NamedFigure figure(std::string_view what, Unit unit, Better better,
                     std::optional<double> value) const {
    NamedFigure figure;
    figure.full_name = fmt::format("{}.{}.{}", group, name, what);
    figure.name = fmt::format("{}.{}", name, what);
    if (is_ambiguous) figure.ambiguous = std::exchange(figure.name, figure.full_name);
    figure.unit = unit;
    figure.better = better;
    figure.value = value;
    return figure;
  }
};

/// Knows who shares a name with another.
class FigureOwners {
 public:
  explicit FigureOwners(const RunResult& run) {
    for (const auto& tenant : run.tenants) ++count_[tenant.name];
    for (const auto& pipeline : run.pipelines) ++count_[pipeline.name];
    for (const auto& service : run.services) ++count_[service.name];
  }
  FigureOwner of(std::string_view group, const std::string& name) const {
    return {group, name, count_.at(name) > 1 || reserved_words().contains(first_word(name))};
  }

 private:
  std::map<std::string_view, std::size_t> count_;
};

void add_run(const RunResult& run, Figures& figures) {
  for (const Metric& metric : metrics()) {
    NamedFigure figure;
    figure.name = figure.full_name = dotted(metric.name);
    figure.unit = metric.unit;
    figure.better = metric.better;
    figure.value = metric.value(run);
    figure.is_shown = !metric.label.empty();
    figure.samples = samples_of(figure.name);
    figures.push_back(std::move(figure));
  }
}

void add_tenant(const FigureOwner& owner, const TenantResult& tenant, Figures& figures) {
  const auto add = [&](std::string_view name, Unit unit, Better better, std::optional<double> value,
                       std::optional<OverSamples> samples) {
    figures.push_back(owner.figure(name, unit, better, value));
    figures.back().samples = std::move(samples);
  };
  const auto over = [&](std::size_t column, std::string_view statistic) {
    return over_samples(Table::kJobs, tenant.name, column, statistic);
  };
  add("wait.mean", Unit::kSeconds, kLess, tenant.wait_s_mean, over(kWaitColumn, "mean"));
  add("wait.p95", Unit::kSeconds, kLess, tenant.wait_s_p95, over(kWaitColumn, "p95"));
  add("jct.mean", Unit::kSeconds, kLess, tenant.jct_s_mean, over(kJctColumn, "mean"));
  add("slowdown.mean", Unit::kPlain, kLess, tenant.slowdown_mean, {});
  add("device_hours", Unit::kDeviceHours, kNeither, tenant.device_hours, {});
  add("cost", Unit::kMoney, kLess, tenant.cost, {});
}

void add_pipeline(const FigureOwner& owner, const PipelineResult& pipeline, Figures& figures) {
  for (const auto& [statistic, member] : kDistribution) {
    const auto value = [member = member](const std::optional<Percentiles>& all) {
      return all ? std::optional((*all).*member) : std::nullopt;
    };
    figures.push_back(owner.figure(fmt::format("makespan.{}", statistic), Unit::kSeconds, kLess,
                                   value(pipeline.makespan_s)));
    figures.back().is_shown = statistic == "mean";
    figures.push_back(owner.figure(fmt::format("stretch.{}", statistic), Unit::kPlain, kLess,
                                   value(pipeline.stretch)));
  }
}

void add_latencies(const FigureOwner& owner, const ServiceResult& service, Figures& figures) {
  const std::pair<std::string_view, const std::optional<Percentiles>*> kinds[] = {
      {"ttft", &service.latencies.ttft_ms},
      {"tpot", &service.latencies.tpot_ms},
      {"e2e", &service.latencies.e2e_ms},
      {"itl", &service.itl_ms}};
  for (std::size_t column = 0; column < std::size(kinds); ++column) {
    const auto& [kind, all] = kinds[column];
    for (const auto& [statistic, member] : kDistribution) {
      const auto value = *all ? std::optional((**all).*member / 1000) : std::nullopt;
      NamedFigure figure =
          owner.figure(fmt::format("{}.{}", kind, statistic), Unit::kSeconds, kLess, value);
      figure.is_latency = true;
      figure.is_shown = statistic == "mean" || statistic == "p95" || statistic == "p99";
      // Gaps between tokens are in no table of requests.
      if (kind != "itl") {
        figure.samples = over_samples(Table::kRequests, service.name, column, statistic);
      }
      figures.push_back(std::move(figure));
    }
  }
}

Figures service_figures(const FigureOwner& owner, const ServiceResult& service) {
  Figures figures;
  add_latencies(owner, service, figures);
  const auto add = [&](std::string_view name, Unit unit, Better better, std::optional<double> value,
                       bool is_shown) {
    figures.push_back(owner.figure(name, unit, better, value));
    figures.back().is_shown = is_shown;
  };
  const auto count = [](std::uint64_t number) { return static_cast<double>(number); };
  add("attainment", Unit::kFraction, kMore, service.attainment, true);
  add("throughput", Unit::kPlain, kMore, service.throughput_rps, false);
  add("goodput", Unit::kPlain, kMore, service.goodput_rps, true);
  add("output_tokens_per_s", Unit::kPlain, kMore, service.output_tokens_per_s, false);
  add("preemptions", Unit::kCount, kLess, count(service.preemptions), true);
  add("block_hit_rate", Unit::kFraction, kMore, service.block_hit_rate, false);
  add("kv_utilization.mean", Unit::kFraction, kNeither, service.kv_utilization.mean, false);
  add("kv_utilization.max", Unit::kFraction, kNeither, service.kv_utilization.max, false);
  add("queue_length.mean", Unit::kPlain, kLess, service.queue_length.mean, false);
  add("queue_length.max", Unit::kPlain, kLess, service.queue_length.max, false);
  add("requests.completed", Unit::kCount, kMore, count(service.requests.completed), true);
  add("requests.failed", Unit::kCount, kLess, count(service.requests.failed), true);
  add("requests.rejected", Unit::kCount, kLess, count(service.requests.rejected), true);
  return figures;
}

/// Takes what of a service counts for the worst one, and keeps the worse.
void keep_worse(const std::string& service, const Figures& figures, Figures& worst) {
  const bool is_first = worst.empty();
  std::size_t place = 0;
  for (const NamedFigure& figure : figures) {
    const std::string name = figure.full_name.substr(kServices.size() + service.size() + 2);
    if (!is_of_worst_service(name)) continue;
    if (is_first) {
      NamedFigure& kept = worst.emplace_back(figure);
      kept.name = kept.full_name = name;
      kept.ambiguous.clear();
      kept.is_shown = false;
      continue;
    }
    NamedFigure& kept = worst[place++];
    kept.samples.reset();  // Which is the worst changes from draw to draw.
    const bool both = kept.value && figure.value;
    kept.value = !both                  ? std::nullopt
                 : kept.better == kLess ? std::max(kept.value, figure.value)
                                        : std::min(kept.value, figure.value);
  }
}

void add_services(const FigureOwners& owners, const RunResult& run, Figures& figures) {
  Figures worst;
  Figures all;
  for (const ServiceResult& service : run.services) {
    Figures own = service_figures(owners.of(kServices, service.name), service);
    keep_worse(service.name, own, worst);
    std::ranges::move(own, std::back_inserter(all));
  }
  std::ranges::move(all, std::back_inserter(figures));
  std::ranges::move(worst, std::back_inserter(figures));
}

}  // namespace

std::vector<NamedFigure> named_figures(const RunResult& run) {
  const FigureOwners owners(run);
  Figures figures;
  add_run(run, figures);
  for (const TenantResult& tenant : run.tenants) {
    add_tenant(owners.of(kTenants, tenant.name), tenant, figures);
  }
  for (const PipelineResult& pipeline : run.pipelines) {
    add_pipeline(owners.of(kPipelines, pipeline.name), pipeline, figures);
  }
  add_services(owners, run, figures);
  return figures;
}

bool is_of_worst_service(std::string_view full_name) {
  return std::ranges::find(kOfWorstService, first_word(full_name)) != std::end(kOfWorstService);
}

std::string user_name(std::string_view name) {
  const auto known = std::ranges::find(metrics(), name, &Metric::name);
  return known == metrics().end() ? std::string(name) : dotted(name);
}

const NamedFigure& find_figure(std::span<const NamedFigure> figures, std::string_view name,
                               const Position& where) {
  std::vector<std::string> names;
  std::vector<std::string> meant;
  for (const NamedFigure& figure : figures) {
    if (figure.name == name || figure.full_name == name) return figure;
    if (figure.ambiguous == name) meant.push_back(figure.full_name);
    names.push_back(figure.name);
  }
  if (!name.empty() && !meant.empty()) {
    throw InputError(where, fmt::format("'{}' could mean another, too; write {}", name,
                                        fmt::join(meant, " or ")));
  }
  throw InputError(where,
                   fmt::format("unknown figure '{}'{}", name, suggestion_of_many(name, names)));
}

}  // namespace tandem
