// How a level went over time, and few points of it that draw the same picture.
#pragma once

#include <cstddef>
#include <vector>

#include "policies/core/units.h"

namespace tandem {

/// A level that changes in steps. Keeps every change, 16 bytes each.
class LevelSeries {
 public:
  struct Point {
    Time at;
    double level = 0;
    friend bool operator==(const Point&, const Point&) = default;
  };

  /// From `at` on; times never go back. Of several levels at one time the last counts.
  void set(Time at, double level);
  const std::vector<Point>& points() const { return points_; }

  /// At most four points for each of `pieces` equal pieces of the time until `end`: its first, its
  /// lowest, its highest, its last. A line of as many pixels through them covers the same pixels as
  /// one through all points: M4 (Jugel, Jerzak, Hackenbroich, Markl, VLDB 2014).
  std::vector<Point> sampled(std::size_t pieces, Time end) const;

 private:
  std::vector<Point> points_;
};

}  // namespace tandem
