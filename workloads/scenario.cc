// A scenario text becomes a Scenario: parsed, overridden, checked against the format, built.
#include "workloads/scenario.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "workloads/format/check.h"
#include "workloads/scenario/build.h"
#include "workloads/scenario/scenario_spec.h"

namespace tandem {
namespace {

/// Says early and in words what a YAML parser would stumble over.
void check_is_text(std::string_view text, const std::string& file) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
  if (std::ranges::all_of(text, is_blank)) {
    throw InputError({file, 0, 0}, "the scenario is empty; `tandem init` writes an example");
  }
  const std::size_t zero = text.find('\0');
  if (zero == std::string_view::npos) return;
  const auto line = 1 + std::ranges::count(text.substr(0, zero), '\n');
  throw InputError({file, static_cast<std::size_t>(line), 0},
                   "this is not a text file: it contains a zero byte");
}

}  // namespace

Scenario load_scenario(std::string_view text, const std::string& file,
                       const std::filesystem::path& folder,
                       const std::vector<Override>& overrides) {
  check_is_text(text, file);
  Document document = parse_document(text, file);
  for (const Override& override : overrides) {
    apply_override(document, override.path, override.value,
                   override.source.empty() ? "--set " + override.path : override.source);
  }
  Problems problems;
  check_form(document, scenario_spec(), problems);
  problems.throw_if_any();

  ScenarioBuild build(document, folder);
  Scenario& scenario = build.scenario;
  scenario.name = document.root.find("name")->text;
  if (const Value* interval = document.root.find("scheduling_interval")) {
    scenario.scheduling_interval = duration_of(*interval);
  }
  build_catalog(build);
  build_cluster(build);
  build_partitions(build);
  build_network(build);
  build_failures(build);
  build_preemption(build);
  if (const Value* tenants = document.root.find("tenants")) {
    build.tenants.declare(*tenants, document, build.problems);
  }
  build_models(build);
  build_qos(build);
  build_jobs(build);
  build_services(build);
  build_limits(build);
  build_changes(build);
  build_policies(build);
  build.problems.throw_if_any();

  tell_step_bands(scenario);
  if (std::string warning = build.tenants.warning(); !warning.empty()) {
    scenario.warnings.push_back(std::move(warning));
  }
  scenario.hash = hash_of(document, build.files);
  const ArrivalRules rules{build.overrun.value_or(Overrun::kRaise), build.sources.dependencies};
  scenario.arrivals = [sources = std::move(build.sources.list), rules](std::uint64_t seed) {
    return merged_arrivals(sources, rules, seed);
  };
  return std::move(build.scenario);
}

}  // namespace tandem
