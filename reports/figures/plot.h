// Axes with marks that read well, and curves between them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reports/figures/svg.h"
#include "reports/history/curve.h"

namespace tandem {

struct PlotAxis {
  enum class Kind { kNumber, kSeconds, kShare };
  double low = 0;
  double high = 1;
  Kind kind = Kind::kNumber;
  std::string title;
  bool logarithmic = false;  ///< Of seconds only.
};

struct Mark {
  double value = 0;
  std::string text;
};
/// At most about `most` marks, at round values.
std::vector<Mark> marks_of(const PlotAxis& axis, std::size_t most);

struct Series {
  std::string label;
  Polyline points;
  bool stepped = false;
  bool dashed = false;
};

/// Tells series apart on white; after eight they begin again.
std::string_view series_colour(std::size_t place);

/// A part of a picture with a title, two axes, and a legend if there are several series.
class Plot {
 public:
  Plot(Svg& svg, Svg::Box area, std::string_view title, PlotAxis x, PlotAxis y);

  void draw(const std::vector<Series>& series);
  void dot(double x, double y, std::string_view label, std::size_t colour);

 private:
  double x_at(double value) const;
  double y_at(double value) const;
  void draw_axes();
  void draw_legend(const std::vector<Series>& series);

  Svg& svg_;
  Svg::Box area_;  ///< Between the axes.
  PlotAxis x_;
  PlotAxis y_;
};

/// A row of a bar chart.
struct Bar {
  std::string label;
  double value = 0;
  std::string text;
  std::string_view colour;
};
/// Horizontal bars below a title; the largest is as long as there is room.
void draw_bars(Svg& svg, Svg::Box area, std::string_view title, const std::vector<Bar>& bars);

}  // namespace tandem
