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

#include "executor/front/cached_prefixes.h"
#include "executor/front/replica_events.h"
#include "executor/front/replica_links.h"
#include "executor/serve/prefix_hasher.h"
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
    PrefixKey prefix_key{};  ///< That of the replicas.
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
  /// All that is asked and will be asked fails, for this reason.
  void give_up(const std::string& why);

  void hear(const ReplicaEvent& event);
  /// News that cannot be are a fault of the replica.
  void hear(const ReplicaNews& news);
  /// It talks nonsense: what it has is lost, and the controller is asked to kill it.
  void blame(ReplicaIdentity identity, const std::string& cause);

  std::span<const ServedModel> models() const override { return models_; }
  std::variant<AnswerId, Refusal> submit(std::size_t model, Generation generation,
                                         AnswerListener& listener) override;
  void cancel(AnswerId answer) override;
  ServiceFigures figures(std::size_t model) const override;

 private:
  struct Replica {
    enum class State : std::uint8_t { kGone, kWaiting, kStarting, kReady, kDraining, kLeaving };
    State state = State::kGone;
    ReplicaIdentity identity;
    std::set<AnswerId> answers;  ///< In the order in which they came.
    std::int64_t tokens = 0;     ///< Known of them.
    ReplicaFigures last;         ///< That it has told.
    CachedPrefixes prefixes;

    bool is_alive() const { return state >= State::kWaiting && state <= State::kReady; }
    bool is_heard() const { return state >= State::kStarting && state <= State::kDraining; }
    bool serves() const { return state == State::kReady || state == State::kDraining; }
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
    std::string trouble;             ///< Why it cannot be served any more; empty: it can.
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
    std::vector<PrefixHash> prefix;        ///< Where the router wants it.
    std::optional<std::uint32_t> replica;  ///< Nothing: it waits for one.
    int losses = 0;                        ///< Of replicas that broke before they answered.
    bool has_begun = false;
  };
  struct Found {
    Service& service;
    std::uint32_t place;
    Replica& replica() const { return service.replicas[place]; }
  };

  const ServiceSettings& settings(const Service& service) const {
    return parts_.scenario.services[service.id.value];
  }
  /// Why it is not taken in.
  std::optional<Refusal> obstacle(const Service& service, const Generation& generation) const;
  void dispatch(AnswerId id);
  void send(AnswerId id, std::uint32_t place);
  void release(Service& service);
  std::vector<PrefixHash> prefix_of(const Service& service, const Generation& generation) const;
  /// The replica that is so called now; nothing if it is an earlier one's name.
  std::optional<Found> find(ReplicaIdentity identity);
  /// An answer that the replica gives; null if nobody waits for it any more. Throws InputError if
  /// it is another's.
  Answer* answer_of(const Found& from, AnswerId id);
  /// Throws InputError for news that cannot be.
  void take(const Found& from, const ReplicaNews& news);
  void begin(Answer& answer, Duration waited);
  void give(Answer& answer, const GivenToken& token);
  /// Of one that was completed `reason` says how; who cancels hears nothing; others the cause.
  void end(AnswerId id, RequestState state, const std::string& cause,
           FinishReason reason = FinishReason::kStop);
  /// Its requests go elsewhere, or fail.
  void lose(const Found& lost, const std::string& how, bool is_fault);
  void gone(const Found& found, const ReplicaEvent& event);
  void fail(Service& service, const std::string& why);
  void scale(Service& service, std::uint32_t count);
  void drain_one(Service& service);
  void settle(Service& service, std::uint32_t place);
  void look_later(Service& service);
  Autoscaler::Signals signals(const Service& service) const;
  std::uint32_t live(const Service& service) const;
  bool is_full(const Service& service) const;
  void wish(ReplicaWish::Kind kind, const Service& service, std::uint32_t place);
  /// The router's view of a replica has changed.
  void tell_router(Service& service, std::uint32_t place);
  void report_load(const Service& service, std::uint32_t place);
  void report_held(const Service& service);
  void close_if_done();

  Parts parts_;
  std::vector<ServedModel> models_;
  std::deque<Service> services_;                  ///< By ServiceId.
  std::unordered_map<AnswerId, Answer> answers_;  ///< Walked by nothing that an order follows from.
  AnswerId next_answer_ = 1;
  ReplicaLinks* links_ = nullptr;
  std::function<void()> closed_;
  bool is_closing_ = false;
};

}  // namespace tandem
