#include "cli/real_services.h"

#include <fmt/format.h>

#include <ctime>

#include "executor/data/tokenizer.h"
#include "policies/core/error.h"

namespace tandem {
namespace {

/// Answers that are under way may take so long to end when the controller is asked to leave.
constexpr std::chrono::seconds kGrace{20};

/// What stands in the way of really serving it, in words for the user; empty: nothing.
std::string obstacle_of(const ServiceSettings& service) {
  if (const std::string why = why_not_servable(*service.model); !why.empty()) return why;
  if (service.prefill) return "prefill apart is simulated only";
  if (service.pool.demand.devices != 1) return "parallel: a replica is served by one device yet";
  return {};
}

std::shared_ptr<const Tokenizer> tokenizer_for(const Deployment& deployment) {
  switch (deployment.tokens) {
    case ServedTokens::kBytes: break;
    case ServedTokens::kGpt2: return gpt2_tokenizer(deployment.vocabulary);
    case ServedTokens::kFolder: return tokenizer_of(deployment.weights);
  }
  return byte_tokenizer();
}

RealService real_service(const ServiceSettings& service, const Tenants& tenants,
                         const RunFolder& folder, const PrefixKey& prefix_key) {
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
  real.spec.prefix_key = prefix_key;
  real.spec.tells_prefixes = service.routing == Routing::kPrefixAffine;
  real.model.name = service.name;
  real.model.tokenizer = tokenizer_for(service.deployment);
  real.model.context = service.context;
  real.model.chat_template = service.deployment.chat;
  real.model.created = static_cast<std::int64_t>(std::time(nullptr));
  real.spec.end_tokens = real.model.tokenizer->ends_of_answer();
  if (real.model.tokenizer->vocabulary() > service.model->vocabulary) {
    throw InputError(fmt::format("service {}: its tokenizer has {} tokens, the model {} knows {}",
                                 service.name, real.model.tokenizer->vocabulary(),
                                 service.model->name, service.model->vocabulary));
  }
  return real;
}

std::vector<ServiceRecorder*> with(std::vector<ServiceRecorder*> recorders,
                                   ServiceRecorder& one_more) {
  recorders.push_back(&one_more);
  return recorders;
}

template <class Part>
std::vector<Part> parts_of(const std::vector<RealService>& services, Part RealService::*part) {
  std::vector<Part> parts;
  for (const RealService& service : services) parts.push_back(service.*part);
  return parts;
}

}  // namespace

std::vector<RealService> real_services(const Scenario& scenario, const RunFolder& folder) {
  const PrefixKey prefix_key = secret_prefix_key();
  std::vector<RealService> services;
  for (const ServiceSettings& service : scenario.services) {
    services.push_back(real_service(service, scenario.tenants, folder, prefix_key));
  }
  return services;
}

void FailureLog::ended(const RequestRecord& record) {
  if (record.state != RequestState::kFailed) return;
  log_(fmt::format("request {} of {} has failed: {}", record.id.value,
                   scenario_.services[record.service.value].name, record.cause));
}

RealServices::RealServices(const Scenario& scenario, const std::vector<RealService>& services,
                           const Listeners& listeners, zmq::context_t& context,
                           const RunFolder& folder, const RunClock& clock, RealJobs& jobs,
                           std::atomic<int>& leave, Log log)
    : log_(std::move(log)),
      wishes_([this] { wake_up_.ring(); }),
      failures_(scenario, log_),
      recorders_(with(listeners.request_recorders(), failures_)),
      leave_(leave),
      front_({.scenario = scenario,
              .models = parts_of(services, &RealService::model),
              .recorder = recorders_,
              .context = context,
              .endpoint = folder.replica_endpoint(),
              .now = [&clock] { return clock.now(); },
              .wishes = wishes_,
              .prefix_key = services.front().spec.prefix_key,
              .failed = [this](const std::string& why) { front_failed(why); }}),
      jobs_(scenario, parts_of(services, &RealService::spec), jobs, wishes_, front_.events(),
            [this] { front_.leave(kGrace, [this] { close(); }); }) {}

const std::string& RealServices::end() {
  front_.end();
  return failure_;
}

void RealServices::close() {
  jobs_.close();
  wake_up_.ring();
}

void RealServices::front_failed(const std::string& why) {
  failure_ = why;
  ++leave_;
  close();
}

std::string RealServices::listen(const RunArguments& arguments, const Tenants& tenants) {
  FrontEndOptions options;
  const std::size_t colon = arguments.http.rfind(':');
  options.address = arguments.http.substr(0, colon);
  options.port = static_cast<std::uint16_t>(std::stoi(arguments.http.substr(colon + 1)));
  if (!arguments.users.empty()) options.access = read_users(arguments.users, tenants);
  if (!arguments.tls_certificate.empty()) {
    options.tls = TlsFiles{arguments.tls_certificate, arguments.tls_key};
  }
  options.is_insecure = arguments.insecure;
  options.version = TANDEM_VERSION;
  options.log = log_;
  return front_.listen(std::move(options));
}

void RealServices::play(std::uint64_t seed, const PromptBatch* batch) {
  front_.play(
      seed, [this] { close(); }, batch);
}

}  // namespace tandem
