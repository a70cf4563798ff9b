// The table that `tandem simulate` prints: the answer first, then policies side by side.
#pragma once

#include <cstddef>
#include <string>

#include "reports/result_json.h"

namespace tandem {

/// Whoever prints knows the terminal, and whether NO_COLOR is set.
struct TableStyle {
  std::size_t width = 80;
  bool color = false;
};

/// Rows are figures, columns policies, in as many blocks as the width asks for. The best value of a
/// row is marked, with those that are not separated from it; where that is all of them, none is.
std::string result_table(const ResultDocument& document, TableStyle style = {});

}  // namespace tandem
