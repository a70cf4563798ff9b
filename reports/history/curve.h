// Curves of few points that stand for many.
#pragma once

#include <cstddef>
#include <vector>

namespace tandem {

struct CurvePoint {
  double x = 0;
  double y = 0;
  friend bool operator==(const CurvePoint&, const CurvePoint&) = default;
};
using Polyline = std::vector<CurvePoint>;

/// The distribution of a sample: y is the share of values that are at most x. From the least value
/// to the largest in at most `points` steps, half of which describe the longest tenth.
Polyline distribution_curve(std::vector<double> values, std::size_t points = 240);

/// At most four points for each of `pieces` equal pieces of the curve: the first, the lowest, the
/// highest, the last. x grows.
Polyline thinned(const Polyline& curve, std::size_t pieces);

}  // namespace tandem
