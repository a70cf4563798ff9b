#include "policies/orders/gittins_index.h"

#include <algorithm>
#include <bit>

#include "policies/core/check.h"

namespace tandem {

GittinsIndex::GittinsIndex(std::vector<std::int64_t> samples) {
  std::ranges::sort(samples);
  CHECK(samples.empty() || samples.front() > 0, "a service of {}", samples.front());
  // With more, the products in steeper() might not fit in 128 bits.
  CHECK(samples.size() < (std::uint64_t{1} << 31U), "{} samples", samples.size());
  points_.push_back({});
  for (const std::int64_t sample : samples) {
    if (points_.back().service < sample) {
      Point next = points_.back();
      const auto left = static_cast<Sum>(samples.size() - next.ended);
      next.given += left * static_cast<Sum>(sample - next.service);
      next.service = sample;
      points_.push_back(next);
    }
    ++points_.back().ended;
  }
  // From the right: `steepest` of each point leads along the majorant of all that follow.
  const std::size_t last = points_.size() - 1;
  points_[last].steepest = last;
  for (std::size_t i = last; i-- > 0;) {
    points_[i].steepest = steepest_from(points_[i].given, points_[i].ended, i + 1, last);
  }
}

bool GittinsIndex::steeper(Sum given, std::uint64_t ended, const Point& a, const Point& b) {
  return static_cast<Sum>(a.ended - ended) * (b.given - given) >
         static_cast<Sum>(b.ended - ended) * (a.given - given);
}

std::size_t GittinsIndex::steepest_from(Sum given, std::uint64_t ended, std::size_t first,
                                        std::size_t last) const {
  // Seen from before it, slopes to the points of a majorant rise and then fall.
  std::size_t best = first;
  while (best != last && !steeper(given, ended, points_[best], points_[points_[best].steepest])) {
    best = points_[best].steepest;
  }
  return best;
}

GittinsIndex::Value GittinsIndex::at(std::int64_t attained) const {
  CHECK(attained >= 0, "an attained service of {}", attained);
  if (attained >= points_.back().service) return {};
  const auto after = std::ranges::upper_bound(points_, attained, {}, &Point::service);
  const Point& before = *std::prev(after);
  const std::uint64_t left = points_.back().ended - before.ended;
  const Sum given =
      before.given + static_cast<Sum>(left) * static_cast<Sum>(attained - before.service);
  const auto first = static_cast<std::size_t>(after - points_.begin());
  const Point& best = points_[steepest_from(given, before.ended, first, before.steepest)];
  return {static_cast<double>(best.ended - before.ended) / static_cast<double>(best.given - given),
          best.service};
}

std::int64_t rank_of_index(double index) {
  CHECK(index >= 0, "a Gittins index of {}", index);
  // Doubles of 0 or more are in the order of their bits; adding 0 makes -0 the same as 0.
  return -std::bit_cast<std::int64_t>(index + 0.0);
}

}  // namespace tandem
