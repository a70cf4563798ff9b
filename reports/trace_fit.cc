#include "reports/trace_fit.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "reports/human.h"
#include "reports/statistics.h"

namespace tandem {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kCloseDistance = 0.1;
constexpr double kCloseWait = 0.25;

bool waits_alike(const FittedWait& wait) {
  const double difference = std::fabs(wait.drawn_s.mean - wait.trace_s);
  return difference <= std::max(kCloseWait * wait.trace_s, wait.drawn_s.ci95.value_or(0));
}

std::string wait_words(const FittedWait& wait) {
  std::string words = fmt::format("mean wait under FIFO {}, the trace's {}",
                                  human(wait.drawn_s.mean, Unit::kSeconds, wait.drawn_s.ci95),
                                  human(wait.trace_s, Unit::kSeconds));
  if (wait.trace_s > 0) {
    words += fmt::format(" ({:+.0f} %)", 100 * (wait.drawn_s.mean / wait.trace_s - 1));
  }
  return words;
}

bool is_share_off(const FittedNumber& number) {
  return number.unit == Unit::kFraction && std::fabs(number.trace - number.drawn) > kCloseDistance;
}

const FittedFigure& farthest(const FitReport& report) {
  return *std::ranges::max_element(report.figures, {}, &FittedFigure::distance);
}

std::string answer(const FitReport& report) {
  std::vector<std::string> parts;
  if (report.wait) parts.push_back(wait_words(*report.wait));
  const FittedFigure& worst = farthest(report);
  parts.push_back(
      fmt::format("distributions at most {:.3f} apart ({})", worst.distance, worst.label));
  for (const FittedNumber& number : report.numbers) {
    if (!is_share_off(number)) continue;
    parts.push_back(fmt::format("{}: {}, the trace's {}", number.label,
                                human(number.drawn, number.unit),
                                human(number.trace, number.unit)));
  }
  return fmt::format("The fit is {}close: {}.", is_close(report) ? "" : "not ",
                     fmt::join(parts, "; "));
}

using Row = std::array<std::string, 7>;

Row side(const std::string& label, const char* of, const std::vector<double>& values, Unit unit) {
  const auto all = percentiles_of(values);
  return {label,
          of,
          human(all->mean, unit),
          human(all->p50, unit),
          human(all->p90, unit),
          human(all->p99, unit),
          ""};
}

std::string aligned_rows(const std::vector<Row>& rows) {
  std::array<std::size_t, 7> widths{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], display_width(row[i]));
    }
  }
  std::string text;
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string space(widths[i] - display_width(row[i]), ' ');
      const bool is_left = i < 2;
      line += (i > 0 ? "  " : "") + (is_left ? row[i] + space : space + row[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string figures_table(const FitReport& report) {
  std::vector<Row> rows{{"", "", "mean", "p50", "p90", "p99", "K-S (5 %)"}};
  for (const FittedFigure& figure : report.figures) {
    rows.push_back(side(figure.label, "trace", figure.trace, figure.unit));
    rows.back().back() = fmt::format("{:.3f} ({:.3f})", figure.distance, figure.critical);
    rows.push_back(side("", "drawn", figure.drawn, figure.unit));
  }
  return aligned_rows(rows);
}

std::string numbers_table(const FitReport& report) {
  std::size_t widest = 0;
  for (const FittedNumber& number : report.numbers) {
    widest = std::max(widest, display_width(number.label));
  }
  std::string text;
  for (const FittedNumber& number : report.numbers) {
    text += fmt::format("{:<{}}  trace {}, drawn {}\n", number.label, widest,
                        human(number.trace, number.unit), human(number.drawn, number.unit));
  }
  return text;
}

Json sample_json(const std::vector<double>& values) {
  const auto all = percentiles_of(values);
  return {{"mean", all->mean},
          {"p50", all->p50},
          {"p90", all->p90},
          {"p99", all->p99},
          {"max", all->max}};
}

Json wait_json(const FittedWait& wait) {
  const auto& ci95 = wait.drawn_s.ci95;
  return {{"policy", "fifo"},
          {"devices", wait.devices},
          {"utilization", wait.utilization},
          {"trace_s", wait.trace_s},
          {"drawn_s", {{"mean", wait.drawn_s.mean}, {"ci95", ci95 ? Json(*ci95) : Json()}}},
          {"seeds", wait.seeds}};
}

}  // namespace

bool is_close(const FitReport& report) {
  if (std::ranges::any_of(report.numbers, is_share_off)) return false;
  return farthest(report).distance <= kCloseDistance && (!report.wait || waits_alike(*report.wait));
}

std::string fit_text(const FitReport& report, std::size_t width) {
  std::string text = wrapped(answer(report), width);
  for (const std::string& note : report.notes) text += wrapped("! " + note, width, "  ");
  text += "\n" + figures_table(report);
  if (!report.numbers.empty()) text += "\n" + numbers_table(report);
  if (report.wait) {
    text += "\n" + wrapped(fmt::format("Waits are of {} devices, of which the trace keeps {} busy; "
                                       "± 95 % confidence over {} seed{}.",
                                       report.wait->devices,
                                       human(report.wait->utilization, Unit::kFraction),
                                       report.wait->seeds, report.wait->seeds == 1 ? "" : "s"),
                           width);
  }
  text += wrapped(
      "K-S: the largest difference between the distribution functions of trace and drawn; two "
      "samples of one distribution exceed the number in brackets once in 20 times.",
      width);
  if (!report.output.empty()) text += "\nScenario: " + report.output + "\n";
  return text;
}

Json fit_json(const FitReport& report) {
  Json figures = Json::array();
  for (const FittedFigure& figure : report.figures) {
    figures.push_back({{"name", figure.name},
                       {"ks_distance", figure.distance},
                       {"ks_critical", figure.critical},
                       {"trace", sample_json(figure.trace)},
                       {"drawn", sample_json(figure.drawn)}});
  }
  Json numbers = Json::array();
  for (const FittedNumber& number : report.numbers) {
    numbers.push_back({{"name", number.name}, {"trace", number.trace}, {"drawn", number.drawn}});
  }
  return {{"schema", "tandem.fit/1"},
          {"file", report.file},
          {"kind", report.noun + "s"},
          {"count", report.count},
          {"scenario", report.output.empty() ? Json() : Json(report.output)},
          {"close", is_close(report)},
          {"figures", std::move(figures)},
          {"numbers", std::move(numbers)},
          {"wait", report.wait ? wait_json(*report.wait) : Json()},
          {"notes", report.notes}};
}

}  // namespace tandem
