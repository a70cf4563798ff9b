// Placements on a handful of nodes: which devices a gang gets, and what is said of it.

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <sstream>

#include "policies/parts.h"
#include "policies/placement/best_fit.h"
#include "policies/placement/fewest_switches.h"
#include "policies/placement/fragmentation.h"
#include "policies/placement/least_fragmentation.h"
#include "policies/placement/packed.h"
#include "policies/placement/spread.h"
#include "tests/support/random.h"
#include "tests/support/runs.h"
#include "tests/support/shared_traces.h"

namespace tandem {
namespace {

Demand gang(std::uint32_t devices) {
  Demand demand;
  demand.devices = devices;
  return demand;
}

Demand share(std::uint32_t thousandths) {
  Demand demand;
  demand.device_share = thousandths;
  return demand;
}

/// Takes so many devices of a node, whole, without CPUs.
void hold(FreeDevices& free, std::uint32_t node, std::uint32_t devices) {
  if (devices == 0) return;
  Allocation allocation{{}, {{{node}, devices}}};
  free.lowest_free({node}, devices, allocation.devices);
  free.take(gang(devices), allocation);
}

/// Takes a share of one device.
void hold_share(FreeDevices& free, std::uint32_t device, std::uint32_t thousandths) {
  free.take(share(thousandths), {{{device}}, {{free.cluster().node_of({device}), 1}}});
}

/// "0:4 2:1": four ranks on node 0, one on node 2.
std::string where(const Placement& placement, const Demand& demand, const FreeDevices& free) {
  const auto allocation = placement.place(demand, free);
  if (!allocation) return "nowhere";
  std::ostringstream text;
  for (const NodeShare& share : allocation->nodes) {
    text << (text.tellp() > 0 ? " " : "") << share.node.value << ':' << share.ranks;
  }
  return text.str();
}

std::string why(const Placement& placement, const Demand& demand, const FreeDevices& free) {
  return placement.why(demand, *placement.place(demand, free), free);
}

TEST(BestFit, CountsCpusWherePackedCountsDevicesOnly) {
  // Two ranks with 4 CPUs each. Node 0 would keep 2 of 4 devices and no CPU: 2/4 + 0/32 = 0.5.
  // Node 1, of which a device is taken, would keep 1 and 24 CPUs: 1/4 + 24/32 = 1.
  Cluster cluster;
  const DeviceTypeId type = cluster.add_type("device");
  cluster.add_node("few-cpus", type, 4, {8'000});
  cluster.add_node("many-cpus", type, 4, {32'000});
  FreeDevices free(cluster);
  hold(free, 1, 1);
  Demand demand = gang(2);
  demand.cpus_per_rank = {4'000};
  EXPECT_EQ(where(Packed(), demand, free), "1:2");
  EXPECT_EQ(where(BestFit(cluster), demand, free), "0:2");
  EXPECT_EQ(why(BestFit(cluster), demand, free), "1 node, 0.50 left over");
}

TEST(BestFit, CountsPartsOfDevices) {
  // Both nodes have one whole device free; of the other, node 0 has 0.9 left and node 1 has 0.2.
  const Cluster cluster = nodes(2, 2);
  FreeDevices free(cluster);
  hold_share(free, 0, 100);
  hold_share(free, 2, 800);
  EXPECT_EQ(where(Packed(), gang(1), free), "0:1");
  EXPECT_EQ(where(BestFit(cluster), gang(1), free), "1:1");
  // 0.3 would leave 1.6 on node 0 and 0.9 on node 1: there on the whole device, 0.2 is too little.
  EXPECT_EQ(BestFit(cluster).place(share(300), free)->devices.front(), DeviceId{3});
}

TEST(BestFit, PacksGangsThatNoNodeTakes) {
  const Cluster cluster = nodes(3, 4);
  const FreeDevices free(cluster);
  EXPECT_EQ(where(BestFit(cluster), gang(6), free), where(Packed(), gang(6), free));
  EXPECT_EQ(why(BestFit(cluster), gang(6), free), "2 nodes");
}

/// Racks of nodes of four devices; `held`: devices taken on each node, rack by rack, pod by pod.
struct Hall {
  Hall(std::vector<std::vector<std::vector<std::uint32_t>>> held) {
    const DeviceTypeId type = cluster.add_type("device");
    for (std::uint32_t pod = 0; pod < held.size(); ++pod) {
      for (std::uint32_t rack = 0; rack < held[pod].size(); ++rack) {
        for (std::size_t i = 0; i < held[pod][rack].size(); ++i) {
          const auto number = static_cast<std::uint32_t>(cluster.nodes().size());
          cluster.set_place(cluster.add_node(std::to_string(number), type, 4), rack, pod);
        }
      }
    }
    free.emplace(cluster);
    std::uint32_t node = 0;
    for (const auto& pod : held) {
      for (const auto& rack : pod) {
        for (const std::uint32_t devices : rack) hold(*free, node++, devices);
      }
    }
  }
  Cluster cluster;
  std::optional<FreeDevices> free;
};

using Level = FewestSwitches::Level;

TEST(Rack, GangThatFitsInARackGetsTheTightest) {
  // Racks with 8, 6 and 7 devices free. Packed takes the roomiest nodes, of any rack.
  const Hall hall({{{0, 0}, {1, 1}, {0, 1}}});
  EXPECT_EQ(where(FewestSwitches(Level::kRack), gang(6), *hall.free), "2:3 3:3");
  EXPECT_EQ(why(FewestSwitches(Level::kRack), gang(6), *hall.free), "1 rack, 2 nodes");
  EXPECT_EQ(where(FewestSwitches(Level::kRack), gang(7), *hall.free), "4:4 5:3");
  // On one node of the rack with the least left over, though node 0 has as few left over itself.
  EXPECT_EQ(where(FewestSwitches(Level::kRack), gang(4), *hall.free), "4:4");
}

TEST(Rack, PrefersOneNodeToATighterRack) {
  // The second rack has exactly 4 devices free, but on two nodes.
  const Hall hall({{{0, 0}, {2, 2}}});
  EXPECT_EQ(where(FewestSwitches(Level::kRack), gang(4), *hall.free), "0:4");
}

TEST(Rack, WideGangFillsTheRoomiestRacksAndThenTheTightestForTheRest) {
  // Racks with 4, 8, 5 and 3 devices free: 8, and of 3 that are left those of the last rack.
  const Hall hall({{{0}, {0, 0}, {0, 3}, {1}}});
  EXPECT_EQ(where(FewestSwitches(Level::kRack), gang(11), *hall.free), "1:4 2:4 5:3");
  EXPECT_EQ(why(FewestSwitches(Level::kRack), gang(11), *hall.free), "2 racks, 3 nodes");
  EXPECT_EQ(where(FewestSwitches(Level::kRack), gang(21), *hall.free), "nowhere");
}

TEST(Topology, StaysInAPodWhereRackWouldFillTheRoomiestRacks) {
  // Pods with racks of 8 and 2 devices free, and of 6 and 6. A gang of 12 needs two racks anyway.
  const Hall hall({{{0, 0}, {2}}, {{1, 1}, {1, 1}}});
  EXPECT_EQ(where(FewestSwitches(Level::kRack), gang(12), *hall.free), "0:4 1:4 3:3 4:1");
  EXPECT_EQ(where(FewestSwitches(Level::kPod), gang(12), *hall.free), "3:3 4:3 5:3 6:3");
  EXPECT_EQ(why(FewestSwitches(Level::kPod), gang(12), *hall.free), "1 pod, 2 racks, 4 nodes");
}

TEST(Topology, RackOfTheSameNumberInAnotherPodIsAnother) {
  const Hall hall({{{0}}, {{0}}});
  EXPECT_EQ(why(FewestSwitches(Level::kPod), gang(8), *hall.free), "2 pods, 2 racks, 2 nodes");
  EXPECT_EQ(why(FewestSwitches(Level::kRack), gang(8), *hall.free), "2 racks, 2 nodes");
}

TEST(Fragmentation, WorkedNode) {
  // 1 and 0.6 of its devices are idle. Half a device could use all of that, a whole device could
  // not use the 0.6, and a pair of devices, a job of another type or without any could use nothing.
  const Cluster cluster = nodes(1, 2);
  FreeDevices free(cluster);
  hold_share(free, 1, 400);
  const auto useless_to = [&](const Demand& demand) {
    Fragmentation fragmentation;
    fragmentation.count(demand);
    return fragmentation.of(NodeLeft({0}, free));
  };
  Demand pair = gang(2);
  EXPECT_EQ(useless_to(pair), 600) << "one rank fits";
  pair.one_node = true;
  Demand other_type = gang(1);
  other_type.types = 2;
  EXPECT_EQ(useless_to(share(500)), 0);
  EXPECT_EQ(useless_to(share(700)), 600);
  EXPECT_EQ(useless_to(gang(1)), 600);
  EXPECT_EQ(useless_to(pair), 1'600);
  EXPECT_EQ(useless_to(other_type), 1'600);
  EXPECT_EQ(useless_to(gang(0)), 1'600);
}

TEST(Fragmentation, TakesPopularitiesOverWhenSubmissionsHaveDoubled) {
  const Cluster cluster = nodes(1, 1);
  FreeDevices free(cluster);
  hold_share(free, 0, 400);
  Fragmentation fragmentation;
  for (const std::int64_t weight : {1, 2, 2, 4, 4, 4, 4, 8}) {
    fragmentation.count(gang(1));
    EXPECT_EQ(fragmentation.weight(), weight);
    EXPECT_EQ(fragmentation.of(NodeLeft({0}, free)), 600 * weight);
  }
}

TEST(LeastFragmentation, PutsShareBesideShareWhenThatHelps) {
  // Half of those who come want half a device, half a whole one. 1 and 0.6 are idle.
  // On the 0.6: 1 and 0.1 are left, of which 0.1 is useless to both: 0.6 less to half of them,
  // 0.1 more to all, that is -0.6/2 + 0.1 = -0.2 devices.
  // On the whole one: 0.5 and 0.6 are left, useless to who wants a whole one: (1.1 - 0.6)/2 more.
  const Cluster cluster = nodes(1, 2);
  FreeDevices free(cluster);
  hold_share(free, 1, 400);
  LeastFragmentation fgd;
  fgd.submitted(share(500));
  fgd.submitted(gang(1));
  EXPECT_EQ(fgd.place(share(500), free)->devices.front(), DeviceId{1});
  EXPECT_EQ(fgd.why(share(500), *fgd.place(share(500), free), free),
            "least new fragmentation, -0.20 devices");
}

TEST(LeastFragmentation, LeavesAlonePiecesThatOthersNeed) {
  // Who comes wants 0.6, mostly. A share of 0.3 on the device with 0.7 left would waste 0.4 of it.
  const Cluster cluster = nodes(2, 1);
  FreeDevices free(cluster);
  hold_share(free, 0, 300);
  LeastFragmentation fgd;
  for (int i = 0; i < 4; ++i) fgd.submitted(share(600));
  EXPECT_EQ(where(Packed(), share(300), free), "0:1");
  EXPECT_EQ(where(fgd, share(300), free), "1:1");
}

TEST(LeastFragmentation, DoesNotStrandDevicesWithoutCpus) {
  // Jobs take 4 CPUs with a device. A job of 1 device and 8 CPUs on node 0, with 12 CPUs and 3
  // devices, leaves CPUs for who comes; on node 1, with 8 CPUs and 2 devices, it strands a device.
  Cluster cluster;
  const DeviceTypeId type = cluster.add_type("device");
  cluster.add_node("three", type, 3, {12'000});
  cluster.add_node("two", type, 2, {8'000});
  const FreeDevices free(cluster);
  Demand usual = gang(1);
  usual.cpus_per_rank = {4'000};
  Demand hungry = gang(1);
  hungry.cpus_per_rank = {8'000};
  LeastFragmentation fgd;
  fgd.submitted(usual);
  EXPECT_EQ(where(Packed(), hungry, free), "1:1");
  EXPECT_EQ(where(fgd, hungry, free), "0:1");
}

TEST(LeastFragmentation, WideGangGoesNodeByNode) {
  const Cluster cluster = nodes(3, 4);
  FreeDevices free(cluster);
  hold(free, 1, 1);
  LeastFragmentation fgd;
  Demand whole_node = gang(4);
  whole_node.one_node = true;
  fgd.submitted(whole_node);
  // Node 1 is of no use to who wants a whole node: taking it makes 3 devices less useless. The
  // rest breaks a whole node, which makes 1 of its 4 useless.
  EXPECT_EQ(where(fgd, gang(6), free), "1:3 0:3");
  EXPECT_EQ(why(fgd, gang(6), free), "least new fragmentation, -2.00 devices");
}

TEST(Placement, SaysWhyBesideTheReasonOfAStart) {
  const auto scenario = scenario_of(nodes(2, 4), std::vector<JobRow>{{0, 10, 6}});
  EXPECT_NE(journal_of(scenario, "fifo+rack").find("(1 rack, 2 nodes)"), std::string::npos);
  EXPECT_NE(journal_of(scenario, "fifo+fgd").find("(least new fragmentation, "), std::string::npos);
  EXPECT_EQ(journal_of(scenario, "fifo").find("nodes)"), std::string::npos);
}

/// The openb cluster and the demands of its pods, with their shares of devices.
struct Openb {
  Openb() {
    std::ifstream nodes(shared_trace("alibaba/gpu-v2023_openb_node_list_all_node.csv"));
    for (auto row = next(nodes); !(row = next(nodes)).empty();) {
      const auto devices = static_cast<std::uint32_t>(std::stoul(row[3]));
      const DeviceTypeId type = cluster.add_type(row[4]);
      cluster.add_node(row[0], type, devices, {std::stoll(row[1])}, {std::stoll(row[2])});
    }
    std::ifstream pods(shared_trace("alibaba/gpu-v2023_openb_pod_list_default.csv"));
    for (auto row = next(pods); !(row = next(pods)).empty();) demands.push_back(demand(row));
  }
  static std::vector<std::string> next(std::istream& in) {
    std::string line;
    std::vector<std::string> fields;
    std::getline(in, line);
    std::istringstream cells(line);
    for (std::string field; std::getline(cells, field, ',');) fields.push_back(field);
    if (!fields.empty()) fields.resize(std::max<std::size_t>(fields.size(), 5));  // May be blank.
    return fields;
  }
  Demand demand(const std::vector<std::string>& row) {
    Demand demand = gang(static_cast<std::uint32_t>(std::stoul(row[3])));
    demand.one_node = true;
    if (demand.devices == 1) demand.device_share = static_cast<std::uint32_t>(std::stoul(row[4]));
    const auto ranks = static_cast<std::int64_t>(demand.ranks());
    demand.cpus_per_rank = {(std::stoll(row[1]) + ranks - 1) / ranks};
    demand.memory_per_rank = {(std::stoll(row[2]) + ranks - 1) / ranks};
    if (row[5].empty()) return demand;
    demand.types = 0;
    std::istringstream names(row[5]);
    for (std::string name; std::getline(names, name, '|');) {
      demand.types |= DeviceTypes{1} << cluster.add_type(name).value;
    }
    return demand;
  }
  /// Percent of all devices in use when pods, drawn at random, have asked for 1.3 times as many:
  /// the paper's experiment.
  double filled(Placement& placement, std::uint64_t seed) const {
    Random random(seed);
    FreeDevices free(cluster);
    const std::uint64_t all = std::uint64_t{cluster.device_count()} * kWholeDevice;
    for (const Demand& demand : demands) placement.submitted(demand);
    std::uint64_t used = 0;
    for (std::uint64_t asked = 0; asked < all * 13 / 10;) {
      const Demand& demand = demands[random.below(static_cast<std::uint32_t>(demands.size()))];
      asked += demand.device_thousandths();
      const auto allocation = placement.place(demand, free);
      if (!allocation) continue;
      free.take(demand, *allocation);
      used += demand.device_thousandths();
    }
    return 100 * static_cast<double>(used) / static_cast<double>(all);
  }
  Cluster cluster;
  std::vector<Demand> demands;
};

TEST(LeastFragmentation, FillsOpenbFullerThanPackingDoes) {
  TANDEM_NEEDS_SHARED_TRACE("alibaba/gpu-v2023_openb_pod_list_default.csv");
  const Openb openb;
  Packed packed;
  Spread spread;
  BestFit best_fit(openb.cluster);
  LeastFragmentation fgd;
  const double by_fgd = openb.filled(fgd, 1);
  const double by_best_fit = openb.filled(best_fit, 1);
  const double by_packing = openb.filled(packed, 1);
  const double by_spreading = openb.filled(spread, 1);
  std::cout << "openb filled: fgd " << by_fgd << " %, best-fit " << by_best_fit << " %, packed "
            << by_packing << " %, spread " << by_spreading << " %\n";
  EXPECT_GT(by_fgd, by_best_fit);
  EXPECT_GT(by_fgd, by_packing);
  EXPECT_GT(by_packing, by_spreading);
}

}  // namespace
}  // namespace tandem
