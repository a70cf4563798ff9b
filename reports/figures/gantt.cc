#include "reports/figures/gantt.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>
#include <vector>

#include "reports/figures/plot.h"
#include "reports/human.h"

namespace tandem {
namespace {

constexpr double kLeft = 70;
constexpr std::uint8_t kNobody = 255;
constexpr std::size_t kColours = 8;

/// The picture as cells of one unit by one row, each with the colour of who is there.
class Cells {
 public:
  Cells(std::size_t columns, std::size_t rows)
      : columns_(columns), rows_(rows), colour_(columns * rows, kNobody) {}

  void paint(std::size_t row, std::size_t from, std::size_t to, std::uint8_t colour) {
    for (std::size_t column = from; column < std::min(to, columns_); ++column) {
      std::uint8_t& cell = colour_[row * columns_ + column];
      if (cell == kNobody) cell = colour;
    }
  }

  /// Equal neighbours of a row are one box, and equal boxes of rows below each other, too.
  std::array<std::vector<Svg::Box>, kColours> boxes(Svg::Box area) const {
    std::array<std::vector<Svg::Box>, kColours> result;
    const double row_height = area.height / static_cast<double>(rows_);
    std::vector<std::size_t> open(columns_, 0);  // 1 + the box that ends above, by its column.
    for (std::size_t row = 0; row < rows_; ++row) {
      std::vector<std::size_t> here(columns_, 0);
      for (std::size_t from = 0; from < columns_;) {
        const std::uint8_t colour = colour_[row * columns_ + from];
        std::size_t to = from + 1;
        while (to < columns_ && colour_[row * columns_ + to] == colour) ++to;
        if (colour != kNobody) {
          std::vector<Svg::Box>& boxes = result[colour];
          const auto width = static_cast<double>(to - from);
          const bool goes_on = open[from] > 0 && open[from] <= boxes.size() && row > 0 &&
                               colour_[(row - 1) * columns_ + from] == colour &&
                               boxes[open[from] - 1].width == width;
          if (goes_on) {
            boxes[open[from] - 1].height += row_height;
            here[from] = open[from];
          } else {
            boxes.push_back({area.x + static_cast<double>(from),
                             area.y + static_cast<double>(row) * row_height, width, row_height});
            here[from] = boxes.size();
          }
        }
        from = to;
      }
      open = std::move(here);
    }
    return result;
  }

 private:
  std::size_t columns_;
  std::size_t rows_;
  std::vector<std::uint8_t> colour_;
};

void paint(const RunHistory& history, const GangTurn& turn, double columns, std::size_t rows,
           Cells& cells) {
  const double end = std::max(to_seconds(history.end), 1e-9);
  const auto column = [&](Time time) {
    return static_cast<std::size_t>(to_seconds(time) / end * columns);
  };
  const double row_of_device = static_cast<double>(rows) / history.header.cluster.device_count();
  const auto colour = static_cast<std::uint8_t>(history.jobs[turn.job].tenant.value % kColours);
  for (std::uint32_t i = 0; i < turn.range_count; ++i) {
    const DeviceRange& range = history.ranges[turn.first_range + i];
    const auto first = static_cast<std::size_t>(range.first * row_of_device);
    const auto last = static_cast<std::size_t>((range.first + range.count - 1) * row_of_device);
    for (std::size_t row = first; row <= std::min(last, rows - 1); ++row) {
      cells.paint(row, column(turn.begin), std::max(column(turn.end), column(turn.begin) + 1),
                  colour);
    }
  }
}

}  // namespace

void draw_gantt(Svg& svg, Svg::Box area, std::string_view title, const RunHistory& history) {
  svg.text(area.x, area.y + 14, title, {.size = 14, .bold = true});
  const Svg::Box inner{area.x + kLeft, area.y + 24, area.width - kLeft, area.height - 24 - 22};
  const std::uint32_t devices = history.header.cluster.device_count();
  if (devices == 0) return;
  svg.box(inner.x, inner.y, inner.width, inner.height, "#f3f4f6");
  const std::size_t rows =
      std::min<std::size_t>(devices, static_cast<std::size_t>(2 * inner.height));
  Cells cells(static_cast<std::size_t>(inner.width), rows);
  for (const GangTurn& turn : history.turns) paint(history, turn, inner.width, rows, cells);
  const auto boxes = cells.boxes(inner);
  for (std::size_t colour = 0; colour < kColours; ++colour) {
    svg.boxes(boxes[colour], series_colour(colour));
  }
  const Svg::Letters quiet{.size = 11, .colour = "#586174", .anchor = Svg::Anchor::kEnd};
  svg.text(inner.x - 6, inner.y + 10, history.header.cluster.nodes().front().name, quiet);
  svg.text(inner.x - 6, inner.y + inner.height, history.header.cluster.nodes().back().name, quiet);
  Svg::Letters below = quiet;
  below.anchor = Svg::Anchor::kMiddle;
  const PlotAxis time{0, to_seconds(history.end), PlotAxis::Kind::kSeconds, "", false};
  for (const Mark& mark : marks_of(time, static_cast<std::size_t>(inner.width / 75))) {
    const double x = inner.x + mark.value / std::max(time.high, 1e-9) * inner.width;
    svg.text(std::min(x, inner.x + inner.width - 18), inner.y + inner.height + 15, mark.text,
             below);
  }
}

void draw_tenants(Svg& svg, double x, double y, double width, const RunHistory& history) {
  std::set<TenantId> used;
  for (const JobPast& job : history.jobs) used.insert(job.tenant);
  const double right = x + width;
  std::size_t shown = 0;
  for (const TenantId tenant : used) {
    const std::string& name = history.header.tenants.at(tenant).name;
    const double needed = 32 + 6.6 * static_cast<double>(display_width(name));
    if (x + needed > right && shown > 0) {
      svg.text(x, y, fmt::format("and {} more", used.size() - shown));
      return;
    }
    svg.box(x, y - 10, 11, 11, series_colour(tenant.value % kColours));
    svg.text(x + 16, y, name);
    x += needed;
    ++shown;
  }
}

}  // namespace tandem
