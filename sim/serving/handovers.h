// Keys and values on their way from replicas that have computed prompts to replicas that go on.
//
// They are SimGrid's to move, through the wires that everybody shares. A replica sends them one
// after another, as they were ready: so as many are in flight as there are replicas, however long
// the queues become. It keeps what it has computed until the other one has all of it, so that it
// can be sent again; when it is lost, so is the request.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "sim/network.h"
#include "sim/serving/replica.h"

namespace tandem {

/// A request between two replicas.
struct Handover {
  ServedRequest request;
  Bytes state;           ///< Its keys and values.
  std::uint32_t to = 0;  ///< Among the replicas that give tokens, once it is being sent.

  /// What the other replica will have with it.
  Replica::Load load() const {
    return {1, std::int64_t{request.arrival.request.prompt_tokens} + request.generated};
  }
};

/// Senders are counted among the replicas that only prefill.
class Handovers {
 public:
  /// Without a `network`, moving takes no time.
  Handovers(ServiceId service, Network* network) : service_(service), network_(network) {}

  void add(std::uint32_t sender, Handover handover);
  /// What the sender is to send now; null if it is sending, or has nothing.
  Handover* next(std::uint32_t sender);
  /// Sends it to `Handover::to`; false if it is there at once.
  bool begin(std::uint32_t sender, const Replica& from, const Replica& to, Time now);
  /// Whether anything has begun since the last question.
  bool has_begun() { return std::exchange(has_begun_, false); }
  /// It is there.
  Handover take(std::uint32_t sender);

  std::uint32_t senders() const { return static_cast<std::uint32_t>(outboxes_.size()); }
  /// Those that nobody is sent yet.
  std::int64_t waiting() const { return waiting_; }
  std::vector<Handover> take_waiting(std::uint32_t sender);

  /// The node of a replica is dead, though nobody has noticed: nothing moves from or to it.
  void stall(ReplicaPlace place, Time now);
  /// Takes back what is being sent to a replica that is gone; the senders of it.
  std::vector<std::uint32_t> target_lost(std::uint32_t target, Time now);
  /// The sender is gone: takes what it was sending, if anything.
  std::optional<Handover> take_sent(std::uint32_t sender, Time now);

 private:
  struct Outbox {
    std::deque<Handover> queue;  ///< The first is being sent, if any is.
    bool is_sending = false;
    bool is_on_wires = false;  ///< It is not stalled.
  };
  void stop(std::uint32_t sender, Time now);

  ServiceId service_;
  Network* network_;
  std::vector<Outbox> outboxes_;  ///< By sender.
  std::int64_t waiting_ = 0;
  bool has_begun_ = false;
};

}  // namespace tandem
