// What the user asked of `tandem trace`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "policies/core/units.h"

namespace tandem {

struct TraceArguments {
  std::string format;       ///< Of the trace; empty: told from the file.
  std::uint64_t count = 0;  ///< Jobs or requests to generate; 0: as many as the scenario says.
  std::optional<Duration> until;
  std::uint64_t seed = 1;
};

}  // namespace tandem
