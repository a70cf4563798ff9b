// A scenario text becomes a Scenario: parsed, overridden, checked against the format, built.
#include "workloads/scenario.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "policies/registry.h"
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

/// "fair-share+easy" with settings is "fair-share:half_life=7days+easy".
std::string policy_text(const Value& value) {
  if (value.kind == Value::Kind::kScalar) return value.text;
  const Value& policy = value.items.front();
  const std::size_t order_end = std::min(policy.key.find('+'), policy.key.size());
  std::string settings;
  for (const Value& setting : policy.items) {
    std::string text = setting.text;
    std::erase(text, ' ');
    settings += fmt::format(":{}={}", setting.key, text);
  }
  return policy.key.substr(0, order_end) + settings + policy.key.substr(order_end);
}

}  // namespace

void build_policies(ScenarioBuild& build) {
  auto& policies = build.scenario.policies;
  const Value* list = build.document.root.find("policies");
  if (list == nullptr) {
    policies = {canonical_policy("fifo"), canonical_policy("easy")};
    return;
  }
  for (const Value& value : list->items) {
    if (value.items.size() > 1) {
      build.fail(value, "one entry is one policy: start each with its own '-'");
      continue;
    }
    build.attempt(value, [&] {
      std::string policy = canonical_policy(policy_text(value));
      if (std::ranges::find(policies, policy) != policies.end()) {
        throw InputError(fmt::format("the policy '{}' is listed twice", policy));
      }
      policies.push_back(std::move(policy));
    });
  }
}

Scenario load_scenario(std::string_view text, const std::string& file,
                       const std::filesystem::path& folder,
                       const std::vector<Override>& overrides) {
  check_is_text(text, file);
  Document document = parse_document(text, file);
  for (const Override& override : overrides) {
    apply_override(document, override.path, override.value);
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
  build_cluster(build);
  build_network(build);
  build_failures(build);
  if (const Value* tenants = document.root.find("tenants")) {
    build.tenants.declare(*tenants, document, build.problems);
  }
  build_jobs(build);
  build_changes(build);
  build_policies(build);
  build.problems.throw_if_any();

  if (std::string warning = build.tenants.warning(); !warning.empty()) {
    scenario.warnings.push_back(std::move(warning));
  }
  scenario.hash = hash_of(document, build.files);
  scenario.arrivals = [sources = std::move(build.sources.list)](std::uint64_t seed) {
    return merged_arrivals(sources, seed);
  };
  return std::move(build.scenario);
}

}  // namespace tandem
