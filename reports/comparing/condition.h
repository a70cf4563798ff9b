// What a gate fails on: "jct.mean > +2 %", "wait.p95 > +30 s", "chat.attainment < 99 %".
//
//   condition = figure, (">" | ">=" | "<" | "<="), [sign], number, [unit]
//
// With a sign the bound is on the change from BASE to HEAD: relative with %, absolute with a unit
// (percentage points: pp). Without one it is on what HEAD comes to.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "reports/comparing/bootstrap.h"
#include "reports/comparing/bound.h"
#include "reports/comparing/named_figure.h"

namespace tandem {

struct Condition {
  enum class Subject : std::uint8_t { kRelative, kAbsolute, kLevel };
  std::string text;    ///< As it was written.
  std::string figure;  ///< Its user_name().
  bool is_above = true;
  bool is_strict = true;  ///< ">" and not ">=".
  Bound bound;
  Position where;  ///< Of the figure's name.
  Position bound_where;

  Subject subject() const;
};

/// Reads one. `where` is where the text begins: messages name the column of what is wrong. Throws
/// InputError.
Condition parse_condition(std::string_view text, const Position& where);

/// Throws InputError unless there is the figure, with the nearest names, and the bound's unit is
/// one of its.
void check_condition(const Condition& condition, std::span<const NamedFigure> figures);

/// What a gate says of one figure. `kFails` only where the whole interval fulfils the condition,
/// and `kPasses` only where none of it does. Without an interval nobody can say that it fails: it
/// is inconclusive if the value fulfils it, and passes otherwise.
enum class GateOutcome : std::uint8_t { kPasses, kInconclusive, kFails };
GateOutcome outcome_of(const Condition& condition, const PairedEstimate& estimate);

/// "passes", "inconclusive", "fails".
std::string_view gate_outcome_name(GateOutcome outcome);

}  // namespace tandem
