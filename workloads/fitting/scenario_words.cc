#include "workloads/fitting/scenario_words.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

namespace tandem {
namespace {

std::string with_hours(std::string words, const Hours& hours) {
  if (!hours) return words;
  std::vector<std::string> weights;
  for (const double weight : *hours) weights.push_back(fmt::format("{:.3f}", weight));
  return fmt::format("{}, hours: [{}]", words, fmt::join(weights, ", "));
}

std::string words(const PoissonArrivals& shape, const std::string& rate) {
  return shape.hours ? fmt::format("poisson: {{ {} }}", with_hours("rate: " + rate, shape.hours))
                     : "poisson: " + rate;
}
std::string words(const GammaArrivals& shape, const std::string& rate) {
  return fmt::format(
      "gamma: {{ {} }}",
      with_hours(fmt::format("rate: {}, cv: {}", rate, number_words(shape.cv)), shape.hours));
}
std::string words(const WeibullArrivals& shape, const std::string& rate) {
  return fmt::format(
      "weibull: {{ {} }}",
      with_hours(fmt::format("rate: {}, shape: {}", rate, number_words(shape.shape)), shape.hours));
}
std::string points_words(const Quantiles& shape, double unit, std::string_view unit_name) {
  std::vector<std::string> points;
  for (const Quantiles::Point& point : *shape.points) {
    points.push_back(
        fmt::format("{}: {}{}", point.probability, number_words(point.value / unit), unit_name));
  }
  return fmt::format("quantiles: {{ {} }}", fmt::join(points, ", "));
}

/// In mean gaps.
std::string words(const QuantileArrivals& shape, const std::string& rate) {
  const std::string points =
      points_words(std::get<Quantiles>(shape.gap.shape()), shape.gap.mean(), "");
  return fmt::format("gaps: {{ {} }}",
                     with_hours(fmt::format("rate: {}, {}", rate, points), shape.hours));
}
std::string words(const DiurnalArrivals& shape, const std::string& rate) {
  return fmt::format("diurnal: {{ rate: {}, amplitude: {}, peak: {} s }}", rate,
                     number_words(shape.amplitude), number_words(shape.peak_s));
}
std::string words(const EqualGaps& shape, const std::string&) {
  return fmt::format("every: {} s", number_words(1 / shape.rate));
}

/// The 99th percentile of the standard normal distribution.
constexpr double kNormalP99 = 2.3263478740408408;

std::string words(const LogNormal& shape, std::string_view unit) {
  return fmt::format("lognormal: {{ median: {}{}, p99: {}{} }}", number_words(std::exp(shape.mu)),
                     unit, number_words(std::exp(shape.mu + kNormalP99 * shape.sigma)), unit);
}
std::string words(const Exponential& shape, std::string_view unit) {
  return fmt::format("exponential: {}{}", number_words(shape.mean), unit);
}
std::string words(const Deterministic& shape, std::string_view unit) {
  return fmt::format("deterministic: {}{}", number_words(shape.value), unit);
}
std::string words(const Uniform& shape, std::string_view unit) {
  return fmt::format("uniform: {{ min: {}{}, max: {}{} }}", number_words(shape.min), unit,
                     number_words(shape.max), unit);
}
std::string words(const Empirical& shape, std::string_view unit) {
  std::vector<std::string> values;
  for (const double value : *shape.values) values.push_back(number_words(value));
  return fmt::format("empirical: {{ values: [{}{}] }}",
                     fmt::join(values, fmt::format("{}, ", unit)), unit);
}
std::string words(const Quantiles& shape, std::string_view unit) {
  return fmt::format("empirical: {{ {} }}", points_words(shape, 1, unit));
}

}  // namespace

std::string number_words(double number) {
  return std::fabs(number) >= 1e6 ? fmt::format("{:.0f}", number) : fmt::format("{:.6g}", number);
}

std::string arrival_words(const ArrivalShape& shape) {
  const double rate = rate_of(shape);
  const std::string text = rate >= 1 ? number_words(rate) + "/s" : number_words(rate * 3600) + "/h";
  return fmt::format("{{ {} }}",
                     std::visit([&](const auto& one) { return words(one, text); }, shape));
}

std::string amount_words(const Distribution::Shape& shape, std::string_view unit) {
  return fmt::format("{{ {} }}",
                     std::visit([&](const auto& one) { return words(one, unit); }, shape));
}

std::string weight_words(const std::vector<std::pair<std::string, std::uint64_t>>& weights) {
  std::vector<std::string> items;
  for (const auto& [name, count] : weights) items.push_back(fmt::format("{}: {}", name, count));
  return fmt::format("{{ {} }}", fmt::join(items, ", "));
}

std::string wrapped_yaml(std::string_view line, std::size_t indent) {
  constexpr std::size_t kWidth = 100;
  std::string text;
  std::size_t column = 0;
  while (!line.empty()) {
    const std::size_t comma = line.find(", ");
    const std::size_t end = comma == std::string_view::npos ? line.size() : comma + 1;
    if (column > indent && column + end > kWidth) {
      text += '\n';
      text.append(indent, ' ');
      column = indent;
      line.remove_prefix(line.front() == ' ' ? 1 : 0);
      continue;
    }
    text += line.substr(0, end);
    column += end;
    line.remove_prefix(end);
  }
  return text;
}

}  // namespace tandem
