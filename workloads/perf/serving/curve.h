// A measured time over one axis: straight lines between the points, and beyond the last the line
// through the last two, unless it falls. Never in log space: times add up.
#pragma once

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace tandem {

/// Which two neighbours of sorted points a place lies between: value = y[index] + share *
/// (y[index + 1] - y[index]). Below the first point: the first. Above the last: share above 1.
struct Bracket {
  std::size_t index = 0;
  double share = 0;  ///< If 0, index + 1 may not exist.
};
Bracket bracket(std::span<const double> points, double place);

class Curve {
 public:
  Curve() = default;
  /// Sorted by x, none twice, at least one.
  Curve(std::vector<double> x, std::vector<double> y) : x_(std::move(x)), y_(std::move(y)) {}

  double at(double x) const {
    const Bracket place = bracket(x_, x);
    if (place.share == 0) return y_[place.index];
    const double rise = y_[place.index + 1] - y_[place.index];
    if (place.share > 1 && rise < 0) return y_.back();
    return y_[place.index] + place.share * rise;
  }
  double first() const { return x_.front(); }
  double last() const { return x_.back(); }
  std::span<const double> points() const { return x_; }

 private:
  std::vector<double> x_;
  std::vector<double> y_;
};

/// `times` the curve.
struct CurveTerm {
  const Curve* curve = nullptr;
  double times = 1;
};
/// The sum, with the points of all: a straight line wherever all are.
Curve sum_of(const std::vector<CurveTerm>& terms);

}  // namespace tandem
