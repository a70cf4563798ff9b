// The services of a real run, as those who ask see them: requests are routed to replicas by the
// simulation's router, replicas are added and drained by its autoscaler, and what a lost replica
// had not begun to answer goes to another. One thread, that of the loop.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "executor/front/replica_events.h"
#include "executor/front/replica_links.h"
#include "executor/serve/service_desk.h"
#include "policies/batch/service_recorder.h"
#include "policies/serving/autoscaler.h"
#include "policies/serving/router.h"
#include "workloads/scenario.h"

namespace tandem {

class ServiceFront final : public ServiceDesk {
 public:
  struct Parts {
    boost::asio::io_context& loop;
    const Scenario& scenario;
    ServiceRecorder& recorder;
    Mailbox<ReplicaWish>& wishes;
    std::function<Time()> now;
    /// Requests of a service that may wait for each place in the batches of its replicas, before
    /// others are turned away; 0: any number.
    std::int64_t most_waiting_per_place = 4;
  };
  /// `models` by ServiceId.
  ServiceFront(const Parts& parts, std::vector<ServedModel> models);

  /// How orders get to replicas; before anything else happens.
  void connect(ReplicaLinks& links) { links_ = &links; }
  /// As many replicas as there are to be at least are wished for.
  void open();
  /// Requests wait however many there are: those of a scenario, which come when they come.
  void turn_nobody_away() { parts_.most_waiting_per_place = 0; }
  /// Nobody will ask any more: once all is answered, the replicas go, and `closed` is called.
  void close(std::function<void()> closed);

  void hear(const ReplicaEvent& event);
  void hear(const ReplicaNews& news);

  std::span<const ServedModel> models() const override { return models_; }
  std::variant<AnswerId, Refusal> submit(std::size_t model, Generation generation,
                                         AnswerListener& listener) override;
  void cancel(AnswerId answer) override;
  ServiceFigures figures(std::size_t model) const override;

 private:
  struct Replica {
    enum class State : std::uint8_t { kGone, kWaiting, kStarting, kReady, kDraining, kLeaving };
    State state = State::kGone;
    JobId job;
    std::uint32_t generation = 0;
    std::set<AnswerId> answers;  ///< In the order in which they came.
    std::int64_t tokens = 0;     ///< Known of them.
    ReplicaNews last;            ///< Its load and counts.

    bool is_alive() const { return state >= State::kWaiting && state <= State::kReady; }
  };
  class Replicas;
  struct Service {
    ServiceId id;
    Router router;
    Autoscaler autoscaler;
    std::deque<Replica> replicas;  ///< Others may come while one is looked at.
    std::deque<AnswerId> held;     ///< They wait for a replica.
    std::uint32_t asked = 0;       ///< Requests so far.
    std::int64_t first_tokens = 0;
    std::int64_t in_time = 0;  ///< First tokens since the last look, and how many were in time.
    std::int64_t evictions = 0;
    std::int64_t cached_tokens = 0;  ///< Of replicas that are gone.
    bool has_failed = false;
    boost::asio::steady_timer look;

    Service(ServiceId id_, const ServiceSettings& settings, boost::asio::io_context& loop)
        : id(id_),
          router(settings.routing, settings.staleness),
          autoscaler(settings.pool.autoscale, settings.pool.least, settings.pool.most),
          look(loop) {}
  };
  struct Answer {
    std::size_t service = 0;
    AnswerListener* listener = nullptr;
    Generation generation;
    RequestRecord record;
    std::optional<std::uint32_t> replica;
  };

  const ServiceSettings& settings(const Service& service) const {
    return parts_.scenario.services[service.id.value];
  }
  /// Why it is not taken in.
  std::optional<Refusal> obstacle(const Service& service, const Generation& generation) const;
  void dispatch(AnswerId id);
  void send(AnswerId id, std::uint32_t place);
  void release(Service& service);
  void give(AnswerId id, const GivenToken& token);
  void end(AnswerId id, RequestState state, const std::function<void(AnswerListener&)>& tell);
  void lose(Service& service, std::uint32_t place);
  void scale(Service& service, std::uint32_t count);
  void drain_one(Service& service);
  void settle(Service& service, std::uint32_t place);
  void look_later(Service& service);
  Autoscaler::Signals signals(const Service& service) const;
  std::uint32_t live(const Service& service) const;
  bool is_full(const Service& service) const;
  void wish(ReplicaWish::Kind kind, const Service& service, std::uint32_t place);
  void report_load(const Service& service, std::uint32_t place);
  void report_held(const Service& service);
  void close_if_done();

  Parts parts_;
  std::vector<ServedModel> models_;
  std::deque<Service> services_;                  ///< By ServiceId.
  std::unordered_map<AnswerId, Answer> answers_;  ///< Never walked.
  AnswerId next_answer_ = 1;
  ReplicaLinks* links_ = nullptr;
  std::function<void()> closed_;
  bool is_closing_ = false;
};

}  // namespace tandem
