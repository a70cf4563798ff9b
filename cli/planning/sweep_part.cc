#include "cli/planning/sweep_part.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string_view>

#include "cli/terminal.h"
#include "policies/core/error.h"
#include "policies/core/fingerprint.h"
#include "reports/atomic_file.h"

namespace tandem {
namespace {

std::vector<WhatIf> those_of(const SweepPart& part, const std::vector<WhatIf>& all) {
  const std::size_t begin = all.size() * (part.place - 1) / part.count;
  const std::size_t end = all.size() * part.place / part.count;
  return {all.begin() + static_cast<std::ptrdiff_t>(begin),
          all.begin() + static_cast<std::ptrdiff_t>(end)};
}

}  // namespace

SweepPart parse_sweep_part(const std::string& text) {
  SweepPart part;
  const char* const end = text.data() + text.size();
  const auto place = std::from_chars(text.data(), end, part.place);
  const bool has_slash = place.ec == std::errc{} && place.ptr != end && *place.ptr == '/';
  const auto count = has_slash ? std::from_chars(place.ptr + 1, end, part.count) : place;
  if (!has_slash || count.ec != std::errc{} || count.ptr != end || part.place < 1 ||
      part.place > part.count) {
    throw InputError(fmt::format("--part: expected K/N with K from 1 to N, found '{}'", text));
  }
  return part;
}

Arguments sweep_arguments(const Arguments& arguments) {
  Arguments result = arguments;
  if (result.planning.cache.empty() && !result.planning.has_no_cache) {
    result.planning.cache = (std::filesystem::path(arguments.output) / "cache").string();
  }
  return result;
}

std::filesystem::path mark_of(const PartSettings& settings, const SweepPart& part,
                              const std::vector<WhatIf>& what_ifs) {
  Fingerprint fingerprint;
  fingerprint.add(settings.scenario_hash);
  for (const WhatIf& what_if : what_ifs) {
    fingerprint.add(fmt::format("\n{}\n{}", what_if.policy, what_if.seed));
    for (const Override& setting : what_if.settings) {
      fingerprint.add(fmt::format("\n{}={}", setting.path, setting.value));
    }
  }
  return settings.folder / "parts" /
         fmt::format("{:016x}-{}-of-{}", fingerprint.value(), part.place, part.count);
}

int simulate_part(const Arguments& arguments, const PartSettings& settings,
                  const std::vector<WhatIf>& what_ifs) {
  const SweepPart part = parse_sweep_part(arguments.planning.part);
  const std::vector<WhatIf> own = those_of(part, what_ifs);
  const auto results = Evaluator(sweep_arguments(arguments)).evaluate(own);
  for (const WhatIfResult& result : results) {
    // What is wrong with a what-if is told in the table; what the machine did may go well again.
    if (result.exit_code != 5 && result.exit_code != 130) continue;
    print_error(result.error);
    return result.exit_code;
  }
  const std::filesystem::path mark = mark_of(settings, part, what_ifs);
  std::filesystem::create_directories(mark.parent_path());
  AtomicFile file(mark);
  file.write(fmt::format("{} simulations\n", own.size()));
  file.commit();
  return 0;
}

}  // namespace tandem
