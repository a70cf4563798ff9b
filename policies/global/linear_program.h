// The one door to the solver of linear programmes, COIN CLP: the rest of the product sees rows,
// columns and a basis to start from, and the solver is always silent and always does the same.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <vector>

namespace tandem {

/// Where a simplex search ended: which columns and rows were basic or at which bound. Good to start
/// the next search from; the numbers are the solver's own.
struct Basis {
  std::vector<std::uint8_t> columns;
  std::vector<std::uint8_t> rows;
};

/// The status of a column at its lower bound and of a slack row: where a search starts without
/// anything to go by.
constexpr std::uint8_t kColumnAtLower = 3;
constexpr std::uint8_t kRowBasic = 1;

/// Maximise `sum of objective * x` with x within the bounds of its column, and each row's sum
/// within the bounds of the row. Columns and rows are numbered from 0 as they are added, all of
/// them before the first maximise(); bounds, coefficients and the objective may change after it,
/// and the next maximise() goes on from there.
///
/// Every programme given must have a finite best; it is a bug of the caller (CHECK) if not.
class LinearProgram {
 public:
  static constexpr double kInfinity = std::numeric_limits<double>::max();

  struct Term {
    int column = 0;
    double coefficient = 0;
  };

  LinearProgram();
  ~LinearProgram();
  LinearProgram(const LinearProgram&) = delete;
  LinearProgram& operator=(const LinearProgram&) = delete;

  /// Columns are 0 or more, and at most `most`.
  int add_column(double objective, double most = kInfinity);
  /// Each column once at most.
  int add_row(double least, double most, std::span<const Term> terms);

  void set_objective(int column, double objective);
  void set_column(int column, double least, double most);
  void set_row(int row, double least, double most);
  void set_coefficient(int row, int column, double coefficient);

  /// Starts the next search from `basis`, of as many columns and rows.
  void start_from(const Basis& basis);
  Basis basis() const;

  void maximise();
  /// Of the last maximise().
  double value(int column) const;
  /// How much the best falls for each unit by which the row's bound is tightened, 0 or more; 0 if
  /// the bound is of no consequence.
  double price(int row) const;
  /// Steps the last maximise() took from vertex to vertex.
  int steps() const;

 private:
  struct Solver;

  void load();

  std::unique_ptr<Solver> solver_;
};

}  // namespace tandem
