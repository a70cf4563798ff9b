// Policies as scenarios compose them, turned into the texts that the registry reads.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "policies/registry.h"
#include "workloads/scenario/build.h"
#include "workloads/scenario/scenario_spec.h"

namespace tandem {
namespace {

/// ":half_life=7days:damping=2" for a map of settings.
std::string settings_text(const Value& settings) {
  std::string result;
  for (const Value& setting : settings.items) {
    std::string text = setting.text;
    std::erase(text, ' ');
    result += fmt::format(":{}={}", setting.key, text);
  }
  return result;
}

/// "las:quantum=1h" for a name, or for a map from a name to settings.
std::string part_text(const Value& part) {
  if (part.kind == Value::Kind::kScalar) return part.text;
  if (part.items.size() > 1) throw InputError(fmt::format("{}: name one part", part.key));
  return part.items.front().key + settings_text(part.items.front());
}

/// "+preempt:by=order" for true or settings, nothing for false.
std::string switch_text(const Value* part, std::string_view name) {
  if (part == nullptr || (part->kind == Value::Kind::kScalar && !bool_of(*part))) return {};
  return fmt::format("+{}{}", name, settings_text(*part));
}

std::string composed_text(const Value& policy) {
  std::string text = part_text(*policy.find("order"));
  for (const char* key : {"backfill", "placement"}) {
    if (const Value* part = policy.find(key)) text += "+" + part_text(*part);
  }
  for (const char* key : {"preempt", "elastic"}) text += switch_text(policy.find(key), key);
  return text;
}

/// "fair-share+easy" with settings is "fair-share:half_life=7days+easy".
std::string policy_text(const Value& value) {
  if (value.kind == Value::Kind::kScalar) return value.text;
  if (value.has("order")) return composed_text(value);
  if (value.items.size() > 1) {
    throw InputError("one entry is one policy: start each with its own '-'");
  }
  const Value& policy = value.items.front();
  const std::size_t order_end = std::min(policy.key.find('+'), policy.key.size());
  return policy.key.substr(0, order_end) + settings_text(policy) + policy.key.substr(order_end);
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
    build.attempt(value, [&] {
      std::string policy = canonical_policy(policy_text(value));
      if (std::ranges::find(policies, policy) != policies.end()) {
        throw InputError(fmt::format("the policy '{}' is listed twice", policy));
      }
      policies.push_back(std::move(policy));
    });
  }
}

SpecPointer policies_spec() {
  const auto settings = map(ScalarKind::kName, choice({scalar(ScalarKind::kText)}));
  const auto part = choice({scalar(ScalarKind::kName), map(ScalarKind::kName, settings, 1)});
  const auto may_have = choice({scalar(ScalarKind::kBool), settings});
  const auto composed = object_if(
      "order", {required("order", part, "Who goes first: a name, or { NAME: { SETTING: VALUE } }."),
                optional("backfill", part, "Who may overtake.", "none"),
                optional("placement", part, "Which devices a gang gets.", "packed"),
                optional("preempt", may_have,
                         "Whether gangs are stopped for others, and its settings.", "false"),
                optional("elastic", may_have,
                         "Whether elastic gangs grow and shrink, and its settings.", "false")});
  return list(choice({expecting("a policy such as 'easy', or { fair-share: { half_life: 7 days } }",
                                scalar(ScalarKind::kText)),
                      composed, map(ScalarKind::kName, settings, 1)}),
              1);
}

}  // namespace tandem
