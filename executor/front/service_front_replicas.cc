// Replicas of a service as its front sees them: how they come, what they say, how they go.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "executor/front/service_front.h"
#include "policies/core/error.h"

namespace tandem {
namespace {

/// A request whose replicas break under it so often is not given to another: it may be why.
constexpr int kMostLosses = 3;

}  // namespace

std::optional<ServiceFront::Found> ServiceFront::find(ReplicaIdentity identity) {
  for (Service& service : services_) {
    for (std::uint32_t place = 0; place < service.replicas.size(); ++place) {
      const Replica& replica = service.replicas[place];
      if (replica.is_heard() && replica.identity == identity) return Found{service, place};
    }
  }
  return std::nullopt;
}

ServiceFront::Answer* ServiceFront::answer_of(const Found& from, AnswerId id) {
  const auto found = answers_.find(id);
  if (found == answers_.end()) {
    if (id < next_answer_) return nullptr;  // Cancelled meanwhile.
    throw InputError(fmt::format("a message speaks of request {}, which nobody has asked", id));
  }
  if (!from.replica().answers.contains(id)) {
    throw InputError(fmt::format("a message speaks of request {}, which is another replica's", id));
  }
  return &found->second;
}

void ServiceFront::hear(const ReplicaNews& news) {
  const auto from = find({news.job, news.generation});
  if (!from) return;
  try {
    take(*from, news);
  } catch (const InputError& error) {
    blame({news.job, news.generation}, error.what());
  }
}

void ServiceFront::take(const Found& from, const ReplicaNews& news) {
  Replica& replica = from.replica();
  replica.last = news;
  replica.prefixes.apply(news.prefixes);
  report_load(from.service, from.place);
  for (const auto& [key, waited] : news.began) {
    if (Answer* answer = answer_of(from, key)) begin(*answer, waited);
  }
  for (const auto& [key, token] : news.given) {
    if (Answer* answer = answer_of(from, key)) give(*answer, token);
  }
  for (const auto& ended : news.ended) {
    Answer* answer = answer_of(from, ended.key);
    if (answer == nullptr) continue;
    answer->record.cached_tokens = ended.cached_tokens;
    answer->record.evictions = ended.evictions;
    end(ended.key, RequestState::kCompleted, {}, ended.reason);
  }
  for (const AnswerId id : news.refused) {
    if (answer_of(from, id) == nullptr) continue;
    end(id, RequestState::kRejected, "the request exceeds what the replica can hold");
  }
  if (news.is_ready && replica.state == Replica::State::kStarting) {
    replica.state = Replica::State::kReady;
    release(from.service);
  }
}

void ServiceFront::blame(ReplicaIdentity identity, const std::string& cause) {
  const auto found = find(identity);
  if (!found) return;
  const auto& [service, place] = *found;
  Replica& replica = found->replica();
  parts_.wishes.put({ReplicaWish::Kind::kBreak, {service.id, place}, identity.generation, cause});
  // Nothing more is heard of it. It will be told stopped.
  replica.state = replica.is_alive() ? Replica::State::kWaiting : Replica::State::kLeaving;
  lose(*found, cause, true);
  release(service);
}

void ServiceFront::hear(const ReplicaEvent& event) {
  const Found found{services_[event.replica.service.value], event.replica.place};
  Replica& replica = found.replica();
  using State = Replica::State;
  switch (event.kind) {
    case ReplicaEvent::Kind::kPlaced:
      replica.identity = {event.job, event.generation};
      if (replica.state == State::kWaiting) replica.state = State::kStarting;
      found.service.router.appeared(found.place);
      break;
    case ReplicaEvent::Kind::kStopped: {
      const bool is_wanted = replica.is_alive();
      replica.state = is_wanted ? State::kWaiting : State::kLeaving;
      lose(found, event.how, event.has_failed);
      if (!is_wanted) wish(ReplicaWish::Kind::kWithdraw, found.service, found.place);
      release(found.service);
      break;
    }
    case ReplicaEvent::Kind::kGone: gone(found, event); break;
  }
  close_if_done();
}

void ServiceFront::gone(const Found& found, const ReplicaEvent& event) {
  auto& [service, place] = found;
  const bool was_wanted = found.replica().is_alive();
  found.replica().state = Replica::State::kGone;
  lose(found, event.how, event.has_failed);
  if (event.has_failed) {
    // While others serve, it can be served.
    if (std::ranges::none_of(service.replicas, &Replica::serves)) fail(service, event.how);
  } else if (was_wanted && !is_closing_ && service.trouble.empty()) {
    scale(service, std::max(settings(service).pool.least, service.held.empty() ? 0U : 1U));
  }
  release(service);
}

void ServiceFront::fail(Service& service, const std::string& why) {
  service.trouble = "the service cannot run" + (why.empty() ? "" : ": " + why);
  for (const AnswerId id : std::exchange(service.held, {})) {
    end(id, RequestState::kRejected, service.trouble);
  }
}

void ServiceFront::lose(const Found& lost, const std::string& how, bool is_fault) {
  auto& [service, place] = lost;
  Replica& replica = lost.replica();
  service.evictions += replica.last.evictions;
  service.cached_tokens += replica.last.cached_tokens;
  replica.last = {};
  replica.prefixes = {};
  report_load(service, place);
  const std::string cause = "the replica that answered was lost" + (how.empty() ? "" : ": " + how);
  for (const AnswerId id : std::exchange(replica.answers, {})) {
    Answer& answer = answers_.at(id);
    answer.replica.reset();
    answer.losses += is_fault ? 1 : 0;
    // What its user has seen of an answer cannot be taken back.
    if (answer.record.output_tokens > 0 || answer.losses == kMostLosses) {
      end(id, RequestState::kFailed, cause);
    } else {
      service.held.push_back(id);
    }
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
  const ReplicaFigures& last = service.replicas[place].last;
  parts_.recorder.load(service.id, place, parts_.now(),
                       {last.waiting, last.running, last.blocks_held, last.blocks});
}

void ServiceFront::report_held(const Service& service) {
  parts_.recorder.load(service.id, ServiceRecorder::kFront, parts_.now(),
                       {std::ssize(service.held), 0, 0, 0});
}

}  // namespace tandem
