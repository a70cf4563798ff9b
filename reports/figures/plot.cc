#include "reports/figures/plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "reports/human.h"

namespace tandem {
namespace {

constexpr std::string_view kQuiet = "#586174";
constexpr std::string_view kGrid = "#e1e4ea";
constexpr std::array<std::string_view, 8> kColours{"#1f6fc4", "#c2570c", "#157f5b", "#a2398f",
                                                   "#8a6d00", "#5b53c7", "#b3263e", "#4d6b75"};
constexpr double kSteps[] = {1e-6,   1e-5,   1e-4,   1e-3,    0.01,    0.1,     1,       2,
                             5,      10,     20,     30,      60,      120,     300,     600,
                             1200,   1800,   3600,   7200,    10800,   21600,   43200,   86400,
                             172800, 345600, 604800, 1209600, 2592000, 7776000, 31536000};
constexpr double kLetter = 6.6;  // The width of a letter of 12 units, about.

struct TimeUnit {
  double seconds;
  const char* name;
};
constexpr TimeUnit kUnits[] = {{86400, " days"}, {3600, " h"},  {60, " min"},
                               {1, " s"},        {1e-3, " ms"}, {1e-6, " us"}};

/// "0.5", "12": no decimals that are zero.
std::string plain(double value) {
  std::string text = fmt::format("{:.2f}", value);
  while (text.ends_with('0')) text.pop_back();
  if (text.ends_with('.')) text.pop_back();
  return text;
}

/// In the unit that fits `longest`, so that marks can be compared.
std::string time_text(double seconds, double longest) {
  for (const TimeUnit& unit : kUnits) {
    if (longest >= 2 * unit.seconds) return plain(seconds / unit.seconds) + unit.name;
  }
  return plain(seconds * 1e6) + " us";
}

/// 1, 2 or 5 times a power of ten.
double round_step(double least) {
  const double decade = std::pow(10, std::floor(std::log10(least)));
  for (const double factor : {1., 2., 5.}) {
    if (factor * decade >= least) return factor * decade;
  }
  return 10 * decade;
}

double time_step(double least) {
  const auto* step = std::lower_bound(std::begin(kSteps), std::end(kSteps), least);
  return step == std::end(kSteps) ? round_step(least) : *step;
}

std::vector<Mark> decades(const PlotAxis& axis, std::size_t most) {
  std::vector<Mark> inside;
  for (const double step : kSteps) {
    if (step < axis.low || step > axis.high) continue;
    std::string text = human(step, Unit::kSeconds);
    if (const std::size_t dot = text.find(".00"); dot != std::string::npos) text.erase(dot, 3);
    if (const std::size_t dot = text.find(".0 "); dot != std::string::npos) text.erase(dot, 2);
    inside.push_back({step, std::move(text)});
  }
  const std::size_t apart = inside.size() / std::max<std::size_t>(most, 1) + 1;
  std::vector<Mark> kept;
  for (std::size_t i = 0; i < inside.size(); i += apart) kept.push_back(inside[i]);
  return kept;
}

}  // namespace

std::string_view series_colour(std::size_t place) { return kColours[place % kColours.size()]; }

std::vector<Mark> marks_of(const PlotAxis& axis, std::size_t most) {
  if (axis.logarithmic) return decades(axis, most);
  std::vector<Mark> marks;
  const double length = axis.high - axis.low;
  if (!(length > 0)) return marks;
  const double least = length / static_cast<double>(std::max<std::size_t>(most, 1));
  const double step = axis.kind == PlotAxis::Kind::kSeconds ? time_step(least) : round_step(least);
  for (double i = std::ceil(axis.low / step - 1e-9); i * step <= axis.high * (1 + 1e-12); ++i) {
    const double value = i * step + 0.;  // Not "-0".
    marks.push_back({value, axis.kind == PlotAxis::Kind::kSeconds ? time_text(value, axis.high)
                            : axis.kind == PlotAxis::Kind::kShare
                                ? fmt::format("{:.0f} %", 100 * value)
                            : std::fabs(value) >= 1e6 ? human(value, Unit::kPlain)
                                                      : plain(value)});
  }
  return marks;
}

Plot::Plot(Svg& svg, Svg::Box area, std::string_view title, PlotAxis x, PlotAxis y)
    : svg_(svg), area_(area), x_(std::move(x)), y_(std::move(y)) {
  svg_.text(area.x, area.y + 14, title, {.size = 14, .bold = true});
  const double left = 70;
  area_ = {area.x + left, area.y + 44, area.width - left - 24, area.height - 44 - 40};
  draw_axes();
}

double Plot::x_at(double value) const {
  const double share = x_.logarithmic
                           ? std::log(std::max(value, x_.low) / x_.low) / std::log(x_.high / x_.low)
                           : (value - x_.low) / (x_.high - x_.low);
  return area_.x + std::clamp(share, 0., 1.) * area_.width;
}

double Plot::y_at(double value) const {
  const double share = (value - y_.low) / (y_.high - y_.low);
  return area_.y + area_.height - std::clamp(share, 0., 1.) * area_.height;
}

void Plot::draw_axes() {
  const Svg::Letters small{.size = 11, .colour = kQuiet, .anchor = Svg::Anchor::kMiddle};
  Svg::Letters beside = small;
  beside.anchor = Svg::Anchor::kEnd;
  const double bottom = area_.y + area_.height;
  const double right = area_.x + area_.width;
  for (const Mark& mark : marks_of(x_, static_cast<std::size_t>(area_.width / 75))) {
    const double x = x_at(mark.value);
    svg_.line({{x, area_.y}, {x, bottom}}, {kGrid, 1});
    svg_.text(x, bottom + 15, mark.text, small);
  }
  for (const Mark& mark : marks_of(y_, static_cast<std::size_t>(area_.height / 32))) {
    const double y = y_at(mark.value);
    svg_.line({{area_.x, y}, {right, y}}, {kGrid, 1});
    svg_.text(area_.x - 6, y + 4, mark.text, beside);
  }
  svg_.line({{area_.x, area_.y}, {area_.x, bottom}, {right, bottom}}, {kQuiet, 1});
  svg_.text(area_.x + area_.width / 2, bottom + 32, x_.title, small);
  Svg::Letters upright = small;
  upright.turn = -90;
  svg_.text(area_.x - 56, area_.y + area_.height / 2, y_.title, upright);
}

void Plot::draw_legend(const std::vector<Series>& series) {
  double x = area_.x;
  for (std::size_t i = 0; i < series.size(); ++i) {
    const double width = 26 + kLetter * static_cast<double>(display_width(series[i].label));
    if (x + width > area_.x + area_.width && i > 0) {
      svg_.text(x, area_.y - 9, fmt::format("and {} more", series.size() - i), {.colour = kQuiet});
      return;
    }
    svg_.line({{x, area_.y - 13}, {x + 14, area_.y - 13}},
              {series_colour(i), 2.5, series[i].dashed});
    svg_.text(x + 19, area_.y - 9, series[i].label);
    x += width + 12;
  }
}

void Plot::draw(const std::vector<Series>& series) {
  for (std::size_t i = 0; i < series.size(); ++i) {
    std::vector<Svg::Place> places;
    for (const CurvePoint& point : series[i].points) {
      const Svg::Place place{x_at(point.x), y_at(point.y)};
      if (series[i].stepped && !places.empty()) places.push_back({place.x, places.back().y});
      places.push_back(place);
    }
    svg_.line(places, {series_colour(i), 1.6, series[i].dashed});
  }
  if (series.size() > 1) draw_legend(series);
}

void Plot::dot(double x, double y, std::string_view label, std::size_t colour) {
  svg_.dot(x_at(x), y_at(y), 5, series_colour(colour));
  const bool near_right = x_at(x) > area_.x + 0.7 * area_.width;
  svg_.text(x_at(x) + (near_right ? -9 : 9), y_at(y) - 6, label,
            {.anchor = near_right ? Svg::Anchor::kEnd : Svg::Anchor::kStart});
}

void draw_bars(Svg& svg, Svg::Box area, std::string_view title, const std::vector<Bar>& bars) {
  svg.text(area.x, area.y + 14, title, {.size = 14, .bold = true});
  double most = 0;
  std::size_t label = 0;
  std::size_t text = 0;
  for (const Bar& bar : bars) {
    most = std::max(most, bar.value);
    label = std::max(label, display_width(bar.label));
    text = std::max(text, display_width(bar.text));
  }
  const double left =
      area.x + std::min(0.5 * area.width, kLetter * static_cast<double>(label) + 10);
  const double room = area.x + area.width - left - kLetter * static_cast<double>(text) - 10;
  const double row = std::min(
      30., (area.height - 26) / static_cast<double>(std::max<std::size_t>(bars.size(), 1)));
  for (std::size_t i = 0; i < bars.size(); ++i) {
    const double y = area.y + 30 + static_cast<double>(i) * row;
    const double length = most > 0 ? std::max(1., room * bars[i].value / most) : 1;
    svg.text(left - 8, y + row / 2 + 4, bars[i].label, {.anchor = Svg::Anchor::kEnd});
    svg.box(left, y + 3, length, row - 6, bars[i].colour);
    svg.text(left + length + 6, y + row / 2 + 4, bars[i].text);
  }
}

}  // namespace tandem
