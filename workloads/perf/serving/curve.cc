// Finds neighbours, and adds curves up once so that a step looks at one.
#include "workloads/perf/serving/curve.h"

#include <algorithm>

namespace tandem {

Bracket bracket(std::span<const double> points, double place) {
  if (points.size() == 1 || place <= points.front()) return {0, 0};
  if (place == points.back()) return {points.size() - 1, 0};
  const auto above = std::upper_bound(points.begin() + 1, points.end() - 1, place);
  const auto index = static_cast<std::size_t>(above - points.begin()) - 1;
  return {index, (place - points[index]) / (points[index + 1] - points[index])};
}

Curve sum_of(const std::vector<CurveTerm>& terms) {
  std::vector<double> x;
  for (const CurveTerm& term : terms) {
    x.insert(x.end(), term.curve->points().begin(), term.curve->points().end());
  }
  std::ranges::sort(x);
  x.erase(std::unique(x.begin(), x.end()), x.end());
  std::vector<double> y(x.size(), 0);
  for (const CurveTerm& term : terms) {
    for (std::size_t i = 0; i < x.size(); ++i) y[i] += term.times * term.curve->at(x[i]);
  }
  return {std::move(x), std::move(y)};
}

}  // namespace tandem
