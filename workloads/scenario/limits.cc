// How many jobs of a kind there may be, and what preempting costs.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "workloads/scenario/build.h"
#include "workloads/scenario/machine.h"

namespace tandem {
namespace {

std::optional<std::uint32_t> count_of(const Value* value) {
  if (value == nullptr) return std::nullopt;
  return static_cast<std::uint32_t>(integer_of(*value));
}

void add_limit(const Value& value, ScenarioBuild& build) {
  Limit limit;
  std::vector<std::string> parts;
  if (const Value* tenant = value.find("tenant")) {
    build.attempt(*tenant, [&] { limit.tenant = build.tenants.account(tenant->text); });
    parts.push_back("tenant " + tenant->text);
  }
  if (const Value* text = value.find("kind")) {
    for (const JobKind kind : kJobKinds) {
      if (name_of(kind) == text->text) limit.kind = kind;
    }
    parts.push_back("kind " + text->text);
  }
  if (const Value* model = value.find("model")) {
    limit.model = model_named(model->text, build.document.position(*model), build);
    parts.push_back("model " + model->text);
  }
  limit.name = parts.empty() ? "the workload" : fmt::format("{}", fmt::join(parts, ", "));
  limit.running = count_of(value.find("running"));
  limit.submitted = count_of(value.find("submitted"));
  if (!limit.running && !limit.submitted) {
    build.fail(value, "a limit needs 'running' or 'submitted': how many jobs there may be");
  }
  build.scenario.limits.push_back(std::move(limit));
}

GangCosts measured_costs(const Measured& measured, bool saves) {
  const Duration save = saves ? measured.save : Duration::zero();
  return {measured.start, measured.load, measured.stop + save};
}

}  // namespace

void build_limits(ScenarioBuild& build) {
  const Value* limits = build.document.root.find("limits");
  if (limits == nullptr) return;
  for (const Value& limit : limits->items) add_limit(limit, build);
}

void build_preemption(ScenarioBuild& build) {
  const Value* value = build.document.root.find("cluster")->find("preemption");
  const auto stated = [&](const char* key) {
    return value != nullptr ? value->find(key) : nullptr;
  };
  Scenario& scenario = build.scenario;
  if (const Value* save = stated("save")) scenario.preemption.save = bool_of(*save);
  for (std::uint32_t type = 0; type < scenario.cluster.types().size(); ++type) {
    GangCosts& costs = scenario.preemption.costs.emplace_back();
    const DeviceType* known = known_type({type}, build);
    if (known != nullptr && known->measured) {
      costs = measured_costs(*known->measured, scenario.preemption.save);
    }
    if (const Value* start = stated("start")) costs.start = duration_of(*start);
    if (const Value* restart = stated("restart")) costs.restart = duration_of(*restart);
    if (const Value* stop = stated("stop")) costs.stop = duration_of(*stop);
  }
  if (!scenario.preemption.save && !scenario.failures.has_checkpoints()) {
    scenario.warnings.emplace_back(
        "gangs lose all they have done when they are preempted (cluster.preemption: save: false, "
        "and no checkpoint_interval): some policies may then stop each other's gangs for ever");
  }
}

}  // namespace tandem
