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

/// All hosts in one flat zone whose routes are computed, not stored: storage, core, card. Nested
/// zones and routing tables of SimGrid's own are quadratic in the number of nodes.
class FlatZone final : public kernel::routing::NetZoneImpl {
 public:
  FlatZone() : NetZoneImpl("cluster") {}

  void wire(std::vector<sg::Link*> shared, std::vector<sg::Link*> cards) {
    shared_ = std::move(shared);
    cards_ = std::move(cards);
  }

 private:
  /// Hosts are numbered as they were made: 0 is storage, node i is i + 1.
  void get_local_route(const kernel::routing::NetPoint* from, const kernel::routing::NetPoint* to,
                       kernel::routing::Route* route, double*) override {
    CHECK(from->id() == 0 && to->id() > 0, "only storage sends, from {} to {}", from->id(),
          to->id());
    for (sg::Link* link : shared_) route->link_list_.push_back(link->get_impl());
    route->link_list_.push_back(cards_[to->id() - 1]->get_impl());
  }
  void get_graph(const s_xbt_graph_t*, std::map<std::string, xbt_node_t, std::less<>>*,
                 std::map<std::string, xbt_edge_t, std::less<>>*) override {}

  std::vector<sg::Link*> shared_;
  std::vector<sg::Link*> cards_;
};

constexpr double kBitsPerByte = 8;

}  // namespace

class Network::Platform {
 public:
  Platform(const Cluster& cluster, const NetworkSettings& settings);

  void begin(JobId job, std::span<const NodeShare> nodes, Bytes amount, Time now);
  void cancel(JobId job);
  std::optional<Time> next_end(Time now);
  void run_to(Time now);
  std::vector<JobId> take_ended() { return std::exchange(ended_, {}); }

 private:
  struct Read {
    std::vector<sg::CommPtr> flows;
    std::size_t open = 0;  ///< Flows that have not ended.
  };
  void flow_ended(const sg::Activity& activity);
  void retire(const Read& read);
  /// Our time as SimGrid counts it. Its clock stands still while nothing is in flight, so the two
  /// are brought together whenever something begins.
  double clock_at(Time time) const { return to_seconds(time - origin_); }

  sg::Engine engine_{"tandem"};
  std::vector<sg::Host*> nodes_;
  sg::Host* storage_ = nullptr;
  kernel::resource::Model* model_ = nullptr;
  Time origin_{};
  std::map<JobId, Read> reads_;
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
  const double core =
      card * static_cast<double>(cluster.nodes().size()) / settings.oversubscription;
  const auto link = [&](const std::string& name, double bytes_per_s) {
    sg::Link* made = zone->create_link(name, bytes_per_s);
    made->seal();
    return made;
  };
  std::vector<sg::Link*> shared{link("core", core)};
  if (settings.storage_bits_per_s > 0) {
    shared.push_back(link("storage", settings.storage_bits_per_s / kBitsPerByte));
  }
  storage_ = zone->create_host("storage", 1.0)->seal();
  std::vector<sg::Link*> cards;
  for (const Node& node : cluster.nodes()) {
    const std::string number = std::to_string(node.id.value);
    nodes_.push_back(zone->create_host("node" + number, 1.0)->seal());
    cards.push_back(link("card" + number, card));
  }
  flat->wire(std::move(shared), std::move(cards));
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
  Read& read = reads_.at(job);
  if (--read.open > 0) return;
  retire(read);
  reads_.erase(job);
  ended_.push_back(job);
}

void Network::Platform::retire(const Read& read) {
  retired_.insert(retired_.end(), read.flows.begin(), read.flows.end());
}

void Network::Platform::begin(JobId job, std::span<const NodeShare> nodes, Bytes amount, Time now) {
  if (reads_.empty()) {
    origin_ = now - std::chrono::duration_cast<Duration>(
                        std::chrono::duration<double>(sg::Engine::get_clock()));
  }
  std::uint32_t ranks = 0;
  for (const NodeShare& share : nodes) ranks += share.ranks;
  Read& read = reads_[job];
  for (const NodeShare& share : nodes) {
    const auto part =
        static_cast<std::uint64_t>(static_cast<double>(amount.count) * share.ranks / ranks);
    auto flow = sg::Comm::sendto_init(storage_, nodes_[share.node.value]);
    flow->set_payload_size(std::max<std::uint64_t>(part, 1));
    job_of_.emplace(flow.get(), job);
    ++read.open;
    read.flows.push_back(flow);
  }
  for (const sg::CommPtr& flow : read.flows) flow->vetoable_start();
}

void Network::Platform::cancel(JobId job) {
  const Read read = std::exchange(reads_.at(job), {});
  reads_.erase(job);
  retire(read);
  for (const sg::CommPtr& flow : read.flows) {
    if (job_of_.erase(flow.get()) == 0) continue;  // This part had ended.
    flow->suspend();  // Without it SimGrid lets the others have the share only later.
    flow->cancel();
  }
}

std::optional<Time> Network::Platform::next_end(Time now) {
  if (!ended_.empty()) return now;
  if (reads_.empty()) return std::nullopt;
  const double left = model_->next_occurring_event(sg::Engine::get_clock());
  CHECK(left >= 0, "{} reads are in flight and none of them moves", reads_.size());
  const double end = sg::Engine::get_clock() + left;
  const auto since_origin = static_cast<std::int64_t>(std::ceil(end * 1e9));
  // Every read takes at least a nanosecond, so that time goes on whatever is rounded.
  return std::max(now + Duration{1}, origin_ + Duration{since_origin});
}

void Network::Platform::run_to(Time now) {
  if (reads_.empty()) return;
  // What was retired before this run is not looked at after it; what retires during it, may be.
  const std::vector<sg::CommPtr> done = std::exchange(retired_, {});
  const double target = clock_at(now);
  if (sg::Engine::get_clock() >= target) {
    retired_.insert(retired_.end(), done.begin(), done.end());
    return;
  }
  // run_until may return a little early.
  for (double before = -1; sg::Engine::get_clock() < target && !reads_.empty();) {
    if (sg::Engine::get_clock() <= before) break;
    before = sg::Engine::get_clock();
    engine_.run_until(target);
  }
}

Network::Network(const Cluster& cluster, const NetworkSettings& settings)
    : platform_(std::make_unique<Platform>(cluster, settings)) {}
Network::~Network() = default;

void Network::begin_read(JobId job, std::span<const NodeShare> nodes, Bytes amount, Time now) {
  platform_->run_to(now);
  platform_->begin(job, nodes, amount, now);
}

void Network::cancel_read(JobId job, Time now) {
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
