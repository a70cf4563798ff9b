#include "reports/history/curve.h"

#include <algorithm>
#include <cmath>

namespace tandem {

Polyline distribution_curve(std::vector<double> values, std::size_t points) {
  Polyline curve;
  std::sort(values.begin(), values.end());
  const std::size_t count = values.size();
  const auto add = [&](std::size_t place) {
    const CurvePoint point{values[place],
                           static_cast<double>(place + 1) / static_cast<double>(count)};
    if (!curve.empty() && curve.back().x == point.x) {
      curve.back().y = point.y;
    } else if (curve.empty() || point.y > curve.back().y) {
      curve.push_back(point);
    }
  };
  if (count <= points) {
    for (std::size_t i = 0; i < count; ++i) add(i);
    return curve;
  }
  const auto half = static_cast<double>(points / 2);
  const auto last = static_cast<double>(count - 1);
  for (double i = 0; i < half; ++i) add(static_cast<std::size_t>(0.9 * last * i / half));
  for (double i = 0; i <= half; ++i) {
    add(static_cast<std::size_t>(std::llround(last * (0.9 + 0.1 * i / half))));
  }
  return curve;
}

Polyline thinned(const Polyline& curve, std::size_t pieces) {
  if (curve.size() <= 4 * pieces) return curve;
  Polyline result;
  for (std::size_t piece = 0; piece < pieces; ++piece) {
    const auto at = [&](std::size_t i) {
      return curve.begin() + static_cast<std::ptrdiff_t>(i * curve.size() / pieces);
    };
    const auto first = at(piece);
    const auto last = at(piece + 1) - 1;
    const auto [low, high] = std::minmax_element(
        first, last + 1, [](const auto& a, const auto& b) { return a.y < b.y; });
    for (const auto& kept : {first, std::min(low, high), std::max(low, high), last}) {
      if (result.empty() || result.back().x != kept->x) result.push_back(*kept);
    }
  }
  return result;
}

}  // namespace tandem
