// What one replica of a service is to serve, and how: written by the controller, read by its
// worker. No LibTorch here.
#pragma once

#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "policies/batch/engine.h"
#include "policies/core/tenant.h"
#include "workloads/catalog/architecture.h"
#include "workloads/deployment.h"

namespace tandem {

struct ServingSpec {
  Architecture model;
  Deployment deployment;
  EngineSettings engine;
  std::string batch_policy;  ///< As policies/batch/batch_registry.h reads it.
  Tenants tenants;           ///< Whose ids requests name.
  /// By when a first token is due, for orders by deadline.
  Duration first_token_limit = Duration::max();
  std::vector<std::uint32_t> end_tokens;  ///< Each ends an answer.
  std::string front;                      ///< Where replicas meet their front, for ZeroMQ.
  /// Names the beginnings of prompts, for front and replicas alike; secret, and of one run.
  std::array<std::uint64_t, 2> prefix_key{};
  bool tells_prefixes = false;  ///< The front wants to know what is in the cache.
};

nlohmann::json to_json(const ServingSpec& spec);
/// Throws InputError that names what is missing or wrong.
ServingSpec serving_spec_of(const nlohmann::json& json);

/// Why it cannot be served (a mixture of experts …), in words for the user; empty if it can.
std::string why_not_servable(const Architecture& model);

}  // namespace tandem
