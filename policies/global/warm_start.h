// Where the last programme of a kind ended, job by job, so that the next one, of nearly the same
// jobs, is solved in a few steps.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "policies/global/job_classes.h"
#include "policies/global/linear_program.h"

namespace tandem {

/// Columns and rows of a programme about classes: first what is shared, then class by class.
struct Layout {
  std::size_t shared_columns = 0;
  std::size_t shared_rows = 0;
  std::size_t class_columns = 0;
  std::size_t class_rows = 0;

  bool operator==(const Layout&) const = default;
  int column(std::size_t one, std::size_t i) const {
    return static_cast<int>(shared_columns + one * class_columns + i);
  }
  int row(std::size_t one, std::size_t i) const {
    return static_cast<int>(shared_rows + one * class_rows + i);
  }
};

/// Remembers a basis by the ids of jobs. A class that is new starts at nothing; one whose jobs have
/// changed class goes on from where the first of them was.
class WarmStart {
 public:
  /// Without effect before the first keep(), or if the layout is another.
  void apply(std::span<const RateRow> rows, std::span<const JobClass> classes, const Layout& layout,
             LinearProgram& programme) const;
  void keep(std::span<const RateRow> rows, std::span<const JobClass> classes, const Layout& layout,
            const LinearProgram& programme);

 private:
  std::vector<std::pair<std::uint32_t, std::size_t>> class_of_;  ///< By id of job, ascending.
  Layout layout_;
  Basis basis_;
};

}  // namespace tandem
