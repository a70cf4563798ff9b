// What somebody says of a figure: "wait.p95 < 30 min", "jct.mean > +2 %", "chat.attainment < 99 %".
//
//   condition = figure, (">" | ">=" | "<" | "<="), [sign], number, [unit]
//
// With a sign the bound is on the change from BASE to HEAD: relative with %, absolute with a unit
// (percentage points: pp). Without one it is on what a run comes to.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "reports/conditions/bound.h"
#include "reports/conditions/named_figure.h"

namespace tandem {

enum class Comparison : std::uint8_t { kLess, kAtMost, kMore, kAtLeast };

/// "<", "<=", ">", ">=".
std::string_view comparison_sign(Comparison comparison);

struct Condition {
  enum class Subject : std::uint8_t { kRelative, kAbsolute, kLevel };
  std::string text;    ///< As it was written.
  std::string figure;  ///< Its user_name().
  Comparison comparison = Comparison::kLess;
  Bound bound;
  Position where;  ///< Of the figure's name.
  Position bound_where;

  Subject subject() const;
  bool is_above() const {
    return comparison == Comparison::kMore || comparison == Comparison::kAtLeast;
  }
  /// Whether it holds for a value in the bound's base unit.
  bool holds(double value) const;
};

/// Reads one. `where` is where the text begins: messages name the column of what is wrong. Throws
/// InputError.
Condition parse_condition(std::string_view text, const Position& where);

/// The figure that it is about. Throws InputError unless there is one, with the nearest names, and
/// the bound's unit is one of its.
const NamedFigure& figure_of(const Condition& condition, std::span<const NamedFigure> figures);

}  // namespace tandem
