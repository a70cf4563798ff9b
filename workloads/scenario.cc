// A scenario text becomes a Scenario: parsed, overridden, checked against the format, built.
#include "workloads/scenario.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
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

/// The document as it is after the overrides for which `applies` holds. Throws if its form is
/// wrong.
template <class Applies>
Document checked_document(std::string_view text, const std::string& file,
                          const std::vector<Override>& overrides, Applies applies) {
  check_is_text(text, file);
  Document document = parse_document(text, file);
  for (const Override& override : overrides) {
    if (!applies(override)) continue;
    apply_override(document, override.path, override.value,
                   override.source.empty() ? "--set " + override.path : override.source);
  }
  Problems problems;
  check_form(document, scenario_spec(), problems);
  problems.throw_if_any();
  return document;
}

bool every_one(const Override&) { return true; }

/// The cluster that a `load` is about, if it is not the scenario's own.
struct LoadCluster {
  Cluster cluster;
  std::string text;  ///< Tells it from others.
};

std::optional<LoadCluster> load_cluster_of(std::string_view text, const std::string& file,
                                           const std::filesystem::path& folder,
                                           const std::vector<Override>& overrides) {
  if (std::ranges::none_of(overrides, &Override::keeps_load)) return std::nullopt;
  const Document document =
      checked_document(text, file, overrides, [](const Override& o) { return !o.keeps_load; });
  ScenarioBuild build(document, folder);
  build_catalog(build);
  build_cluster(build);
  build.problems.throw_if_any();
  return LoadCluster{std::move(build.scenario.cluster),
                     canonical_text(*document.root.find("cluster"))};
}

void build_workload_settings(ScenarioBuild& build) {
  const Value& workload = *build.document.root.find("workload");
  if (const Value* rate = workload.find("rate"))
    build.rate = build.scenario.rate = factor_of(*rate);
  if (const Value* shake = workload.find("shake")) build.shake = number_of(*shake);
}

}  // namespace

Scenario load_cluster(std::string_view text, const std::string& file,
                      const std::filesystem::path& folder, const std::vector<Override>& overrides) {
  const Document document = checked_document(text, file, overrides, every_one);
  ScenarioBuild build(document, folder);
  build.scenario.name = document.root.find("name")->text;
  build_catalog(build);
  build_cluster(build);
  build.problems.throw_if_any();
  return std::move(build.scenario);
}

Scenario load_scenario(std::string_view text, const std::string& file,
                       const std::filesystem::path& folder,
                       const std::vector<Override>& overrides) {
  const Document document = checked_document(text, file, overrides, every_one);
  const auto loaded = load_cluster_of(text, file, folder, overrides);
  ScenarioBuild build(document, folder);
  if (loaded) build.load_cluster = &loaded->cluster;
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
  build_workload_settings(build);
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
  scenario.hash = hash_of(document, build.files, loaded ? loaded->text : std::string());
  const ArrivalRules rules{build.overrun.value_or(Overrun::kRaise), build.sources.dependencies};
  scenario.arrivals = [sources = std::move(build.sources.list), rules](std::uint64_t seed) {
    return merged_arrivals(sources, rules, seed);
  };
  return std::move(build.scenario);
}

}  // namespace tandem
