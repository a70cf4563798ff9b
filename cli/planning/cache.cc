// tandem cache: what finished simulations are kept, and how to be rid of them.
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/planning/cache_folder.h"
#include "cli/terminal.h"
#include "policies/core/error.h"

namespace tandem {
namespace {

std::string size_text(const CacheSize& size) {
  return fmt::format("{} simulations, {:.1f} MB", size.simulations,
                     static_cast<double>(size.bytes) / 1e6);
}

}  // namespace

int run_cache(const Arguments& arguments) {
  const auto cache = cache_of(arguments);
  if (!cache) throw InputError("there is no HOME, and no --cache: nothing is kept");
  const bool clears = arguments.planning.cache_action == "clear";
  const CacheSize size = clears ? cache->shrink(0) : cache->size();
  if (arguments.json) {
    print_json({{"folder", cache->folder().string()},
                {"simulations", size.simulations},
                {"bytes", size.bytes},
                {"cleared", clears}});
  } else {
    print_output(fmt::format("{}: {}{}.\n", cache->folder().string(), clears ? "removed " : "",
                             size_text(size)));
  }
  return 0;
}

}  // namespace tandem
