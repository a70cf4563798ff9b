#include "executor/front/service_front.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "policies/core/check.h"

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
  /// Caches are the replicas' own: nothing is known of them here.
  std::int64_t blocks_found(std::size_t, const Request&) const override { return 0; }

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
  if (service.has_failed || is_closing_) {
    return Refusal{Refusal::Why::kNoService, {}, "the service is not available"};
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
    parts_.recorder.ended(record);
    return *std::move(refusal);
  }
  const AnswerId id = next_answer_++;
  answers_.emplace(id, Answer{model, &listener, std::move(generation), record, std::nullopt});
  dispatch(id);
  return id;
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
  links_->send(
      replica.job, replica.generation,
      {{.key = id, .age = parts_.now() - answer.record.arrival, .generation = answer.generation}});
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
    links_->send(replica.job, replica.generation, {{id, true, {}, {}}});
  }
  end(id, RequestState::kCancelled, [](AnswerListener&) {});
}

void ServiceFront::hear(const ReplicaNews& news) {
  for (Service& service : services_) {
    for (std::uint32_t place = 0; place < service.replicas.size(); ++place) {
      Replica& replica = service.replicas[place];
      if (replica.state <= Replica::State::kWaiting || replica.job != news.job ||
          replica.generation != news.generation) {
        continue;
      }
      replica.last = news;
      report_load(service, place);
      for (const auto& given : news.given) give(given.key, given.token);
      for (const auto& ended : news.ended) {
        const auto answer = answers_.find(ended.key);
        if (answer == answers_.end()) continue;
        answer->second.record.cached_tokens = ended.cached_tokens;
        answer->second.record.evictions = ended.evictions;
        end(ended.key, RequestState::kCompleted,
            [&](AnswerListener& listener) { listener.ended(ended.reason); });
      }
      for (const AnswerId id : news.refused) {
        end(id, RequestState::kRejected, [](AnswerListener& listener) {
          listener.failed("the request exceeds what the replica can hold");
        });
      }
      if (news.is_ready && replica.state == Replica::State::kStarting) {
        replica.state = Replica::State::kReady;
        release(service);
      }
      return;
    }
  }
}

void ServiceFront::give(AnswerId id, const GivenToken& token) {
  const auto found = answers_.find(id);
  if (found == answers_.end()) return;  // Cancelled meanwhile.
  Answer& answer = found->second;
  Service& service = services_[answer.service];
  const Time now = parts_.now();
  RequestRecord& record = answer.record;
  if (record.output_tokens++ == 0) {
    record.first_token = now;
    ++service.first_tokens;
    if (now - record.arrival <= settings(service).first_token_limit()) ++service.in_time;
    answer.generation.prompt.clear();  // It will not be asked again.
  } else {
    const std::int64_t gap_ps = (now - record.last_token).count() * 1000;
    parts_.recorder.gave_tokens(service.id, {1, 1, gap_ps, 0});
  }
  record.last_token = now;
  ++service.replicas[*answer.replica].tokens;
  answer.listener->gave({&token, 1});
}

void ServiceFront::end(AnswerId id, RequestState state,
                       const std::function<void(AnswerListener&)>& tell) {
  auto node = answers_.extract(id);
  if (node.empty()) return;
  Answer& answer = node.mapped();
  Service& service = services_[answer.service];
  answer.record.state = state;
  parts_.recorder.ended(answer.record);
  if (answer.replica) {
    Replica& replica = service.replicas[*answer.replica];
    replica.answers.erase(id);
    replica.tokens -= answer.record.prompt_tokens + answer.record.output_tokens;
    settle(service, *answer.replica);
  } else {
    std::erase(service.held, id);
    report_held(service);
  }
  tell(*answer.listener);
  close_if_done();
}

void ServiceFront::hear(const ReplicaEvent& event) {
  Service& service = services_[event.replica.service.value];
  Replica& replica = service.replicas[event.replica.place];
  using State = Replica::State;
  switch (event.kind) {
    case ReplicaEvent::Kind::kPlaced:
      replica.job = event.job;
      replica.generation = event.generation;
      replica.last = {};
      if (replica.state == State::kWaiting) replica.state = State::kStarting;
      service.router.appeared(event.replica.place);
      break;
    case ReplicaEvent::Kind::kStopped: {
      const bool is_wanted = replica.is_alive();
      replica.state = is_wanted ? State::kWaiting : State::kLeaving;
      lose(service, event.replica.place);
      if (!is_wanted) wish(ReplicaWish::Kind::kWithdraw, service, event.replica.place);
      release(service);
      break;
    }
    case ReplicaEvent::Kind::kGone: {
      const bool was_wanted = replica.is_alive();
      replica.state = State::kGone;
      lose(service, event.replica.place);
      service.has_failed |= event.has_failed;
      if (service.has_failed) {
        for (const AnswerId id : std::exchange(service.held, {})) {
          end(id, RequestState::kRejected,
              [](AnswerListener& listener) { listener.failed("the service cannot run"); });
        }
      } else if (was_wanted && !is_closing_) {
        scale(service, std::max(settings(service).pool.least, service.held.empty() ? 0U : 1U));
      }
      release(service);
      break;
    }
  }
  close_if_done();
}

void ServiceFront::lose(Service& service, std::uint32_t place) {
  Replica& replica = service.replicas[place];
  service.evictions += replica.last.evictions;
  service.cached_tokens += replica.last.cached_tokens;
  replica.last = {};
  report_load(service, place);
  for (const AnswerId id : std::exchange(replica.answers, {})) {
    Answer& answer = answers_.at(id);
    answer.replica.reset();
    if (answer.record.output_tokens == 0) {
      service.held.push_back(id);
      continue;
    }
    // What its user has seen of an answer cannot be taken back.
    end(id, RequestState::kFailed,
        [](AnswerListener& listener) { listener.failed("the replica that answered was lost"); });
  }
  replica.tokens = 0;
  report_held(service);
}

std::uint32_t ServiceFront::live(const Service& service) const {
  return static_cast<std::uint32_t>(std::ranges::count_if(service.replicas, &Replica::is_alive));
}

Autoscaler::Signals ServiceFront::signals(const Service& service) const {
  Autoscaler::Signals signals;
  for (const Replica& replica : service.replicas) {
    if (!replica.is_alive()) continue;
    ++signals.replicas;
    signals.outstanding += std::ssize(replica.answers);
    signals.waiting += replica.last.waiting;
  }
  signals.outstanding += std::ssize(service.held);
  signals.waiting += std::ssize(service.held);
  signals.capacity = settings(service).engine.max_sequences * settings(service).pool.engines;
  signals.first_tokens = service.first_tokens;
  signals.in_time = service.in_time;
  return signals;
}

void ServiceFront::look_later(Service& service) {
  service.look.expires_after(service.autoscaler.interval());
  service.look.async_wait([this, &service](const boost::system::error_code& error) {
    if (error || is_closing_) return;
    const Autoscaler::Signals now = signals(service);
    service.first_tokens = service.in_time = 0;
    scale(service, service.autoscaler.wanted(now, parts_.now()));
    look_later(service);
  });
}

void ServiceFront::scale(Service& service, std::uint32_t count) {
  std::uint32_t live = this->live(service);
  for (; live < count; ++live) {
    const auto free = std::ranges::find(service.replicas, Replica::State::kGone, &Replica::state);
    const auto place = static_cast<std::uint32_t>(free - service.replicas.begin());
    Replica& replica = free == service.replicas.end() ? service.replicas.emplace_back() : *free;
    replica = {};
    replica.state = Replica::State::kWaiting;
    wish(ReplicaWish::Kind::kSubmit, service, place);
  }
  for (; live > count; --live) drain_one(service);
}

void ServiceFront::drain_one(Service& service) {
  // As the simulation does: who loses least, of equal ones the last.
  const auto cost = [](const Replica& replica) {
    return std::pair{replica.state, replica.answers.size()};
  };
  std::optional<std::uint32_t> chosen;
  for (std::uint32_t place = 0; place < service.replicas.size(); ++place) {
    if (!service.replicas[place].is_alive()) continue;
    if (!chosen || cost(service.replicas[place]) <= cost(service.replicas[*chosen])) chosen = place;
  }
  Replica& replica = service.replicas[*chosen];
  if (replica.state == Replica::State::kWaiting) {
    replica.state = Replica::State::kLeaving;
    return wish(ReplicaWish::Kind::kWithdraw, service, *chosen);
  }
  replica.state = Replica::State::kDraining;
  settle(service, *chosen);
}

void ServiceFront::settle(Service& service, std::uint32_t place) {
  Replica& replica = service.replicas[place];
  if (replica.state != Replica::State::kDraining || !replica.answers.empty()) return;
  replica.state = Replica::State::kLeaving;
  wish(ReplicaWish::Kind::kFinish, service, place);
}

void ServiceFront::wish(ReplicaWish::Kind kind, const Service& service, std::uint32_t place) {
  parts_.wishes.put({kind, {service.id, place}});
}

void ServiceFront::report_load(const Service& service, std::uint32_t place) {
  const ReplicaNews& last = service.replicas[place].last;
  parts_.recorder.load(service.id, place, parts_.now(),
                       {last.waiting, last.running, last.blocks_held, last.blocks});
}

void ServiceFront::report_held(const Service& service) {
  parts_.recorder.load(service.id, ServiceRecorder::kFront, parts_.now(),
                       {std::ssize(service.held), 0, 0, 0});
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
