// tandem init, validate, schema: scenario files before they are simulated.
#include <fmt/format.h>

#include <filesystem>

#include "cli/commands.h"
#include "cli/terminal.h"
#include "policies/core/error.h"
#include "reports/atomic_file.h"
#include "workloads/scenario.h"

namespace tandem {

int run_init(const Arguments& arguments) {
  if (arguments.file.empty()) {
    fmt::print("{}", example_scenario());
    return 0;
  }
  if (std::filesystem::exists(arguments.file) && !arguments.force) {
    throw InputError({arguments.file, 0, 0}, "exists already; --force replaces it");
  }
  AtomicFile file(arguments.file);
  file.write(example_scenario());
  file.commit();
  if (arguments.json) {
    print_json({{"file", arguments.file}});
  } else {
    fmt::print("Wrote {}. Next: tandem simulate {}\n", arguments.file, arguments.file);
  }
  return 0;
}

int run_validate(const Arguments& arguments) {
  const std::filesystem::path path = arguments.file;
  const Scenario scenario = load_scenario(read_scenario_file(path), path.string(),
                                          path.parent_path(), arguments.overrides);
  const std::uint64_t jobs = scenario.arrivals(1)->count();
  if (arguments.json) {
    print_json({{"valid", true},
                {"scenario", scenario.name},
                {"hash", scenario.hash},
                {"nodes", scenario.cluster.nodes().size()},
                {"devices", scenario.cluster.device_count()},
                {"tenants", scenario.tenants.size()},
                {"jobs", jobs},
                {"policies", scenario.policies},
                {"warnings", scenario.warnings}});
    return 0;
  }
  fmt::print("{} is valid: {} jobs of {} tenants on {} devices in {} nodes, {} policies\n",
             arguments.file, jobs, scenario.tenants.size(), scenario.cluster.device_count(),
             scenario.cluster.nodes().size(), scenario.policies.size());
  for (const std::string& warning : scenario.warnings) {
    fmt::print("{}\n", wrapped("note: " + warning, terminal_width(), 2));
  }
  return 0;
}

int run_schema(const Arguments&) {
  fmt::print("{}\n", scenario_schema());
  return 0;
}

}  // namespace tandem
