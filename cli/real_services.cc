#include "cli/real_services.h"

#include <fmt/format.h>

#include <ctime>

#include "executor/data/tokenizer.h"
#include "policies/core/error.h"

namespace tandem {
namespace {

/// What stands in the way of really serving it, in words for the user; empty: nothing.
std::string obstacle_of(const ServiceSettings& service) {
  if (const std::string why = why_not_servable(*service.model); !why.empty()) return why;
  if (service.prefill) return "prefill apart is simulated only";
  if (service.pool.demand.devices != 1) return "parallel: a replica is served by one device yet";
  return {};
}

std::shared_ptr<const Tokenizer> tokenizer_of(const Deployment& deployment) {
  switch (deployment.tokens) {
    case ServedTokens::kBytes: return byte_tokenizer();
    case ServedTokens::kGpt2: return gpt2_tokenizer(deployment.vocabulary);
    case ServedTokens::kFolder: break;
  }
  throw InputError("deployment: tokens of a folder cannot be read yet");
}

RealService real_service(const ServiceSettings& service, const Tenants& tenants,
                         const RunFolder& folder) {
  if (const std::string why = obstacle_of(service); !why.empty()) {
    throw InputError(fmt::format("service {} cannot be run: {}", service.name, why));
  }
  RealService real;
  real.spec.model = *service.model;
  real.spec.deployment = service.deployment;
  real.spec.engine = service.engine;
  // Prefixes are found by their tokens, whatever a trace knows of them.
  if (service.engine.prefix_caching) real.spec.engine.hash_tokens = service.engine.block_tokens;
  real.spec.engine.kv_blocks = service.pool.on.begin()->second.kv_blocks;
  real.spec.batch_policy = service.batch_policy;
  real.spec.tenants = tenants;
  real.spec.first_token_limit = service.first_token_limit();
  real.spec.front = folder.replica_endpoint();
  real.model.name = service.name;
  real.model.tokenizer = tokenizer_of(service.deployment);
  real.model.context = service.context;
  real.model.chat_template = service.deployment.chat;
  real.model.created = static_cast<std::int64_t>(std::time(nullptr));
  real.spec.end_token = real.model.tokenizer->end_of_text();
  if (real.model.tokenizer->vocabulary() > service.model->vocabulary) {
    throw InputError(fmt::format("service {}: its tokenizer has {} tokens, the model {} knows {}",
                                 service.name, real.model.tokenizer->vocabulary(),
                                 service.model->name, service.model->vocabulary));
  }
  return real;
}

template <class Part>
std::vector<Part> parts_of(const std::vector<RealService>& services, Part RealService::*part) {
  std::vector<Part> parts;
  for (const RealService& service : services) parts.push_back(service.*part);
  return parts;
}

}  // namespace

std::vector<RealService> real_services(const Scenario& scenario, const RunFolder& folder) {
  std::vector<RealService> services;
  for (const ServiceSettings& service : scenario.services) {
    services.push_back(real_service(service, scenario.tenants, folder));
  }
  return services;
}

RealServices::RealServices(const Scenario& scenario, const std::vector<RealService>& services,
                           const Listeners& listeners, zmq::context_t& context,
                           const RunFolder& folder, const RunClock& clock, RealJobs& jobs)
    : wishes_([this] { wake_up_.ring(); }),
      recorders_(listeners.request_recorders()),
      front_({scenario, parts_of(services, &RealService::model), recorders_, context,
              folder.replica_endpoint(), [&clock] { return clock.now(); }, wishes_}),
      jobs_(scenario, parts_of(services, &RealService::spec), jobs, wishes_, front_.events()) {}

void RealServices::play(std::uint64_t seed, RealWorld& world) {
  front_.play(seed, [this, &world] {
    world.services_are_closed();
    wake_up_.ring();
  });
}

}  // namespace tandem
