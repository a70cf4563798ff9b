// The vertices of small polytopes by brute force: linear programmes solved without any method, to
// hold a solver against.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <numeric>
#include <utility>
#include <vector>

namespace tandem {

/// `coefficients * x <= bound`.
struct HalfSpace {
  std::vector<double> coefficients;
  double bound = 0;
};

/// The point where some half-spaces end, if they have just one in common.
inline bool solve_square(std::vector<HalfSpace> rows, std::vector<double>& x) {
  const std::size_t n = rows.size();
  for (std::size_t column = 0; column < n; ++column) {
    std::size_t pivot = column;
    for (std::size_t row = column; row < n; ++row) {
      const double size = std::abs(rows[row].coefficients[column]);
      if (size > std::abs(rows[pivot].coefficients[column])) pivot = row;
    }
    std::swap(rows[column], rows[pivot]);
    const double divisor = rows[column].coefficients[column];
    if (std::abs(divisor) < 1e-9) return false;
    for (std::size_t row = 0; row < n; ++row) {
      const double factor = rows[row].coefficients[column] / divisor;
      if (row == column || factor == 0) continue;
      for (std::size_t i = 0; i < n; ++i) {
        rows[row].coefficients[i] -= factor * rows[column].coefficients[i];
      }
      rows[row].bound -= factor * rows[column].bound;
    }
  }
  for (std::size_t i = 0; i < n; ++i) x[i] = rows[i].bound / rows[i].coefficients[i];
  return true;
}

/// Calls `visit` with every vertex of a polytope, by trying all sets of half-spaces.
inline void for_vertices(const std::vector<HalfSpace>& polytope, std::size_t dimensions,
                         const std::function<void(const std::vector<double>&)>& visit) {
  std::vector<std::size_t> chosen(dimensions);
  std::iota(chosen.begin(), chosen.end(), std::size_t{0});
  std::vector<double> x(dimensions);
  for (;;) {
    std::vector<HalfSpace> rows;
    for (const std::size_t i : chosen) rows.push_back(polytope[i]);
    const bool inside = solve_square(rows, x) && std::ranges::all_of(polytope, [&](const auto& h) {
                          return std::inner_product(x.begin(), x.end(), h.coefficients.begin(),
                                                    0.0) <= h.bound + 1e-9;
                        });
    if (inside) visit(x);
    std::size_t place = dimensions;
    while (place > 0 && chosen[place - 1] == polytope.size() - dimensions + place - 1) --place;
    if (place == 0) return;
    ++chosen[place - 1];
    for (; place < dimensions; ++place) chosen[place] = chosen[place - 1] + 1;
  }
}

}  // namespace tandem
