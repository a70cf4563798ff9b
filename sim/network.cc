#include "sim/network.h"

#include <xbt/log.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <simgrid/kernel/resource/Model.hpp>
#include <simgrid/kernel/routing/NetPoint.hpp>
#include <simgrid/kernel/routing/NetZoneImpl.hpp>
#include <simgrid/s4u.hpp>
#include <string>
#include <utility>

#include "policies/core/check.h"

namespace tandem {
namespace {

namespace sg = simgrid::s4u;
namespace kernel = simgrid::kernel;

using Way = std::vector<sg::Link*>;

/// All hosts in one flat zone whose routes are told, not stored: a collective's depends on more
/// than its two ends. Nested zones and routing tables of SimGrid's own are quadratic in the number
/// of nodes.
class FlatZone final : public kernel::routing::NetZoneImpl {
 public:
  FlatZone() : NetZoneImpl("cluster") {}

  /// What the next flow that starts will pass. A link that stands there n times carries n times the
  /// flow's rate.
  void set_way(const Way& way) { way_ = &way; }

 private:
  void get_local_route(const kernel::routing::NetPoint* from, const kernel::routing::NetPoint* to,
                       kernel::routing::Route* route, double*) override {
    CHECK(way_ != nullptr, "nobody said what lies between {} and {}", from->id(), to->id());
    for (sg::Link* link : *std::exchange(way_, nullptr)) {
      route->link_list_.push_back(link->get_impl());
    }
  }
  void get_graph(const s_xbt_graph_t*, std::map<std::string, xbt_node_t, std::less<>>*,
                 std::map<std::string, xbt_edge_t, std::less<>>*) override {}

  const Way* way_ = nullptr;
};

constexpr double kBitsPerByte = 8;

}  // namespace

class Network::Platform {
 public:
  Platform(const Cluster& cluster, const NetworkSettings& settings);
  /// SimGrid complains of flows that are dropped in flight.
  ~Platform() {
    while (!transfers_.empty()) cancel(transfers_.begin()->first);
  }

  void begin(TransferId id, Direction direction, std::span<const NodeShare> nodes, Bytes amount,
             Time now);
  void begin_ring(TransferId id, Ring ring, std::span<const NodeShare> nodes, std::uint32_t cards,
                  double seconds, Time now);
  void begin_moves(TransferId id, std::span<const NodeMove> moves, Bytes amount, Time now);
  void cancel(TransferId id);
  std::optional<Time> next_end(Time now);
  void run_to(Time now);
  std::vector<TransferId> take_ended() { return std::exchange(ended_, {}); }

 private:
  struct Transfer {
    std::vector<sg::CommPtr> flows;
    std::size_t open = 0;  ///< Flows that have not ended.
  };
  /// The links of one node.
  struct Wires {
    sg::Host* host = nullptr;
    sg::Link* in = nullptr;
    sg::Link* out = nullptr;
    std::uint32_t rack = 0;
  };
  struct Uplink {
    sg::Link* down = nullptr;
    sg::Link* up = nullptr;
  };
  sg::Link* make_link(const std::string& name, double bytes_per_s);
  void make_uplinks(const Cluster& cluster, double node_rate);
  void synchronize(Time now);
  /// Of a flow that so many cards send: each has the same right, and all of a node have 1.
  double weight_of(std::uint32_t cards) const { return cards / static_cast<double>(cards_.size()); }
  void start_flow(TransferId id, sg::Host* from, sg::Host* to, const Way& way, double bytes,
                  double weight = 1);
  void start_hop(TransferId id, const Wires& from, const Wires& to, std::uint32_t cards,
                 double bytes);
  void start_one_flow(TransferId id, std::span<const Wires* const> ring, std::uint32_t cards,
                      double bytes);
  void flow_ended(const sg::Activity& activity);
  void retire(const Transfer& transfer);
  /// Our time as SimGrid counts it. Its clock stands still while nothing is in flight, so the two
  /// are brought together whenever something begins.
  double clock_at(Time time) const { return to_seconds(time - origin_); }

  sg::Engine engine_{"tandem"};
  FlatZone* flat_ = nullptr;  ///< Owned by the engine.
  sg::NetZone* zone_ = nullptr;
  std::vector<Wires> nodes_;
  std::vector<Uplink> uplinks_;  ///< By rack.
  bool has_racks_ = false;
  std::vector<sg::Link*> cards_;  ///< What so many cards less one can send, of each flow.
  double card_bytes_per_s_ = 0;
  sg::Host* storage_ = nullptr;
  Way storage_links_;  ///< One, or none.
  kernel::resource::Model* model_ = nullptr;
  Time origin_{};
  std::map<TransferId, Transfer> transfers_;
  std::map<const sg::Activity*, TransferId> transfer_of_;
  std::vector<TransferId> ended_;
  /// SimGrid still looks at a flow after it has reported its end, and reports a cancelled flow a
  /// second time when it next runs: flows are kept until that is over.
  std::vector<sg::CommPtr> retired_;
};

Network::Platform::Platform(const Cluster& cluster, const NetworkSettings& settings) {
  xbt_log_control_set("root.thresh:critical");
  // Plain max-min sharing of bandwidth; latency is not modelled here, and links weigh flows alike.
  sg::Engine::set_config("network/model:CM02");
  sg::Engine::set_config("network/crosstraffic:0");
  sg::Engine::set_config("network/TCP-gamma:1e30");
  flat_ = new FlatZone;
  zone_ = flat_->get_iface();
  card_bytes_per_s_ = settings.nic_bits_per_s / kBitsPerByte;
  const double node_rate = card_bytes_per_s_ * settings.nics_per_node;
  if (settings.storage_bits_per_s > 0) {
    storage_links_.push_back(make_link("storage", settings.storage_bits_per_s / kBitsPerByte));
  }
  for (std::uint32_t count = 1; count <= settings.nics_per_node; ++count) {
    cards_.push_back(make_link("cards" + std::to_string(count), card_bytes_per_s_ * count));
    cards_.back()->set_sharing_policy(sg::Link::SharingPolicy::FATPIPE);
  }
  make_uplinks(cluster, node_rate / settings.oversubscription);
  storage_ = zone_->create_host("storage", 1.0)->seal();
  for (const Node& node : cluster.nodes()) {
    const std::string name = "node" + std::to_string(node.id.value);
    nodes_.push_back({zone_->create_host(name, 1.0)->seal(), make_link(name + "-in", node_rate),
                      make_link(name + "-out", node_rate), node.rack});
  }
  zone_->seal();
  for (kernel::resource::Model* model : engine_.get_all_models()) {
    if (model->get_name() == "Network_CM02") model_ = model;
  }
  CHECK(model_ != nullptr, "SimGrid has no network model CM02");
  sg::Activity::on_completion_cb([this](const sg::Activity& activity) { flow_ended(activity); });
}

sg::Link* Network::Platform::make_link(const std::string& name, double bytes_per_s) {
  sg::Link* made = zone_->create_link(name, bytes_per_s);
  made->seal();
  return made;
}

void Network::Platform::make_uplinks(const Cluster& cluster, double node_rate) {
  std::vector<double> rates;
  for (const Node& node : cluster.nodes()) {
    if (node.rack >= rates.size()) rates.resize(node.rack + 1);
    rates[node.rack] += node_rate;
  }
  has_racks_ = rates.size() > 1;
  for (std::size_t rack = 0; rack < rates.size(); ++rack) {
    const std::string name = "rack" + std::to_string(rack);
    if (rates[rack] <= 0) rates[rack] = node_rate;  // Nothing stands there.
    uplinks_.push_back(
        {make_link(name + "-down", rates[rack]), make_link(name + "-up", rates[rack])});
  }
}

void Network::Platform::flow_ended(const sg::Activity& activity) {
  const auto found = transfer_of_.find(&activity);
  if (found == transfer_of_.end()) return;  // Cancelled.
  const TransferId id = found->second;
  transfer_of_.erase(found);
  Transfer& transfer = transfers_.at(id);
  if (--transfer.open > 0) return;
  retire(transfer);
  transfers_.erase(id);
  ended_.push_back(id);
}

void Network::Platform::retire(const Transfer& transfer) {
  retired_.insert(retired_.end(), transfer.flows.begin(), transfer.flows.end());
}

void Network::Platform::synchronize(Time now) {
  if (!transfers_.empty()) return;
  origin_ = now - std::chrono::duration_cast<Duration>(
                      std::chrono::duration<double>(sg::Engine::get_clock()));
}

void Network::Platform::start_flow(TransferId id, sg::Host* from, sg::Host* to, const Way& way,
                                   double bytes, double weight) {
  auto flow = sg::Comm::sendto_init(from, to);
  flow->set_payload_size(std::max<std::uint64_t>(static_cast<std::uint64_t>(bytes), 1));
  transfer_of_.emplace(flow.get(), id);
  Transfer& transfer = transfers_[id];
  ++transfer.open;
  transfer.flows.push_back(flow);
  flat_->set_way(way);
  flow->vetoable_start();
  if (weight != 1) model_->get_started_action_set()->back().set_sharing_penalty(1 / weight);
}

void Network::Platform::begin(TransferId id, Direction direction, std::span<const NodeShare> nodes,
                              Bytes amount, Time now) {
  synchronize(now);
  std::uint32_t ranks = 0;
  for (const NodeShare& share : nodes) ranks += share.ranks;
  for (const NodeShare& share : nodes) {
    const double part = static_cast<double>(amount.count) * share.ranks / ranks;
    const Wires& node = nodes_[share.node.value];
    const bool reads = direction == Direction::kRead;
    Way way = storage_links_;
    way.push_back(reads ? uplinks_[node.rack].down : uplinks_[node.rack].up);
    way.push_back(reads ? node.in : node.out);
    start_flow(id, reads ? storage_ : node.host, reads ? node.host : storage_, way, part);
  }
}

void Network::Platform::begin_ring(TransferId id, Ring ring, std::span<const NodeShare> nodes,
                                   std::uint32_t cards, double seconds, Time now) {
  CHECK(nodes.size() > 1 && cards > 0 && cards <= cards_.size(), "{} nodes with {} cards",
        nodes.size(), cards);
  synchronize(now);
  std::vector<const Wires*> order;
  for (const NodeShare& share : nodes) order.push_back(&nodes_[share.node.value]);
  std::ranges::stable_sort(order, {}, &Wires::rack);
  const double bytes = seconds * card_bytes_per_s_ * cards;
  if (ring == Ring::kOneFlow) return start_one_flow(id, order, cards, bytes);
  for (std::size_t i = 0; i < order.size(); ++i) {
    start_hop(id, *order[i], *order[(i + 1) % order.size()], cards, bytes);
  }
}

void Network::Platform::begin_moves(TransferId id, std::span<const NodeMove> moves, Bytes amount,
                                    Time now) {
  CHECK(!moves.empty(), "a transfer of nothing");
  synchronize(now);
  for (const NodeMove& move : moves) {
    CHECK(move.from != move.to && move.cards > 0, "node {} sends to node {} with {} cards",
          move.from.value, move.to.value, move.cards);
    const auto cards = std::min(move.cards, static_cast<std::uint32_t>(cards_.size()));
    const double part = static_cast<double>(amount.count) * move.share;
    start_hop(id, nodes_[move.from.value], nodes_[move.to.value], cards, part);
  }
}

void Network::Platform::start_hop(TransferId id, const Wires& from, const Wires& to,
                                  std::uint32_t cards, double bytes) {
  Way way{cards_[cards - 1], from.out, to.in};
  if (!has_racks_ || from.rack != to.rack) {
    way.insert(way.end(), {uplinks_[from.rack].up, uplinks_[to.rack].down});
  }
  start_flow(id, from.host, to.host, way, bytes, weight_of(cards));
}

void Network::Platform::start_one_flow(TransferId id, std::span<const Wires* const> ring,
                                       std::uint32_t cards, double bytes) {
  Way way{cards_[cards - 1]};
  for (std::size_t i = 0; i < ring.size(); ++i) {
    const Wires& node = *ring[i];
    way.insert(way.end(), {node.out, node.in});
    const bool leaves_rack = node.rack != ring[(i + 1) % ring.size()]->rack;
    if (!has_racks_ || leaves_rack) {
      way.insert(way.end(), {uplinks_[node.rack].up, uplinks_[node.rack].down});
    }
  }
  start_flow(id, ring[0]->host, ring[1]->host, way, bytes, weight_of(cards));
}

void Network::Platform::cancel(TransferId id) {
  if (std::erase(ended_, id) > 0) return;
  const Transfer transfer = std::exchange(transfers_.at(id), {});
  transfers_.erase(id);
  retire(transfer);
  for (const sg::CommPtr& flow : transfer.flows) {
    if (transfer_of_.erase(flow.get()) == 0) continue;  // This part had ended.
    flow->suspend();  // Without it SimGrid lets the others have the share only later.
    flow->cancel();
  }
}

std::optional<Time> Network::Platform::next_end(Time now) {
  if (!ended_.empty()) return now;
  if (transfers_.empty()) return std::nullopt;
  const double left = model_->next_occurring_event(sg::Engine::get_clock());
  CHECK(left >= 0, "{} transfers are in flight and none of them moves", transfers_.size());
  const double end = sg::Engine::get_clock() + left;
  const auto since_origin = static_cast<std::int64_t>(std::ceil(end * 1e9));
  // Every transfer takes at least a nanosecond, so that time goes on whatever is rounded.
  return std::max(now + Duration{1}, origin_ + Duration{since_origin});
}

void Network::Platform::run_to(Time now) {
  if (transfers_.empty()) return;
  // What was retired before this run is not looked at after it; what retires during it, may be.
  const std::vector<sg::CommPtr> done = std::exchange(retired_, {});
  const double target = clock_at(now);
  if (sg::Engine::get_clock() >= target) {
    retired_.insert(retired_.end(), done.begin(), done.end());
    return;
  }
  // run_until may return a little early.
  for (double before = -1; sg::Engine::get_clock() < target && !transfers_.empty();) {
    if (sg::Engine::get_clock() <= before) break;
    before = sg::Engine::get_clock();
    engine_.run_until(target);
  }
}

Network::Network(const Cluster& cluster, const NetworkSettings& settings)
    : platform_(std::make_unique<Platform>(cluster, settings)) {}
Network::~Network() = default;

void Network::begin(TransferId id, Direction direction, std::span<const NodeShare> nodes,
                    Bytes amount, Time now) {
  platform_->run_to(now);
  platform_->begin(id, direction, nodes, amount, now);
}

void Network::begin_ring(TransferId id, Ring ring, std::span<const NodeShare> nodes,
                         std::uint32_t cards, double seconds, Time now) {
  platform_->run_to(now);
  platform_->begin_ring(id, ring, nodes, cards, seconds, now);
}

void Network::begin_moves(TransferId id, std::span<const NodeMove> moves, Bytes amount, Time now) {
  platform_->run_to(now);
  platform_->begin_moves(id, moves, amount, now);
}

void Network::cancel(TransferId id, Time now) {
  platform_->run_to(now);
  platform_->cancel(id);
}

std::optional<Time> Network::next_end(Time now) { return platform_->next_end(now); }

std::vector<TransferId> Network::advance(Time now) {
  platform_->run_to(now);
  std::vector<TransferId> ended = platform_->take_ended();
  std::sort(ended.begin(), ended.end());
  return ended;
}

}  // namespace tandem
