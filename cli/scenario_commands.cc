// tandem init, validate, schema: scenario files before they are simulated.
#include <fmt/format.h>

#include <filesystem>

#include "cli/commands.h"
#include "cli/infeasible.h"
#include "cli/terminal.h"
#include "policies/core/error.h"
#include "reports/atomic_file.h"
#include "workloads/scenario.h"
#include "workloads/traces/names.h"

namespace tandem {
namespace {

std::uint64_t requests_of(const Scenario& scenario) {
  std::uint64_t requests = 0;
  for (const ServiceSettings& service : scenario.services) requests += service.requests(1)->count();
  return requests;
}

std::string services_text(const Scenario& scenario) {
  if (scenario.services.empty()) return {};
  return fmt::format(" and {} to {}", counted(requests_of(scenario), "request"),
                     counted(scenario.services.size(), "service"));
}

}  // namespace

int run_init(const Arguments& arguments) {
  if (arguments.file.empty()) {
    print_output(example_scenario());
    return 0;
  }
  const bool is_file = std::filesystem::is_regular_file(arguments.file);
  if (is_file && !arguments.force) {
    throw InputError({arguments.file, 0, 0}, "exists already; --force replaces it");
  }
  AtomicFile file(arguments.file);
  file.write(example_scenario());
  file.commit();
  if (arguments.json) {
    print_json({{"file", arguments.file}});
  } else {
    print_output(fmt::format("Wrote {0}. Next: tandem simulate {0}\n", arguments.file));
  }
  return 0;
}

int run_validate(const Arguments& arguments) {
  const std::filesystem::path path = arguments.file;
  const Scenario scenario = load_scenario(read_scenario_file(path), path.string(),
                                          path.parent_path(), arguments.overrides);
  const Infeasible infeasible = find_infeasible(scenario, 1);
  if (arguments.json) {
    print_json({{"valid", true},
                {"scenario", scenario.name},
                {"hash", scenario.hash},
                {"nodes", scenario.cluster.nodes().size()},
                {"devices", scenario.cluster.device_count()},
                {"tenants", scenario.tenants.size()},
                {"jobs", infeasible.submitted},
                {"infeasible", infeasible.count},
                {"services", scenario.services.size()},
                {"requests", requests_of(scenario)},
                {"policies", scenario.policies},
                {"warnings", scenario.warnings}});
    return 0;
  }
  print_output(fmt::format("{} is valid: {}{} of {} on {} in {}, {}\n", arguments.file,
                           counted(infeasible.submitted, "job"), services_text(scenario),
                           counted(scenario.tenants.size(), "tenant"),
                           counted(scenario.cluster.device_count(), "device"),
                           counted(scenario.cluster.nodes().size(), "node"),
                           scenario.policies.size() == 1
                               ? "1 policy"
                               : fmt::format("{} policies", scenario.policies.size())));
  std::vector<std::string> notes = scenario.warnings;
  if (infeasible.count > 0) notes.push_back(infeasible.text());
  for (const std::string& note : notes) {
    print_output(wrapped("note: " + note, terminal_width(), 2) + "\n");
  }
  return 0;
}

int run_schema(const Arguments&) {
  print_output(scenario_schema() + "\n");
  return 0;
}

}  // namespace tandem
