// An amount that people compare figures with: "+2 %", "-30 s", "800 ms", "0.5 pp".
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "policies/core/error.h"
#include "reports/metric.h"

namespace tandem {

/// As it was written. What it means depends on the figure, and on what it is part of.
struct Bound {
  enum class Kind : std::uint8_t {
    kPlain,    ///< No unit.
    kPercent,  ///< Of a base; or, of a figure that is itself a share, that share.
    kPoints,   ///< Percentage points: only of shares.
    kSeconds,
    kMoney,
    kKilowattHours,
    kKilograms,
  };
  double amount = 0;  ///< In base units; 2 % is 0.02.
  Kind kind = Kind::kPlain;
  bool has_sign = false;
};

/// Reads all of `text`, which stands at `where`. Throws InputError at the column of what is wrong.
Bound parse_bound(std::string_view text, const Position& where);

/// Whether a figure of this unit can be measured so in absolute terms.
bool measures(Bound::Kind kind, Unit unit);

/// Examples of what does: "'30 s' or '5 min'". A share comes to '80 %' and changes by '2 pp'.
std::string_view example_bound(Unit unit, bool is_level);

}  // namespace tandem
