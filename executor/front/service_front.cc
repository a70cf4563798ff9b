#include "executor/front/service_front.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tandem {
namespace {

/// The longest request that a cache holds on every kind of device.
std::int64_t most_tokens(const ServiceSettings& settings) {
  std::int64_t most = settings.context;
  for (const auto& [type, on] : settings.pool.on) {
    most = std::min(most, on.kv_blocks * settings.engine.block_tokens + 1);
  }
  return most;
}

}  // namespace

/// The replicas of a service as its router sees them.
class ServiceFront::Replicas final : public RoutedReplicas {
 public:
  explicit Replicas(const std::deque<Replica>& replicas) : replicas_(replicas) {}
  std::size_t size() const override { return replicas_.size(); }
  bool takes_requests(std::size_t place) const override {
    return replicas_[place].state == Replica::State::kReady;
  }
  std::int64_t outstanding(std::size_t place) const override {
    return std::ssize(replicas_[place].answers);
  }
  std::int64_t tokens(std::size_t place, Time) const override { return replicas_[place].tokens; }
  std::int64_t blocks_found(std::size_t place, const Request& request) const override {
    return replicas_[place].prefixes.found(request.prefix);
  }

 private:
  const std::deque<Replica>& replicas_;
};

ServiceFront::ServiceFront(const Parts& parts, std::vector<ServedModel> models)
    : parts_(parts), models_(std::move(models)) {
  for (std::uint32_t i = 0; i < parts_.scenario.services.size(); ++i) {
    services_.emplace_back(ServiceId{i}, parts_.scenario.services[i], parts_.loop);
  }
}

void ServiceFront::open() {
  for (Service& service : services_) {
    scale(service, settings(service).pool.least);
    if (service.autoscaler.is_on()) look_later(service);
  }
}

void ServiceFront::close(std::function<void()> closed) {
  closed_ = std::move(closed);
  is_closing_ = true;
  close_if_done();
}

void ServiceFront::give_up(const std::string& why) {
  for (Service& service : services_) service.trouble = why;
  std::vector<AnswerId> all;
  for (const auto& [id, answer] : answers_) all.push_back(id);
  std::ranges::sort(all);
  for (const AnswerId id : all) end(id, RequestState::kFailed, why);
}

void ServiceFront::close_if_done() {
  if (!is_closing_ || !answers_.empty()) return;
  bool all_gone = true;
  for (Service& service : services_) {
    service.look.cancel();
    scale(service, 0);
    all_gone = all_gone && std::ranges::all_of(service.replicas, [](const Replica& replica) {
                 return replica.state == Replica::State::kGone;
               });
  }
  if (all_gone && closed_) std::exchange(closed_, nullptr)();
}

std::optional<Refusal> ServiceFront::obstacle(const Service& service,
                                              const Generation& generation) const {
  if (!service.trouble.empty() || is_closing_) {
    return Refusal{Refusal::Why::kNoService, std::chrono::seconds(1),
                   is_closing_ ? "the service is not available" : service.trouble};
  }
  const std::int64_t tokens = std::ssize(generation.prompt) + generation.max_tokens;
  if (const std::int64_t most = most_tokens(settings(service)); tokens > most) {
    return Refusal{
        Refusal::Why::kNeverFits,
        {},
        fmt::format("prompt and answer may have {} tokens together, not {}", most, tokens)};
  }
  if (is_full(service)) {
    return Refusal{Refusal::Why::kQueueFull, std::chrono::seconds(1),
                   "too many requests wait for this service"};
  }
  return std::nullopt;
}

std::variant<AnswerId, Refusal> ServiceFront::submit(std::size_t model, Generation generation,
                                                     AnswerListener& listener) {
  Service& service = services_.at(model);
  Request request;
  request.id = {service.asked++};
  request.tenant = generation.tenant;
  request.priority = generation.priority;
  request.arrival = parts_.now();
  request.prompt_tokens = static_cast<std::uint32_t>(generation.prompt.size());
  request.output_limit = generation.max_tokens;
  RequestRecord record;
  record.service = service.id;
  record.id = request.id;
  record.tenant = request.tenant;
  record.priority = request.priority;
  record.arrival = request.arrival;
  record.prompt_tokens = request.prompt_tokens;
  parts_.recorder.arrived(service.id, request);
  if (auto refusal = obstacle(service, generation)) {
    record.state = RequestState::kRejected;
    record.cause = refusal->message;
    parts_.recorder.ended(record);
    return *std::move(refusal);
  }
  const AnswerId id = next_answer_++;
  Answer& answer = answers_[id];
  answer.service = model;
  answer.listener = &listener;
  answer.prefix = prefix_of(service, generation);
  answer.generation = std::move(generation);
  answer.record = std::move(record);
  dispatch(id);
  return id;
}

std::vector<PrefixHash> ServiceFront::prefix_of(const Service& service,
                                                const Generation& generation) const {
  const EngineSettings& engine = settings(service).engine;
  if (settings(service).routing != Routing::kPrefixAffine || !engine.prefix_caching) return {};
  return prefix_hashes(parts_.prefix_key, generation.prompt, engine.block_tokens);
}

bool ServiceFront::is_full(const Service& service) const {
  if (parts_.most_waiting_per_place == 0) return false;
  const std::int64_t places = signals(service).capacity * std::max(1U, live(service));
  return signals(service).waiting >= parts_.most_waiting_per_place * places;
}

void ServiceFront::dispatch(AnswerId id) {
  Answer& answer = answers_.at(id);
  Service& service = services_[answer.service];
  Request request;
  request.session = answer.generation.session;
  request.prefix = answer.prefix;
  const auto chosen = service.router.choose(request, Replicas(service.replicas), parts_.now());
  if (chosen) return send(id, static_cast<std::uint32_t>(*chosen));
  service.held.push_back(id);
  report_held(service);
  if (live(service) == 0) scale(service, 1);
}

void ServiceFront::send(AnswerId id, std::uint32_t place) {
  Answer& answer = answers_.at(id);
  Service& service = services_[answer.service];
  Replica& replica = service.replicas[place];
  answer.replica = place;
  replica.answers.insert(id);
  replica.tokens += answer.record.prompt_tokens;
  tell_router(service, place);
  links_->send(
      replica.identity,
      {{.key = id, .age = parts_.now() - answer.record.arrival, .generation = answer.generation}});
}

void ServiceFront::tell_router(Service& service, std::uint32_t place) {
  if (!service.router.wants_changes()) return;
  service.router.changed(place, Replicas(service.replicas), parts_.now());
}

void ServiceFront::release(Service& service) {
  for (const AnswerId id : std::exchange(service.held, {})) {
    if (answers_.contains(id)) dispatch(id);
  }
  report_held(service);
}

void ServiceFront::cancel(AnswerId id) {
  const auto found = answers_.find(id);
  if (found == answers_.end()) return;
  const Answer& answer = found->second;
  if (answer.replica) {
    const Replica& replica = services_[answer.service].replicas[*answer.replica];
    links_->send(replica.identity, {{id, true, {}, {}}});
  }
  end(id, RequestState::kCancelled, {});
}

void ServiceFront::begin(Answer& answer, Duration waited) {
  if (!std::exchange(answer.has_begun, true)) answer.listener->began(waited);
}

void ServiceFront::give(Answer& answer, const GivenToken& token) {
  Service& service = services_[answer.service];
  const Time now = parts_.now();
  RequestRecord& record = answer.record;
  if (record.output_tokens++ == 0) {
    record.first_token = now;
    ++service.first_tokens;
    if (now - record.arrival <= settings(service).first_token_limit()) ++service.in_time;
    answer.generation.prompt.clear();  // It will not be asked again.
    answer.prefix.clear();
  } else {
    const std::int64_t gap_ps = (now - record.last_token).count() * 1000;
    parts_.recorder.gave_tokens(service.id, {1, 1, gap_ps, 0});
  }
  record.last_token = now;
  ++service.replicas[*answer.replica].tokens;
  answer.listener->gave({&token, 1});
}

void ServiceFront::end(AnswerId id, RequestState state, const std::string& cause,
                       FinishReason reason) {
  auto node = answers_.extract(id);
  if (node.empty()) return;
  Answer& answer = node.mapped();
  Service& service = services_[answer.service];
  answer.record.state = state;
  answer.record.cause = cause;
  parts_.recorder.ended(answer.record);
  if (answer.replica) {
    Replica& replica = service.replicas[*answer.replica];
    replica.answers.erase(id);
    replica.tokens -= answer.record.prompt_tokens + answer.record.output_tokens;
    tell_router(service, *answer.replica);
    settle(service, *answer.replica);
  } else {
    std::erase(service.held, id);
    report_held(service);
  }
  if (state == RequestState::kCompleted) {
    answer.listener->ended(reason);
  } else if (state != RequestState::kCancelled) {
    answer.listener->failed(cause);
  }
  close_if_done();
}

ServiceFigures ServiceFront::figures(std::size_t model) const {
  const Service& service = services_.at(model);
  ServiceFigures figures;
  figures.waiting = std::ssize(service.held);
  figures.preemptions = service.evictions;
  figures.cached_tokens = service.cached_tokens;
  for (const Replica& replica : service.replicas) {
    figures.replicas += replica.state == Replica::State::kReady ? 1 : 0;
    figures.waiting += replica.last.waiting;
    figures.running += replica.last.running;
    figures.blocks_held += replica.last.blocks_held;
    figures.blocks += replica.last.blocks;
    figures.preemptions += replica.last.evictions;
    figures.cached_tokens += replica.last.cached_tokens;
    figures.last_step_s = std::max(figures.last_step_s, replica.last.last_step_s);
  }
  return figures;
}

}  // namespace tandem
