#include "executor/spec/serving_spec.h"

#include <fmt/format.h>

#include "executor/spec/family.h"
#include "executor/spec/json_forms.h"
#include "policies/core/error.h"

namespace tandem {

NLOHMANN_JSON_SERIALIZE_ENUM(ServedTokens, {{ServedTokens::kBytes, "bytes"},
                                            {ServedTokens::kGpt2, "gpt2"},
                                            {ServedTokens::kFolder, "folder"}})
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Deployment, weights, seed, precision, tokens, vocabulary, chat)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(EngineSettings, kv_blocks, block_tokens, batch_tokens,
                                   max_sequences, watermark_blocks, chunked_prefill, prefix_caching,
                                   hash_tokens, swap_blocks, tenants)

namespace {

using nlohmann::json;

/// What an engine's orders look at: names, places in the tree, shares.
json to_json(const Tenants& tenants) {
  json all = json::array();
  for (const Tenant& tenant : tenants.all()) {
    json one = {{"name", tenant.name}, {"shares", tenant.shares}};
    if (tenant.parent) one["parent"] = tenant.parent->value;
    all.push_back(std::move(one));
  }
  return all;
}

Tenants tenants_of(const json& all) {
  Tenants tenants;
  for (const json& one : all) {
    std::optional<TenantId> parent;
    if (one.contains("parent")) {
      parent = TenantId{one.at("parent").get<std::uint32_t>()};
      if (parent->value >= tenants.size()) throw InputError("a tenant's parent comes after it");
    }
    tenants.add(one.at("name").get<std::string>(), parent, one.at("shares").get<double>());
  }
  return tenants;
}

}  // namespace

json to_json(const ServingSpec& spec) {
  return {{"model", spec.model},
          {"deployment", spec.deployment},
          {"engine", spec.engine},
          {"batch_policy", spec.batch_policy},
          {"tenants", to_json(spec.tenants)},
          {"first_token_limit_ns", spec.first_token_limit.count()},
          {"end_tokens", spec.end_tokens},
          {"front", spec.front},
          {"prefix_key", spec.prefix_key},
          {"tells_prefixes", spec.tells_prefixes}};
}

ServingSpec serving_spec_of(const json& from) {
  try {
    ServingSpec spec;
    from.at("model").get_to(spec.model);
    from.at("deployment").get_to(spec.deployment);
    from.at("engine").get_to(spec.engine);
    from.at("batch_policy").get_to(spec.batch_policy);
    spec.tenants = tenants_of(from.at("tenants"));
    spec.first_token_limit = Duration{from.at("first_token_limit_ns").get<std::int64_t>()};
    from.at("front").get_to(spec.front);
    from.at("end_tokens").get_to(spec.end_tokens);
    from.at("prefix_key").get_to(spec.prefix_key);
    from.at("tells_prefixes").get_to(spec.tells_prefixes);
    return spec;
  } catch (const json::exception& error) {
    throw InputError(fmt::format("the description of a replica is damaged: {}", error.what()));
  }
}

std::string why_not_servable(const Architecture& model) {
  if (model.is_mixture()) {
    return fmt::format("{}: mixtures of experts are not served yet", model.name);
  }
  if (model.qk_norm) {
    return fmt::format("{}: norms over heads of queries and keys are not served yet", model.name);
  }
  if (!family_of(model)) {
    return fmt::format("{}: models of the forms of GPT-2 and LLaMA are served", model.name);
  }
  return {};
}

}  // namespace tandem
