#include "reports/figures/figure.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <sstream>
#include <utility>

#include "policies/core/error.h"
#include "reports/figures/gantt.h"
#include "reports/figures/plot.h"
#include "reports/human.h"

namespace tandem {
namespace {

constexpr double kWidth = 960;
constexpr double kMargin = 20;
constexpr double kPlotHeight = 300;
constexpr std::size_t kMostSeries = 8;
constexpr std::size_t kPieces = 400;      // Of a level over time.
constexpr std::size_t kHeldPieces = 120;  // Of the share of devices held, a livelier level.

std::span<const ReportedRun> shown_runs(const Report& report) {
  return std::span(report.runs).first(std::min(report.runs.size(), kMostSeries));
}

double longest_s(const Report& report) {
  double longest = 1e-6;
  for (const ReportedRun& run : report.runs) {
    longest = std::max(longest, to_seconds(run.history.end));
  }
  return longest;
}

PlotAxis time_axis(const Report& report) {
  return {0, longest_s(report), PlotAxis::Kind::kSeconds, "time since the start", false};
}

void draw_queue(Svg& svg, Svg::Box area, const Report& report) {
  std::vector<Series> series;
  double most = 1;
  for (const ReportedRun& run : shown_runs(report)) {
    Series& one = series.emplace_back(Series{run.result.policy, {}, true});
    for (const auto& point : run.history.queue.sampled(kPieces, run.history.end)) {
      one.points.push_back({to_seconds(point.at), point.level});
      most = std::max(most, point.level);
    }
  }
  Plot(svg, area, "Jobs that wait", time_axis(report),
       {0, most * 1.05, PlotAxis::Kind::kNumber, "jobs", false})
      .draw(series);
}

/// The mean share of devices held in each of equal pieces of the run.
Polyline held_shares(const RunHistory& history) {
  Polyline curve;
  const double devices = std::max(1u, history.header.cluster.device_count());
  const double length = to_seconds(history.end) / static_cast<double>(kHeldPieces);
  const auto& points = history.held.points();
  std::vector<double> sums(kHeldPieces);
  for (std::size_t i = 0; i < points.size() && length > 0; ++i) {
    const double to = to_seconds(i + 1 < points.size() ? points[i + 1].at : history.end);
    double from = to_seconds(points[i].at);
    for (auto piece = static_cast<std::size_t>(from / length); piece < kHeldPieces && from < to;
         ++piece) {
      const double end = std::min(to, static_cast<double>(piece + 1) * length);
      sums[piece] += points[i].level * (end - from);
      from = end;
    }
  }
  for (std::size_t piece = 0; piece < kHeldPieces && length > 0; ++piece) {
    curve.push_back({(static_cast<double>(piece) + 0.5) * length, sums[piece] / length / devices});
  }
  return curve;
}

void draw_held(Svg& svg, Svg::Box area, const Report& report) {
  std::vector<Series> series;
  for (const ReportedRun& run : shown_runs(report)) {
    series.push_back({run.result.policy, held_shares(run.history)});
  }
  Plot(svg, area, "Devices that gangs hold", time_axis(report),
       {0, 1, PlotAxis::Kind::kShare, "share of all", false})
      .draw(series);
}

/// Curves of what is below, on a logarithmic axis.
void draw_distributions(Svg& svg, Svg::Box area, std::string_view title,
                        std::vector<Series> series) {
  double least = std::numeric_limits<double>::infinity();
  double most = 1e-6;
  for (const Series& one : series) {
    for (const CurvePoint& point : one.points) {
      if (point.x > 0) least = std::min(least, point.x);
      most = std::max(most, point.x);
    }
  }
  least = std::min(std::max(least, most * 1e-6), most * 0.5);
  for (Series& one : series) one.points.push_back({most, 1});
  Plot(svg, area, title, {least, most, PlotAxis::Kind::kSeconds, "wait, logarithmic", true},
       {0, 1, PlotAxis::Kind::kShare, "share that waited at most so long", false})
      .draw(series);
}

void draw_waits(Svg& svg, Svg::Box area, const Report& report) {
  std::vector<Series> series;
  for (const ReportedRun& run : shown_runs(report)) {
    const Polyline curve = distribution_curve(run.history.waits_s());
    if (!curve.empty()) series.push_back({run.result.policy, curve, true});
  }
  if (series.empty()) throw InputError("no job completed, so there are no waits to draw");
  draw_distributions(svg, area, "Wait of the completed jobs", std::move(series));
}

/// One for each policy that has the figure.
std::vector<Bar> bars_of(const Report& report, std::string_view metric, Unit unit) {
  std::vector<Bar> bars;
  for (std::size_t i = 0; i < std::min(report.policies.size(), kMostSeries); ++i) {
    const auto& figure = report.policies[i].of(metric);
    if (!figure) continue;
    bars.push_back({report.policies[i].policy, figure->mean,
                    human(figure->mean, unit, figure->ci95), series_colour(i)});
  }
  return bars;
}

/// Breaks into lines and draws them; returns where the last one ends.
double draw_words(Svg& svg, double y, const std::string& words, double size, bool bold) {
  const auto columns = static_cast<std::size_t>((kWidth - 2 * kMargin) / (0.56 * size));
  std::istringstream lines(wrapped(words, columns));
  for (std::string line; std::getline(lines, line);) {
    y += 1.35 * size;
    svg.text(kMargin, y, line, {.size = size, .bold = bold});
  }
  return y;
}

std::string overview(const Report& report) {
  Svg svg;
  double y = draw_words(svg, kMargin - 8, report.comparison.answer, 19, true);
  if (const std::string reason = why(report); !reason.empty()) {
    y = draw_words(svg, y + 4, "Why: " + reason, 13, false);
  }
  y += 20;
  const double half = (kWidth - 3 * kMargin) / 2;
  const auto waits = bars_of(report, "wait_s_mean", Unit::kSeconds);
  const double height = std::max(250., 120 + 40 * static_cast<double>(waits.size()));
  draw_bars(svg, {kMargin, y, half, height / 2 - 8}, "Mean wait of a job", waits);
  draw_bars(svg, {kMargin, y + height / 2, half, height / 2 - 8}, "Device time held",
            bars_of(report, "utilization", Unit::kFraction));
  draw_queue(svg, {2 * kMargin + half, y, half, height}, report);
  return svg.document(kWidth, std::ceil(y + height + kMargin / 2), report.comparison.answer);
}

std::string gantt(const Report& report) {
  constexpr double kEach = 250;
  Svg svg;
  double y = kMargin;
  draw_tenants(svg, kMargin, y + 8, kWidth - 2 * kMargin, report.runs.front().history);
  y += 24;
  for (const ReportedRun& run : shown_runs(report)) {
    draw_gantt(svg, {kMargin, y, kWidth - 2 * kMargin, kEach}, run.result.policy, run.history);
    y += kEach + 10;
  }
  return svg.document(kWidth, y, fmt::format("Gangs on devices: {}", report.title));
}

std::string first_token(const Report& report) {
  std::vector<Series> series;
  for (const ReportedRun& run : shown_runs(report)) {
    for (const FirstTokens& one : run.first_tokens) {
      Polyline curve = distribution_curve(one.ttft_ms);
      for (CurvePoint& point : curve) point.x /= 1000;
      const bool several = run.first_tokens.size() > 1;
      if (curve.empty()) continue;
      series.push_back(
          {several ? fmt::format("{}, {}", one.service, run.result.policy) : run.result.policy,
           std::move(curve), true});
    }
  }
  if (series.empty()) throw InputError("these runs have no services, so no first tokens to draw");
  Svg svg;
  draw_distributions(svg, {kMargin, kMargin, kWidth - 2 * kMargin, kPlotHeight},
                     "Time to the first token", std::move(series));
  return svg.document(kWidth, kPlotHeight + 2 * kMargin, "Time to the first token");
}

std::string fairness(const Report& report) {
  constexpr std::size_t kMostTenants = 10;
  Svg svg;
  double y = kMargin;
  for (const ReportedRun& run : shown_runs(report)) {
    std::vector<TenantResult> tenants = run.result.tenants;
    double whole = 0;
    for (const TenantResult& tenant : tenants) whole += tenant.device_hours;
    std::ranges::stable_sort(tenants, std::greater{}, &TenantResult::device_hours);
    if (tenants.size() > kMostTenants) tenants.resize(kMostTenants);
    std::vector<Bar> bars;
    for (std::size_t i = 0; i < tenants.size(); ++i) {
      const double held = whole > 0 ? tenants[i].device_hours / whole : 0;
      bars.push_back({tenants[i].name, held,
                      fmt::format("{}, its share {}", human(held, Unit::kFraction),
                                  human(tenants[i].share, Unit::kFraction)),
                      series_colour(i)});
    }
    if (bars.empty()) continue;
    const double height = 40 + 26 * static_cast<double>(bars.size());
    draw_bars(svg, {kMargin, y, kWidth - 2 * kMargin, height},
              "Device time held under " + run.result.policy, bars);
    y += height + 14;
  }
  return svg.document(kWidth, y + kMargin, "Device time by tenant");
}

std::string cost(const Report& report) {
  const std::vector<std::size_t> front = pareto_front(report.policies);
  if (front.empty()) {
    throw InputError("no prices are known; 'price' in the scenario says what devices cost");
  }
  double dearest = 0;
  double longest = 0;
  for (const PolicySummary& policy : report.policies) {
    if (policy.of("cost")) dearest = std::max(dearest, policy.of("cost")->mean);
    if (policy.of("wait_s_mean")) longest = std::max(longest, policy.of("wait_s_mean")->mean);
  }
  Svg svg;
  Plot plot(svg, {kMargin, kMargin, kWidth - 2 * kMargin, kPlotHeight}, "Cost against mean wait",
            {0, 1.1 * dearest, PlotAxis::Kind::kNumber, "cost", false},
            {0, std::max(1.15 * longest, 1e-6), PlotAxis::Kind::kSeconds, "mean wait", false});
  for (std::size_t i = 0; i < report.policies.size(); ++i) {
    const PolicySummary& policy = report.policies[i];
    if (!policy.of("cost") || !policy.of("wait_s_mean")) continue;
    const bool leads = std::ranges::find(front, i) != front.end();
    plot.dot(policy.of("cost")->mean, policy.of("wait_s_mean")->mean,
             policy.policy + (leads ? " (none better in both)" : ""), i);
  }
  return svg.document(kWidth, kPlotHeight + 2 * kMargin, "Cost against mean wait");
}

std::string loss(const Report& report) {
  std::vector<Series> series;
  double steps = 1;
  double highest = 0;
  for (const ReportedRun& run : report.runs) {
    for (const LossCurve& one : run.losses) {
      series.push_back({one.job, thinned(one.loss, kPieces)});
      for (const CurvePoint& point : series.back().points) {
        steps = std::max(steps, point.x);
        highest = std::max(highest, point.y);
      }
    }
  }
  if (series.empty()) throw InputError("no job of these runs has learnt anything");
  Svg svg;
  Plot(svg, {kMargin, kMargin, kWidth - 2 * kMargin, kPlotHeight}, "Loss by step",
       {0, steps, PlotAxis::Kind::kNumber, "step", false},
       {0, std::max(1.05 * highest, 1e-6), PlotAxis::Kind::kNumber, "loss", false})
      .draw(series);
  return svg.document(kWidth, kPlotHeight + 2 * kMargin, "Loss by step");
}

using Draw = void (*)(Svg&, Svg::Box, const Report&);
template <Draw draw>
std::string plotted(const Report& report) {
  Svg svg;
  draw(svg, {kMargin, kMargin, kWidth - 2 * kMargin, kPlotHeight}, report);
  return svg.document(kWidth, kPlotHeight + 2 * kMargin, report.title);
}

}  // namespace

std::string figure(std::string_view name, const Report& report) {
  static const std::map<std::string_view, std::string (*)(const Report&)> kinds{
      {"overview", overview},
      {"gantt", gantt},
      {"queue", plotted<draw_queue>},
      {"utilization", plotted<draw_held>},
      {"wait", plotted<draw_waits>},
      {"first-token", first_token},
      {"fairness", fairness},
      {"cost", cost},
      {"loss", loss}};
  return kinds.at(name)(report);
}

}  // namespace tandem
