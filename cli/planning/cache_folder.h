// Where finished simulations are kept, as the command line says.
#pragma once

#include <optional>

#include "cli/arguments.h"
#include "reports/planning/result_cache.h"

namespace tandem {

/// The cache that the command line names; nothing with --no-cache, or where there is no home.
std::optional<ResultCache> cache_of(const Arguments& arguments);

}  // namespace tandem
