#include "reports/conditions/condition.h"

#include <fmt/format.h>

#include <utility>

namespace tandem {
namespace {

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

}  // namespace

Condition::Subject Condition::subject() const {
  if (!bound.has_sign) return Subject::kLevel;
  return bound.kind == Bound::Kind::kPercent ? Subject::kRelative : Subject::kAbsolute;
}

bool Condition::holds(double value) const {
  switch (comparison) {
    case Comparison::kLess: return value < bound.amount;
    case Comparison::kAtMost: return value <= bound.amount;
    case Comparison::kMore: return value > bound.amount;
    case Comparison::kAtLeast: return value >= bound.amount;
  }
  return false;
}

std::string_view comparison_sign(Comparison comparison) {
  constexpr std::string_view kSigns[] = {"<", "<=", ">", ">="};
  return kSigns[static_cast<std::size_t>(comparison)];
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
  const bool is_strict = !rest.substr(1).starts_with('=');
  using enum Comparison;
  condition.comparison =
      rest[0] == '<' ? (is_strict ? kLess : kAtMost) : (is_strict ? kMore : kAtLeast);
  reader.take(is_strict ? 1 : 2);
  condition.bound_where = reader.position();
  condition.bound = parse_bound(without_blanks_behind(reader.rest()), reader.position());
  return condition;
}

const NamedFigure& figure_of(const Condition& condition, std::span<const NamedFigure> figures) {
  const NamedFigure& figure = find_figure(figures, condition.figure, condition.where);
  if (condition.subject() == Condition::Subject::kRelative) return figure;
  const bool is_level = condition.subject() == Condition::Subject::kLevel;
  if (!measures(condition.bound.kind, figure.unit)) {
    const bool lacks_sign = is_level && condition.bound.kind == Bound::Kind::kPercent;
    throw InputError(
        condition.bound_where,
        lacks_sign ? fmt::format("{} is no share; a change carries its sign: '+2 %'", figure.name)
                   : fmt::format("{} cannot be measured in this unit; expected one as in {}",
                                 figure.name, example_bound(figure.unit, is_level)));
  }
  if (is_level && figure.unit == Unit::kFraction && condition.bound.amount > 1) {
    throw InputError(condition.bound_where, "a share is at most 100 %");
  }
  return figure;
}

}  // namespace tandem
