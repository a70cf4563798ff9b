#include "reports/conditions/bound.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "policies/core/nearest.h"
#include "policies/core/quantity_text.h"

namespace tandem {
namespace {

using Kind = Bound::Kind;

struct UnitWord {
  std::string_view word;
  Kind kind;
  double size;
};

constexpr UnitWord kWords[] = {{"", Kind::kPlain, 1},
                               {"%", Kind::kPercent, 0.01},
                               {"pp", Kind::kPoints, 0.01},
                               {"USD", Kind::kMoney, 1},
                               {"kWh", Kind::kKilowattHours, 1},
                               {"MWh", Kind::kKilowattHours, 1e3},
                               {"GWh", Kind::kKilowattHours, 1e6},
                               {"g", Kind::kKilograms, 1e-3},
                               {"kg", Kind::kKilograms, 1},
                               {"t", Kind::kKilograms, 1e3}};

Position moved(Position where, std::size_t columns) {
  if (where.column > 0) where.column += columns;
  return where;
}

std::optional<Bound> of_word(double number, std::string_view unit) {
  for (const UnitWord& word : kWords) {
    if (word.word == unit) return Bound{number * word.size, word.kind};
  }
  const auto one = parse_duration(fmt::format("1 {}", unit));
  if (!one) return std::nullopt;
  return Bound{number * to_seconds(*one), Kind::kSeconds};
}

}  // namespace

Bound parse_bound(std::string_view text, const Position& where) {
  const bool has_sign = text.starts_with('+') || text.starts_with('-');
  const bool is_negative = text.starts_with('-');
  const std::string_view rest = text.substr(has_sign ? 1 : 0);
  const bool begins = !rest.empty() && ((rest[0] >= '0' && rest[0] <= '9') || rest[0] == '.');
  const auto split = begins ? split_unit(rest) : std::nullopt;
  if (!split) {
    throw InputError(moved(where, has_sign ? 1 : 0),
                     fmt::format("expected a number with a unit, such as '+2 %' or '+30 s', found "
                                 "'{}'",
                                 text));
  }
  auto bound = of_word(split->number, split->unit);
  if (!bound) {
    std::vector<std::string> known = {"s", "min", "h", "days", "ms"};
    for (const UnitWord& word : kWords) {
      if (!word.word.empty()) known.emplace_back(word.word);
    }
    throw InputError(
        moved(where, text.size() - split->unit.size()),
        fmt::format("unknown unit '{}'{}", split->unit, suggestion(split->unit, known)));
  }
  if (!std::isfinite(bound->amount)) throw InputError(where, "the amount is too large");
  bound->has_sign = has_sign;
  if (is_negative) bound->amount = -bound->amount;
  return *bound;
}

bool measures(Kind kind, Unit unit) {
  switch (unit) {
    case Unit::kSeconds: return kind == Kind::kSeconds;
    case Unit::kFraction: return kind == Kind::kPoints || kind == Kind::kPercent;
    case Unit::kPlain:
    case Unit::kCount: return kind == Kind::kPlain;
    case Unit::kDeviceHours: return kind == Kind::kPlain;
    case Unit::kMoney: return kind == Kind::kMoney || kind == Kind::kPlain;
    case Unit::kKilowattHours: return kind == Kind::kKilowattHours;
    case Unit::kKilograms: return kind == Kind::kKilograms;
  }
  return false;
}

std::string_view example_bound(Unit unit, bool is_level) {
  switch (unit) {
    case Unit::kSeconds: return "'30 s' or '5 min'";
    case Unit::kFraction: return is_level ? "'80 %'" : "'2 pp' (percentage points)";
    case Unit::kPlain:
    case Unit::kDeviceHours: return "'0.5'";
    case Unit::kCount: return "'3'";
    case Unit::kMoney: return "'1000 USD'";
    case Unit::kKilowattHours: return "'50 kWh'";
    case Unit::kKilograms: return "'20 kg'";
  }
  return "";
}

}  // namespace tandem
