#include "reports/html/page_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "reports/html/packed.h"
#include "reports/html/run_columns.h"
#include "reports/json_parts.h"
#include "reports/metric.h"

namespace tandem {
namespace {

constexpr std::size_t kPieces = 300;  // Of a curve over time.

Json json_of(const Polyline& curve) {
  Json x = Json::array();
  Json y = Json::array();
  // Six digits are more than a screen shows.
  const auto rounded = [](double value) { return std::stod(fmt::format("{:.6g}", value)); };
  for (const CurvePoint& point : curve) {
    x.push_back(rounded(point.x));
    y.push_back(rounded(point.y));
  }
  return {{"x", std::move(x)}, {"y", std::move(y)}};
}

Json json_of(const LevelSeries& series, Time end, double unit_s) {
  PackedNumbers at;
  PackedNumbers level;
  for (const LevelSeries::Point& point : series.sampled(kPieces, end)) {
    at.add_step(std::llround(to_seconds(point.at) / unit_s));
    level.add_step(std::llround(point.level * kWholeDevice));
  }
  return {{"at", at.text()}, {"level_thousandths", level.text()}};
}

std::string metric_of(const std::string& label) {
  for (const Metric& metric : metrics()) {
    if (metric.label == label) return std::string(metric.name);
  }
  return "";
}

Json json_of(const std::string& title, const std::vector<ComparisonRow>& rows, bool of_runs) {
  Json list = Json::array();
  for (const ComparisonRow& row : rows) {
    Json cells = Json::array();
    for (const ComparisonCell& cell : row.cells) {
      cells.push_back({{"text", cell.text}, {"best", cell.best}});
    }
    list.push_back({{"label", row.label},
                    {"metric", of_runs ? metric_of(row.label) : ""},
                    {"cells", std::move(cells)}});
  }
  return {{"title", title}, {"rows", std::move(list)}};
}

Json tables_of(const Report& report) {
  Json tables = Json::array({json_of("", report.comparison.rows, true)});
  for (const ComparisonBlock& block : report.blocks) {
    tables.push_back(json_of(block.title, block.rows, false));
  }
  return tables;
}

Json policies_of(const Report& report) {
  Json policies = Json::array();
  for (const PolicySummary& policy : report.policies) {
    Json figures = Json::object();
    for (std::size_t i = 0; i < policy.metrics.size(); ++i) {
      if (!policy.metrics[i]) continue;
      figures[std::string(metrics()[i].name)] = {{"mean", number(policy.metrics[i]->mean)},
                                                 {"ci95", number(policy.metrics[i]->ci95)}};
    }
    policies.push_back(
        {{"label", policy.policy}, {"seeds", policy.seeds}, {"metrics", std::move(figures)}});
  }
  return policies;
}

Json tenants_of(const RunResult& result) {
  Json tenants = Json::array();
  for (const TenantResult& tenant : result.tenants) {
    tenants.push_back({{"name", tenant.name},
                       {"jobs", tenant.jobs.submitted},
                       {"wait_s_mean", number(tenant.wait_s_mean)},
                       {"wait_s_p95", number(tenant.wait_s_p95)},
                       {"device_hours", number(tenant.device_hours)},
                       {"share", number(tenant.share)},
                       {"cost", number(tenant.cost)}});
  }
  return tenants;
}

/// Equal parts are written once: all policies ran the same jobs on the same cluster.
class SharedParts {
 public:
  std::size_t place_of(Json part) {
    const auto [found, is_new] = places_.emplace(part.dump(), places_.size());
    if (is_new) parts_.push_back(std::move(part));
    return found->second;
  }
  Json& parts() { return parts_; }

 private:
  std::map<std::string, std::size_t> places_;
  Json parts_ = Json::array();
};

class PageData {
 public:
  PageData(const Report& report, const PageLimits& limits)
      : report_(report), limits_(limits), unit_s_(time_unit_s(report.runs)) {}

  Json json() {
    Json runs = Json::array();
    for (const ReportedRun& run : report_.runs) runs.push_back(json_of_run(run));
    for (const std::size_t run : by_wait()) add_jobs(report_.runs[run], runs[run]);
    return {{"schema", "tandem.report/1"},
            {"title", report_.title},
            {"answer", report_.comparison.answer},
            {"why", why(report_)},
            {"notes", report_.comparison.notes},
            {"legend", report_.comparison.legend},
            {"policies", policies_of(report_)},
            {"front", pareto_front(report_.policies)},
            {"tables", tables_of(report_)},
            {"unit_s", unit_s_},
            {"clusters", std::move(clusters_.parts())},
            {"workloads", std::move(workloads_.parts())},
            {"runs", std::move(runs)}};
  }

 private:
  Json json_of_run(const ReportedRun& run) {
    const RunHistory& history = run.history;
    Json json = {{"label", run.result.policy},
                 {"policy", history.header.policy},
                 {"seed", run.result.seed},
                 {"complete", history.is_complete},
                 {"end", std::llround(to_seconds(history.end) / unit_s_)},
                 {"devices", history.header.cluster.device_count()},
                 {"jobs", history.jobs.size()},
                 {"starts", history.starts},
                 {"overtaking_starts", history.overtaking_starts},
                 {"preemptions", history.preemptions},
                 {"queue", tandem::json_of(history.queue, history.end, unit_s_)},
                 {"held", tandem::json_of(history.held, history.end, unit_s_)},
                 {"waits", tandem::json_of(distribution_curve(history.waits_s()))},
                 {"tenants", tenants_of(run.result)}};
    add_curves(run, json);
    return json;
  }

  /// Whose single jobs are wanted most: those of the best policy.
  std::vector<std::size_t> by_wait() const {
    std::vector<std::size_t> places(report_.runs.size());
    std::iota(places.begin(), places.end(), 0);
    std::ranges::stable_sort(places, {}, [&](std::size_t run) {
      const auto& wait = report_.runs[run].result.wait_s;
      return wait ? wait->mean : std::numeric_limits<double>::infinity();
    });
    return places;
  }

  void add_curves(const ReportedRun& run, Json& json) {
    Json& services = json["first_tokens"] = Json::array();
    for (const FirstTokens& one : run.first_tokens) {
      services.push_back(
          {{"service", one.service}, {"curve", tandem::json_of(distribution_curve(one.ttft_ms))}});
    }
    Json& losses = json["losses"] = Json::array();
    for (const LossCurve& one : run.losses) {
      losses.push_back({{"job", one.job},
                        {"loss", tandem::json_of(thinned(one.loss, kPieces))},
                        {"held_out", tandem::json_of(thinned(one.held_out, kPieces))}});
    }
  }

  /// Unless they would be too many beside those of the policies before.
  void add_jobs(const ReportedRun& run, Json& json) {
    RunColumns columns = run_columns(run.history, unit_s_, limits_);
    const std::size_t bytes = columns.run.dump().size() + columns.workload.dump().size();
    const bool is_first = bytes_ == 0;
    if (!is_first && bytes_ + columns.run.dump().size() > limits_.bytes) return;
    bytes_ += is_first ? bytes : columns.run.dump().size();
    json["cluster"] = clusters_.place_of(cluster_columns(run.history.header.cluster));
    json["workload"] = workloads_.place_of(std::move(columns.workload));
    json.update(columns.run);
  }

  const Report& report_;
  const PageLimits& limits_;
  const double unit_s_;
  std::size_t bytes_ = 0;
  SharedParts clusters_;
  SharedParts workloads_;
};

}  // namespace

Json page_data(const Report& report, const PageLimits& limits) {
  return PageData(report, limits).json();
}

}  // namespace tandem
