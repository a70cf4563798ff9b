#include "cli/planning/cache_folder.h"

namespace tandem {

std::optional<ResultCache> cache_of(const Arguments& arguments) {
  const PlanningArguments& planning = arguments.planning;
  if (planning.has_no_cache) return std::nullopt;
  if (!planning.cache.empty()) return ResultCache(planning.cache);
  const auto folder = default_cache_folder();
  return folder ? std::optional(ResultCache(*folder)) : std::nullopt;
}

}  // namespace tandem
