#include "reports/comparing/condition.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <vector>

#include "policies/core/nearest.h"

namespace tandem {
namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();

bool is_blank(char c) { return c == ' ' || c == '\t'; }

/// Walks over the text of a condition and knows the column it is at.
class Reader {
 public:
  Reader(std::string_view text, Position where) : text_(text), where_(std::move(where)) {
    skip_blanks();
  }

  std::string_view rest() const { return text_.substr(at_); }
  Position position() const {
    Position here = where_;
    if (here.column > 0) here.column += at_;
    return here;
  }
  std::string_view take(std::size_t count) {
    const std::string_view taken = text_.substr(at_, count);
    at_ += taken.size();
    skip_blanks();
    return taken;
  }

 private:
  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }

  std::string_view text_;
  Position where_;
  std::size_t at_ = 0;
};

std::string_view without_blanks_behind(std::string_view text) {
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

/// What the condition looks at, and the value that stands for it.
struct Looked {
  double value = 0;
  std::optional<Interval> interval;
};

Looked looked_at(const Condition& condition, const PairedEstimate& estimate) {
  const Sides& value = estimate.value;
  switch (condition.subject()) {
    case Condition::Subject::kLevel: return {value.head, estimate.head};
    case Condition::Subject::kAbsolute: return {value.difference(), estimate.difference};
    case Condition::Subject::kRelative: break;
  }
  if (value.base != 0 || value.head == 0) return {value.relative(), estimate.relative};
  // Something against nothing: infinitely more, as far as it is known to be more at all.
  const auto scaled = [](double difference) {
    return difference == 0 ? 0 : difference * kInfinite;
  };
  Looked looked{scaled(value.difference()), std::nullopt};
  if (estimate.difference) {
    looked.interval = Interval{scaled(estimate.difference->low), scaled(estimate.difference->high)};
  }
  return looked;
}

bool holds(const Condition& condition, double value) {
  const double bound = condition.bound.amount;
  if (condition.is_above) return condition.is_strict ? value > bound : value >= bound;
  return condition.is_strict ? value < bound : value <= bound;
}

}  // namespace

Condition::Subject Condition::subject() const {
  if (!bound.has_sign) return Subject::kLevel;
  return bound.kind == Bound::Kind::kPercent ? Subject::kRelative : Subject::kAbsolute;
}

Condition parse_condition(std::string_view text, const Position& where) {
  Condition condition;
  condition.text = text;
  Reader reader(text, where);
  condition.where = reader.position();
  const std::string_view name =
      without_blanks_behind(reader.rest().substr(0, reader.rest().find_first_of("<>=")));
  if (name.empty()) {
    throw InputError(reader.position(),
                     "expected a condition such as 'jct.mean > +2 %', which names a figure first");
  }
  condition.figure = user_name(reader.take(name.size()));
  const Position compares_at = reader.position();
  const std::string_view rest = reader.rest();
  if (!rest.starts_with('<') && !rest.starts_with('>')) {
    throw InputError(compares_at, fmt::format("expected >, >=, < or <= behind '{}', found '{}'",
                                              name, rest.substr(0, 1)));
  }
  condition.is_above = rest[0] == '>';
  condition.is_strict = !rest.substr(1).starts_with('=');
  reader.take(condition.is_strict ? 1 : 2);
  condition.bound_where = reader.position();
  condition.bound = parse_bound(without_blanks_behind(reader.rest()), reader.position());
  return condition;
}

void check_condition(const Condition& condition, std::span<const NamedFigure> figures) {
  const auto figure = std::ranges::find(figures, condition.figure, &NamedFigure::name);
  if (figure == figures.end()) {
    std::vector<std::string> names;
    for (const NamedFigure& known : figures) names.push_back(known.name);
    throw InputError(condition.where, fmt::format("unknown figure '{}'{}", condition.figure,
                                                  suggestion_of_many(condition.figure, names)));
  }
  if (condition.subject() == Condition::Subject::kRelative) return;
  if (measures(condition.bound.kind, figure->unit)) return;
  const bool is_level = condition.subject() == Condition::Subject::kLevel;
  const bool lacks_sign = is_level && condition.bound.kind == Bound::Kind::kPercent;
  throw InputError(
      condition.bound_where,
      lacks_sign ? fmt::format("{} is no share; a change carries its sign: '+2 %'", figure->name)
                 : fmt::format("{} cannot be measured in this unit; expected one as in {}",
                               figure->name, example_bound(figure->unit)));
}

GateOutcome outcome_of(const Condition& condition, const PairedEstimate& estimate) {
  const Looked looked = looked_at(condition, estimate);
  if (!looked.interval) {
    return holds(condition, looked.value) ? GateOutcome::kInconclusive : GateOutcome::kPasses;
  }
  const bool low = holds(condition, looked.interval->low);
  const bool high = holds(condition, looked.interval->high);
  if (low && high) return GateOutcome::kFails;
  return low || high ? GateOutcome::kInconclusive : GateOutcome::kPasses;
}

std::string_view gate_outcome_name(GateOutcome outcome) {
  switch (outcome) {
    case GateOutcome::kPasses: return "passes";
    case GateOutcome::kInconclusive: return "inconclusive";
    case GateOutcome::kFails: return "fails";
  }
  return "";
}

}  // namespace tandem
