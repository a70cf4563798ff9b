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

/// All hosts in one flat zone whose routes are computed, not stored. Nested zones and routing
/// tables of SimGrid's own are quadratic in the number of nodes.
class FlatZone final : public kernel::routing::NetZoneImpl {
 public:
  /// What lies between a node and the storage node, by direction.
  struct Way {
    std::vector<sg::Link*> read;
    std::vector<sg::Link*> write;
  };
  FlatZone() : NetZoneImpl("cluster") {}

  void wire(std::vector<Way> ways) { ways_ = std::move(ways); }

 private:
  /// Hosts are numbered as they were made: 0 is storage, node i is i + 1.
  void get_local_route(const kernel::routing::NetPoint* from, const kernel::routing::NetPoint* to,
                       kernel::routing::Route* route, double*) override {
    CHECK((from->id() == 0) != (to->id() == 0), "nodes exchange nothing, from {} to {}", from->id(),
          to->id());
    const auto& links = from->id() == 0 ? ways_[to->id() - 1].read : ways_[from->id() - 1].write;
    for (sg::Link* link : links) route->link_list_.push_back(link->get_impl());
  }
  void get_graph(const s_xbt_graph_t*, std::map<std::string, xbt_node_t, std::less<>>*,
                 std::map<std::string, xbt_edge_t, std::less<>>*) override {}

  std::vector<Way> ways_;  ///< By node.
};

constexpr double kBitsPerByte = 8;

}  // namespace

class Network::Platform {
 public:
  Platform(const Cluster& cluster, const NetworkSettings& settings);

  void begin(JobId job, Direction direction, std::span<const NodeShare> nodes, Bytes amount,
             Time now);
  void cancel(JobId job);
  std::optional<Time> next_end(Time now);
  void run_to(Time now);
  std::vector<JobId> take_ended() { return std::exchange(ended_, {}); }

 private:
  struct Transfer {
    std::vector<sg::CommPtr> flows;
    std::size_t open = 0;  ///< Flows that have not ended.
  };
  void flow_ended(const sg::Activity& activity);
  void retire(const Transfer& transfer);
  /// Our time as SimGrid counts it. Its clock stands still while nothing is in flight, so the two
  /// are brought together whenever something begins.
  double clock_at(Time time) const { return to_seconds(time - origin_); }

  sg::Engine engine_{"tandem"};
  std::vector<sg::Host*> nodes_;
  sg::Host* storage_ = nullptr;
  kernel::resource::Model* model_ = nullptr;
  Time origin_{};
  std::map<JobId, Transfer> transfers_;
  std::map<const sg::Activity*, JobId> job_of_;
  std::vector<JobId> ended_;
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
  auto* flat = new FlatZone;  // Owned by the engine.
  sg::NetZone* zone = flat->get_iface();
  const double card = settings.nic_bits_per_s * settings.nics_per_node / kBitsPerByte;
  const auto link = [&](const std::string& name, double bytes_per_s) {
    sg::Link* made = zone->create_link(name, bytes_per_s);
    made->seal();
    return made;
  };
  std::vector<sg::Link*> storage_links;
  if (settings.storage_bits_per_s > 0) {
    storage_links.push_back(link("storage", settings.storage_bits_per_s / kBitsPerByte));
  }
  std::map<std::uint32_t, double> nodes_of_rack;
  for (const Node& node : cluster.nodes()) ++nodes_of_rack[node.rack];
  std::map<std::uint32_t, std::pair<sg::Link*, sg::Link*>> uplinks;
  for (const auto& [rack, nodes] : nodes_of_rack) {
    const std::string name = "rack" + std::to_string(rack);
    const double rate = card * nodes / settings.oversubscription;
    uplinks[rack] = {link(name + "-down", rate), link(name + "-up", rate)};
  }
  storage_ = zone->create_host("storage", 1.0)->seal();
  std::vector<FlatZone::Way> ways;
  for (const Node& node : cluster.nodes()) {
    const std::string name = "node" + std::to_string(node.id.value);
    nodes_.push_back(zone->create_host(name, 1.0)->seal());
    FlatZone::Way way{storage_links, storage_links};
    way.read.insert(way.read.end(), {uplinks[node.rack].first, link(name + "-in", card)});
    way.write.insert(way.write.end(), {uplinks[node.rack].second, link(name + "-out", card)});
    ways.push_back(std::move(way));
  }
  flat->wire(std::move(ways));
  zone->seal();
  for (kernel::resource::Model* model : engine_.get_all_models()) {
    if (model->get_name() == "Network_CM02") model_ = model;
  }
  CHECK(model_ != nullptr, "SimGrid has no network model CM02");
  sg::Activity::on_completion_cb([this](const sg::Activity& activity) { flow_ended(activity); });
}

void Network::Platform::flow_ended(const sg::Activity& activity) {
  const auto owner = job_of_.find(&activity);
  if (owner == job_of_.end()) return;  // Cancelled.
  const JobId job = owner->second;
  job_of_.erase(owner);
  Transfer& transfer = transfers_.at(job);
  if (--transfer.open > 0) return;
  retire(transfer);
  transfers_.erase(job);
  ended_.push_back(job);
}

void Network::Platform::retire(const Transfer& transfer) {
  retired_.insert(retired_.end(), transfer.flows.begin(), transfer.flows.end());
}

void Network::Platform::begin(JobId job, Direction direction, std::span<const NodeShare> nodes,
                              Bytes amount, Time now) {
  if (transfers_.empty()) {
    origin_ = now - std::chrono::duration_cast<Duration>(
                        std::chrono::duration<double>(sg::Engine::get_clock()));
  }
  std::uint32_t ranks = 0;
  for (const NodeShare& share : nodes) ranks += share.ranks;
  Transfer& transfer = transfers_[job];
  for (const NodeShare& share : nodes) {
    const auto part =
        static_cast<std::uint64_t>(static_cast<double>(amount.count) * share.ranks / ranks);
    sg::Host* node = nodes_[share.node.value];
    auto flow = direction == Direction::kRead ? sg::Comm::sendto_init(storage_, node)
                                              : sg::Comm::sendto_init(node, storage_);
    flow->set_payload_size(std::max<std::uint64_t>(part, 1));
    job_of_.emplace(flow.get(), job);
    ++transfer.open;
    transfer.flows.push_back(flow);
  }
  for (const sg::CommPtr& flow : transfer.flows) flow->vetoable_start();
}

void Network::Platform::cancel(JobId job) {
  const Transfer transfer = std::exchange(transfers_.at(job), {});
  transfers_.erase(job);
  retire(transfer);
  for (const sg::CommPtr& flow : transfer.flows) {
    if (job_of_.erase(flow.get()) == 0) continue;  // This part had ended.
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

void Network::begin(JobId job, Direction direction, std::span<const NodeShare> nodes, Bytes amount,
                    Time now) {
  platform_->run_to(now);
  platform_->begin(job, direction, nodes, amount, now);
}

void Network::cancel(JobId job, Time now) {
  platform_->run_to(now);
  platform_->cancel(job);
}

std::optional<Time> Network::next_end(Time now) { return platform_->next_end(now); }

std::vector<JobId> Network::advance(Time now) {
  platform_->run_to(now);
  std::vector<JobId> ended = platform_->take_ended();
  std::sort(ended.begin(), ended.end());
  return ended;
}

}  // namespace tandem
