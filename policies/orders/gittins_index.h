// How promising a job is, by what it has had and what jobs like it took: the Gittins index of an
// empirical distribution of service.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

namespace tandem {

/// `G(a) = sup_D P(S-a <= D | S>a) / E[min(S-a, D) | S>a]` for jobs whose total service S is known
/// only as a sample, each value as likely as any other. Highest first. (reference.md, section 1.)
///
/// With N(x) samples of at most x, and H(x) the sum over all samples of min(S, x), G(a) is the
/// steepest slope from (H(a), N(a)) to any later sample's point: an edge of the least concave
/// majorant of these points. All slopes are compared as integers, so that ties are ties.
class GittinsIndex {
 public:
  /// At an attained service: the index, per unit of service, and the service at which it may first
  /// be lower again. Until there a job that is served only gains.
  struct Value {
    double index = 0;
    std::int64_t until = std::numeric_limits<std::int64_t>::max();
  };

  /// Samples of total service in any unit, each more than 0, in any order; O(m log m) to sort them,
  /// O(m) for the rest. Without samples every index is 0.
  explicit GittinsIndex(std::vector<std::int64_t> samples);

  /// The index of a job that has had `attained` (0 or more) in the unit of the samples. Who has had
  /// as much as the largest sample or more has index 0 for good: nothing says it will ever end.
  /// O(log m), and the edges hidden behind one point, of which all points together have m.
  Value at(std::int64_t attained) const;

 private:
  __extension__ typedef unsigned __int128 Sum;

  /// A sample value, and what is true when all jobs have been served that long.
  struct Point {
    std::int64_t service = 0;
    std::uint64_t ended = 0;   ///< N: samples of at most this.
    Sum given = 0;             ///< H: service given to all of them.
    std::size_t steepest = 0;  ///< The later point to which the slope from here is steepest.
  };

  /// Whether the slope from (given, ended) to `a` is steeper than to `b`.
  static bool steeper(Sum given, std::uint64_t ended, const Point& a, const Point& b);
  /// The point from `first` to `last`, along the majorant, to which the slope is steepest; the
  /// last of several.
  std::size_t steepest_from(Sum given, std::uint64_t ended, std::size_t first,
                            std::size_t last) const;

  std::vector<Point> points_;  ///< By service, from 0.
};

/// An integer for an index of 0 or more, smaller for a higher index: a key of an Order.
std::int64_t rank_of_index(double index);

}  // namespace tandem
