#include "sim/serving/handovers.h"

#include <iterator>
#include <utility>

#include "sim/moves_between.h"

namespace tandem {

void Handovers::add(std::uint32_t sender, Handover handover) {
  if (sender >= outboxes_.size()) outboxes_.resize(sender + 1);
  outboxes_[sender].queue.push_back(std::move(handover));
  ++waiting_;
}

Handover* Handovers::next(std::uint32_t sender) {
  Outbox& outbox = outboxes_[sender];
  return outbox.is_sending || outbox.queue.empty() ? nullptr : &outbox.queue.front();
}

bool Handovers::begin(std::uint32_t sender, const Replica& from, const Replica& to, Time now) {
  Outbox& outbox = outboxes_[sender];
  const Bytes state = outbox.queue.front().state;
  outbox.is_sending = true;
  --waiting_;
  if (from.is_hung || to.is_hung) return true;
  std::vector<NodeMove> moves;
  if (network_ != nullptr && state.count > 0) moves = moves_between(from.nodes, to.nodes);
  if (moves.empty()) return false;
  network_->begin_moves(HandoverId{service_, sender}, moves, state, now);
  outbox.is_on_wires = has_begun_ = true;
  return true;
}

Handover Handovers::take(std::uint32_t sender) {
  Outbox& outbox = outboxes_[sender];
  Handover taken = std::move(outbox.queue.front());
  outbox.queue.pop_front();
  outbox.is_sending = outbox.is_on_wires = false;
  return taken;
}

std::vector<Handover> Handovers::take_waiting(std::uint32_t sender) {
  Outbox& outbox = outboxes_[sender];
  const auto first = outbox.queue.begin() + (outbox.is_sending ? 1 : 0);
  std::vector<Handover> waiting(std::make_move_iterator(first),
                                std::make_move_iterator(outbox.queue.end()));
  outbox.queue.erase(first, outbox.queue.end());
  waiting_ -= std::ssize(waiting);
  return waiting;
}

void Handovers::stop(std::uint32_t sender, Time now) {
  if (!std::exchange(outboxes_[sender].is_on_wires, false)) return;
  network_->cancel(HandoverId{service_, sender}, now);
}

void Handovers::stall(ReplicaPlace place, Time now) {
  for (std::uint32_t sender = 0; sender < senders(); ++sender) {
    const Outbox& outbox = outboxes_[sender];
    if (!outbox.is_sending) continue;
    const std::uint32_t its = place.pool == 0 ? outbox.queue.front().to : sender;
    if (its == place.replica) stop(sender, now);
  }
}

std::vector<std::uint32_t> Handovers::target_lost(std::uint32_t target, Time now) {
  std::vector<std::uint32_t> found;
  for (std::uint32_t sender = 0; sender < senders(); ++sender) {
    Outbox& outbox = outboxes_[sender];
    if (!outbox.is_sending || outbox.queue.front().to != target) continue;
    stop(sender, now);
    outbox.is_sending = false;
    ++waiting_;
    found.push_back(sender);
  }
  return found;
}

std::optional<Handover> Handovers::take_sent(std::uint32_t sender, Time now) {
  if (!outboxes_[sender].is_sending) return std::nullopt;
  stop(sender, now);
  return take(sender);
}

}  // namespace tandem
