#include "reports/history/level_series.h"

#include <algorithm>

namespace tandem {

void LevelSeries::set(Time at, double level) {
  if (!points_.empty() && points_.back().at == at) {
    points_.back().level = level;
    const bool came_back = points_.size() > 1 && points_[points_.size() - 2].level == level;
    if (came_back) points_.pop_back();
  } else if (points_.empty() || points_.back().level != level) {
    points_.push_back({at, level});
  }
}

std::vector<LevelSeries::Point> LevelSeries::sampled(std::size_t pieces, Time end) const {
  std::vector<Point> result;
  if (points_.empty()) return result;
  const double begin = to_seconds(points_.front().at);
  const double piece_s = std::max(to_seconds(end) - begin, 1e-9) / static_cast<double>(pieces);
  const auto piece_of = [&](const Point& point) {
    return static_cast<std::size_t>((to_seconds(point.at) - begin) / piece_s);
  };
  for (std::size_t from = 0; from < points_.size();) {
    std::size_t to = from + 1;
    while (to < points_.size() && piece_of(points_[to]) == piece_of(points_[from])) ++to;
    const auto first = points_.begin() + static_cast<std::ptrdiff_t>(from);
    const auto last = points_.begin() + static_cast<std::ptrdiff_t>(to);
    const auto [low, high] = std::minmax_element(
        first, last, [](const Point& a, const Point& b) { return a.level < b.level; });
    for (const auto& kept : {first, std::min(low, high), std::max(low, high), last - 1}) {
      if (result.empty() || result.back().at != kept->at) result.push_back(*kept);
    }
    from = to;
  }
  if (result.back().at < end) result.push_back({end, result.back().level});
  return result;
}

}  // namespace tandem
