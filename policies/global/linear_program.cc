#include "policies/global/linear_program.h"

#include <ClpFactorization.hpp>
#include <ClpSimplex.hpp>
#include <algorithm>
#include <cmath>

#include "policies/core/check.h"

namespace tandem {

/// The programme as it is put together, and CLP's own copy once it has been loaded. CLP minimises:
/// it is given the objective with its sign turned.
struct LinearProgram::Solver {
  ClpSimplex clp;
  bool loaded = false;
  bool searched = false;
  std::vector<double> cost, column_most;
  std::vector<double> row_least, row_most;
  std::vector<CoinBigIndex> row_starts{0};
  std::vector<int> term_columns;
  std::vector<double> term_coefficients;
};

LinearProgram::LinearProgram() : solver_(std::make_unique<Solver>()) {
  ClpSimplex& clp = solver_->clp;
  clp.setLogLevel(0);
  clp.setOptimizationDirection(1);
  clp.setPerturbation(100);  // Off: the answer is the exact vertex of the programme as given.
  // Never LAPACK, whose last bits depend on the variant that a machine has installed.
  clp.factorization()->setDenseThreshold(0);
}

LinearProgram::~LinearProgram() = default;

int LinearProgram::add_column(double objective, double most) {
  CHECK(!solver_->loaded, "a column for a programme already solved");
  solver_->cost.push_back(-objective);
  solver_->column_most.push_back(most);
  return static_cast<int>(solver_->cost.size()) - 1;
}

int LinearProgram::add_row(double least, double most, std::span<const Term> terms) {
  CHECK(!solver_->loaded, "a row for a programme already solved");
  for (const Term& term : terms) {
    solver_->term_columns.push_back(term.column);
    solver_->term_coefficients.push_back(term.coefficient);
  }
  solver_->row_starts.push_back(static_cast<CoinBigIndex>(solver_->term_columns.size()));
  solver_->row_least.push_back(least);
  solver_->row_most.push_back(most);
  return static_cast<int>(solver_->row_least.size()) - 1;
}

void LinearProgram::load() {
  if (solver_->loaded) return;
  Solver& s = *solver_;
  CoinPackedMatrix matrix(
      false, static_cast<int>(s.cost.size()), static_cast<int>(s.row_least.size()),
      static_cast<CoinBigIndex>(s.term_columns.size()), s.term_coefficients.data(),
      s.term_columns.data(), s.row_starts.data(), nullptr);
  s.clp.loadProblem(matrix, nullptr, s.column_most.data(), s.cost.data(), s.row_least.data(),
                    s.row_most.data());
  s.clp.createStatus();
  s.loaded = true;
}

void LinearProgram::set_objective(int column, double objective) {
  load();
  solver_->clp.setObjectiveCoefficient(column, -objective);
}

void LinearProgram::set_column(int column, double least, double most) {
  load();
  solver_->clp.setColumnBounds(column, least, most);
}

void LinearProgram::set_row(int row, double least, double most) {
  load();
  solver_->clp.setRowBounds(row, least, most);
}

void LinearProgram::set_coefficient(int row, int column, double coefficient) {
  load();
  solver_->clp.modifyCoefficient(row, column, coefficient);
}

void LinearProgram::start_from(const Basis& basis) {
  load();
  ClpSimplex& clp = solver_->clp;
  CHECK(std::ssize(basis.columns) == clp.numberColumns(), "a basis of {} columns for {}",
        basis.columns.size(), clp.numberColumns());
  CHECK(std::ssize(basis.rows) == clp.numberRows(), "a basis of {} rows for {}", basis.rows.size(),
        clp.numberRows());
  std::ranges::copy(basis.columns, clp.statusArray());
  std::ranges::copy(basis.rows, clp.statusArray() + basis.columns.size());
}

Basis LinearProgram::basis() const {
  const ClpSimplex& clp = solver_->clp;
  Basis basis;
  for (int i = 0; i < clp.numberColumns(); ++i) {
    basis.columns.push_back(static_cast<std::uint8_t>(clp.getColumnStatus(i)));
  }
  for (int i = 0; i < clp.numberRows(); ++i) {
    basis.rows.push_back(static_cast<std::uint8_t>(clp.getRowStatus(i)));
  }
  return basis;
}

void LinearProgram::maximise() {
  load();
  ClpSimplex& clp = solver_->clp;
  // A first search repairs what has changed since the basis was good; later ones, of stages, start
  // from a point that still keeps every row.
  if (solver_->searched)
    clp.primal();
  else
    clp.dual();
  solver_->searched = true;
  if (clp.status() != 0) {
    clp.allSlackBasis(true);
    clp.primal();
  }
  CHECK(clp.status() == 0, "the linear programme ended with CLP status {}", clp.status());
}

double LinearProgram::value(int column) const {
  return solver_->clp.primalColumnSolution()[column];
}

double LinearProgram::price(int row) const { return std::abs(solver_->clp.dualRowSolution()[row]); }

int LinearProgram::steps() const { return solver_->clp.numberIterations(); }

}  // namespace tandem
