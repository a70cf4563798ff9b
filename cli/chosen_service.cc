#include "cli/chosen_service.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "policies/core/error.h"
#include "policies/core/nearest.h"

namespace tandem {

std::size_t chosen_service(const Scenario& scenario, const Arguments& arguments) {
  std::vector<std::string> names;
  for (const ServiceSettings& service : scenario.services) names.push_back(service.name);
  if (names.empty()) throw InputError({arguments.file, 0, 0}, "there is no service");
  if (arguments.service.empty() && names.size() > 1) {
    throw InputError(
        fmt::format("name the service with --service: one of {}", fmt::join(names, ", ")));
  }
  const auto found =
      arguments.service.empty() ? names.begin() : std::ranges::find(names, arguments.service);
  if (found == names.end()) {
    throw InputError(fmt::format("unknown service '{}'{}", arguments.service,
                                 suggestion(arguments.service, names)));
  }
  return static_cast<std::size_t>(found - names.begin());
}

}  // namespace tandem
