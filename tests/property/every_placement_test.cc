// Every placement on clusters of several types, racks and pods, with shared devices and models that
// exclude each other: against brute force over an account of the test's own.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <memory>
#include <numeric>
#include <set>
#include <vector>

#include "policies/parts.h"
#include "policies/placement/fragmentation.h"
#include "policies/placement/least_fragmentation.h"
#include "tests/support/random.h"

namespace tandem {
namespace {

constexpr std::uint32_t kModels = 3;

/// A small cluster on which gangs come and go, counted by the product and, apart, by the test.
class Yard {
 public:
  explicit Yard(std::uint64_t seed) : random_(seed) {
    const std::uint32_t types = 1 + random_.below(2);
    for (std::uint32_t i = 0; i < types; ++i) cluster.add_type(fmt::format("t{}", i));
    const std::uint32_t count = 1 + random_.below(7);
    for (std::uint32_t i = 0; i < count; ++i) {
      const MilliCpus cpus{random_.chance(60) ? random_.between(1, 12) : kUncounted};
      const NodeId node =
          cluster.add_node(fmt::format("n{}", i), {random_.below(types)}, random_.below(5), cpus);
      cluster.set_place(node, random_.below(2), random_.below(2));
      left.emplace_back(cluster.node(node).device_count, kWholeDevice);
      cpus_left.push_back(cpus.count);
      models.emplace_back();
    }
    for (std::uint32_t a = 0; a < kModels; ++a) {
      for (std::uint32_t b = a; b < kModels; ++b) {
        if (!random_.chance(30)) continue;
        excludes_[a] |= ModelSet{1} << b;
        excludes_[b] |= ModelSet{1} << a;
      }
    }
    free = std::make_unique<FreeDevices>(cluster);
    for (const Node& node : cluster.nodes()) {
      if (random_.chance(10)) free->set_up(node.id, false);
    }
  }

  Demand demand() {
    Demand demand;
    demand.devices = random_.chance(10) ? 0 : 1 + random_.below(random_.chance(50) ? 2 : 9);
    if (demand.devices == 1 && random_.chance(60)) demand.device_share = 100 + random_.below(900);
    if (demand.devices > 0) demand.types = 1 + random_.below(3);
    demand.one_node = random_.chance(40);
    if (random_.chance(50)) demand.cpus_per_rank = {random_.between(1, 3)};
    const std::uint32_t model = random_.below(kModels);
    if (random_.chance(50) && excludes_[model] != 0) {
      demand.model = ModelSet{1} << model;
      demand.excludes = excludes_[model];
    }
    return demand;
  }

  void take(const Demand& demand, const Allocation& allocation) {
    free->take(demand, allocation);  // Throws if any of it breaks a rule.
    held_.emplace_back(demand, allocation);
    count(demand, allocation, -1);
  }
  void maybe_end_one() {
    if (held_.empty() || random_.chance(50)) return;
    const auto gang = held_.begin() + random_.below(static_cast<std::uint32_t>(held_.size()));
    free->give_back(gang->first, gang->second);
    count(gang->first, gang->second, 1);
    held_.erase(gang);
  }

  /// How many ranks a node takes, said again in other words than the product's.
  std::uint32_t ranks(std::size_t node, const Demand& demand) const {
    const auto excluded = [&](const Demand& other) { return (other.model & demand.excludes) != 0; };
    if (std::ranges::any_of(models[node], excluded)) return 0;
    const Node& place = cluster.nodes()[node];
    if (!free->is_up(place.id)) return 0;
    if (demand.devices > 0 && !demand.accepts(place.type)) return 0;
    std::uint32_t ranks = 1;
    if (demand.devices > 0) {
      const auto wanted = [&](std::uint32_t some) { return some >= demand.device_share; };
      ranks = static_cast<std::uint32_t>(std::ranges::count_if(left[node], wanted));
    }
    while (ranks * demand.cpus_per_rank.count > cpus_left[node]) --ranks;
    return excluded(demand) ? std::min(ranks, 1U) : ranks;
  }
  /// The first type with room for all of it; nothing fits if there is none.
  std::optional<DeviceTypeId> first_type(const Demand& demand) const {
    for (std::uint32_t type = 0; type < cluster.types().size(); ++type) {
      std::uint32_t sum = 0;
      for (const Node& node : cluster.nodes()) {
        if (node.type.value != type) continue;
        const std::uint32_t here = ranks(node.id.value, demand);
        sum = demand.one_node ? std::max(sum, here) : sum + here;
      }
      if (sum >= demand.ranks()) return DeviceTypeId{type};
    }
    return std::nullopt;
  }

  Cluster cluster;
  std::unique_ptr<FreeDevices> free;
  std::vector<std::vector<std::uint32_t>> left;  ///< By node and device, thousandths.
  std::vector<std::int64_t> cpus_left;
  std::vector<std::vector<Demand>> models;  ///< Demands that run on each node, once per gang.

 private:
  void count(const Demand& demand, const Allocation& allocation, int sign) {
    for (const DeviceId device : allocation.devices) {
      const Node& node = cluster.node(cluster.node_of(device));
      left[node.id.value][device.value - node.first_device.value] +=
          static_cast<std::uint32_t>(sign * static_cast<int>(demand.device_share));
    }
    for (const NodeShare& share : allocation.nodes) {
      auto& here = models[share.node.value];
      cpus_left[share.node.value] += sign * demand.cpus_per_rank.count * share.ranks;
      if (sign < 0) {
        here.push_back(demand);
      } else {
        here.erase(std::ranges::find(here, demand));
      }
    }
  }

  Random random_;
  std::array<ModelSet, kModels> excludes_{};
  std::vector<std::pair<Demand, Allocation>> held_;
};

std::unique_ptr<Placement> make(const std::string& name, const Yard& yard) {
  const Tenants tenants;
  const Models models;
  for (const auto& part : placement_parts()) {
    if (part.info.name != name) continue;
    return part.make(Settings(part.info, {}), {yard.cluster, tenants, models});
  }
  return nullptr;
}

/// Calls `check(yard, demand, allocation, placement)` for many places, and takes each.
template <class Check>
int for_each_place(const std::string& name, std::uint64_t yards, Check check) {
  int placed = 0;
  for (std::uint64_t seed = 1; seed <= seeds(yards); ++seed) {
    SCOPED_TRACE(fmt::format("{}, seed {}", name, seed));
    Yard yard(seed);
    const auto placement = make(name, yard);
    for (int i = 0; i < 25 && !testing::Test::HasFatalFailure(); ++i) {
      yard.maybe_end_one();
      const Demand demand = yard.demand();
      placement->submitted(demand);
      const auto allocation = placement->place(demand, *yard.free);
      check(yard, demand, allocation, *placement);
      if (!allocation) continue;
      yard.take(demand, *allocation);
      ++placed;
    }
    if (testing::Test::HasFatalFailure()) return placed;
  }
  return placed;
}

TEST(EveryPlacement, FindsAPlaceWheneverOneExists) {
  for (const auto& part : placement_parts()) {
    const int placed = for_each_place(
        part.info.name, 2'000,
        [](const Yard& yard, const Demand& demand, const auto& allocation, const Placement&) {
          ASSERT_EQ(allocation.has_value(), yard.first_type(demand).has_value());
          if (!allocation) return;
          ASSERT_EQ(allocation->devices.size(), demand.devices);
          ASSERT_TRUE(!demand.one_node || allocation->nodes.size() == 1);
          for (const NodeShare& share : allocation->nodes) {
            ASSERT_LE(share.ranks, yard.ranks(share.node.value, demand));
          }
          for (const DeviceId device : allocation->devices) {
            ASSERT_GE(yard.free->thousandths(device), demand.device_share);
          }
        });
    EXPECT_GT(placed, 2'000) << part.info.name;
  }
}

TEST(BestFit, LeavesTheLeastOverOfAllNodesThatTakeTheGang) {
  const int placed = for_each_place(
      "best-fit", 2'000,
      [](const Yard& yard, const Demand& demand, const auto& allocation, const Placement&) {
        if (!allocation || demand.devices == 0 || allocation->nodes.size() > 1) return;
        std::uint32_t most_devices = 0;
        std::int64_t most_cpus = 1;
        for (const Node& node : yard.cluster.nodes()) {
          most_devices = std::max(most_devices, node.device_count);
          if (node.cpus.count < kUncounted) most_cpus = std::max(most_cpus, node.cpus.count);
        }
        const auto left_over = [&](std::size_t node) {
          const auto& left = yard.left[node];
          const double idle = std::accumulate(left.begin(), left.end(), 0.0) -
                              static_cast<double>(demand.device_thousandths());
          const auto used = demand.ranks() * demand.cpus_per_rank.count;
          const bool counted = yard.cluster.nodes()[node].cpus.count < kUncounted;
          return idle / most_devices / kWholeDevice +
                 (counted ? static_cast<double>(yard.cpus_left[node] - used) /
                                static_cast<double>(most_cpus)
                          : 0);
        };
        const double chosen = left_over(allocation->nodes.front().node.value);
        for (const Node& node : yard.cluster.nodes()) {
          if (node.type != *yard.first_type(demand)) continue;
          if (yard.ranks(node.id.value, demand) < demand.devices) continue;
          ASSERT_LE(chosen, left_over(node.id.value) + 1e-9) << node.name;
        }
      });
  EXPECT_GT(placed, 2'000);
}

/// The least {pods, racks, nodes} or {racks, nodes} of all sets of nodes that hold the gang.
std::vector<std::size_t> fewest(const Yard& yard, const Demand& demand, bool with_pods) {
  std::vector<std::size_t> best{99};
  for (std::uint32_t set = 1; set < 1U << yard.cluster.nodes().size(); ++set) {
    std::set<std::uint32_t> pods;
    std::set<std::pair<std::uint32_t, std::uint32_t>> racks;
    std::uint32_t room = 0;
    for (const Node& node : yard.cluster.nodes()) {
      if ((set >> node.id.value & 1) == 0) continue;
      room += node.type == *yard.first_type(demand) ? yard.ranks(node.id.value, demand) : 0;
      pods.insert(node.pod);
      racks.emplace(node.pod, node.rack);
    }
    const auto nodes = static_cast<std::size_t>(std::popcount(set));
    if (room < demand.devices || (demand.one_node && nodes > 1)) continue;
    std::vector<std::size_t> used{racks.size(), nodes};
    if (with_pods) used.insert(used.begin(), pods.size());
    best = std::min(best, used);
  }
  return best;
}

TEST(FewestSwitches, NoSetOfNodesTakesFewer) {
  for (const bool with_pods : {false, true}) {
    int several = 0;
    for_each_place(
        with_pods ? "topology" : "rack", 2'000,
        [&](const Yard& yard, const Demand& demand, const auto& allocation, const Placement&) {
          if (!allocation || demand.devices == 0 || demand.shares_device()) return;
          std::set<std::uint32_t> pods;
          std::set<std::pair<std::uint32_t, std::uint32_t>> racks;
          for (const NodeShare& share : allocation->nodes) {
            const Node& node = yard.cluster.node(share.node);
            pods.insert(node.pod);
            racks.emplace(node.pod, node.rack);
          }
          std::vector<std::size_t> used{racks.size(), allocation->nodes.size()};
          if (with_pods) used.insert(used.begin(), pods.size());
          const auto least = fewest(yard, demand, with_pods);
          // Exact up to and with the first level that takes more than one.
          const auto spans = [](std::size_t count) { return count > 1; };
          const auto end = std::ranges::find_if(least, spans);
          const auto exact = std::min(least.end() - least.begin(), end - least.begin() + 1);
          for (std::ptrdiff_t i = 0; i < exact; ++i) {
            const auto level = static_cast<std::size_t>(i);
            ASSERT_EQ(used[level], least[level]) << "level " << level;
          }
          several += racks.size() > 1;
        });
    EXPECT_GT(several, 100);
  }
}

/// F_n(m) from its definition.
std::int64_t useless(const Yard& yard, std::size_t node, const Demand& job) {
  const auto& left = yard.left[node];
  const std::int64_t idle = std::accumulate(left.begin(), left.end(), std::int64_t{0});
  if (job.devices == 0) return idle;
  if (yard.ranks(node, job) == 0) return idle;
  const auto wanted = [&](std::uint32_t some) { return some >= job.device_share; };
  if (job.one_node) {
    const auto whole = static_cast<std::uint32_t>(std::ranges::count_if(left, wanted));
    if (whole < job.devices) return idle;
    if (yard.cpus_left[node] < job.cpus_per_rank.count * job.devices) return idle;
  }
  std::int64_t sum = 0;
  for (const std::uint32_t some : left) sum += wanted(some) ? 0 : some;
  return sum;
}

TEST(Fragmentation, IsWhatTheDefinitionSays) {
  for (std::uint64_t seed = 1; seed <= seeds(1'000); ++seed) {
    Yard yard(seed);
    const auto placement = make("packed", yard);
    Fragmentation fragmentation;
    std::vector<Demand> jobs;
    for (int i = 0; i < 16; ++i) {
      jobs.push_back(yard.demand());
      fragmentation.count(jobs.back());
      const Demand other = yard.demand();
      if (const auto allocation = placement->place(other, *yard.free))
        yard.take(other, *allocation);
    }
    EXPECT_EQ(fragmentation.weight(), 16);
    for (std::size_t node = 0; node < yard.left.size(); ++node) {
      if (!yard.free->is_up({static_cast<std::uint32_t>(node)})) continue;
      std::int64_t sum = 0;
      for (const Demand& job : jobs) sum += useless(yard, node, job);
      ASSERT_EQ(fragmentation.of(NodeLeft({static_cast<std::uint32_t>(node)}, *yard.free)), sum)
          << "seed " << seed << " node " << node;
    }
  }
}

/// How much fragmentation grows if the demand takes room on a node; on `slot` if it shares a
/// device.
std::int64_t growth(const Fragmentation& fragmentation, const Yard& yard, const Demand& demand,
                    NodeId node, std::size_t slot) {
  const NodeLeft before(node, *yard.free);
  return fragmentation.of(before.without(demand, demand.ranks(), slot)) - fragmentation.of(before);
}

TEST(LeastFragmentation, NoOtherDeviceWouldHaveGrownItLess) {
  int placed = 0;
  for (std::uint64_t seed = 1; seed <= seeds(2'000); ++seed) {
    Yard yard(seed);
    LeastFragmentation placement;
    Fragmentation fragmentation;
    for (int i = 0; i < 25; ++i) {
      yard.maybe_end_one();
      const Demand demand = yard.demand();
      placement.submitted(demand);
      fragmentation.count(demand);
      const auto allocation = placement.place(demand, *yard.free);
      if (!allocation) continue;
      if (allocation->nodes.size() == 1) {
        const NodeId chosen = allocation->nodes.front().node;
        const std::uint32_t slot =
            allocation->devices.empty()
                ? 0
                : allocation->devices.front().value - yard.cluster.node(chosen).first_device.value;
        const std::int64_t grown = growth(fragmentation, yard, demand, chosen, slot);
        for (const Node& node : yard.cluster.nodes()) {
          if (yard.ranks(node.id.value, demand) < demand.ranks()) continue;
          for (std::uint32_t other = 0; other < std::max(node.device_count, 1U); ++other) {
            const bool fits =
                demand.devices == 0 || yard.free->left_on(node.id)[other] >= demand.device_share;
            if (!fits) continue;
            ASSERT_LE(grown, growth(fragmentation, yard, demand, node.id, other))
                << "seed " << seed << " " << node.name << " device " << other;
          }
        }
        ++placed;
      }
      yard.take(demand, *allocation);
    }
  }
  EXPECT_GT(placed, 2'000);
}

TEST(LeastFragmentation, RemembersNothingThatChangesAnAnswer) {
  for (std::uint64_t seed = 1; seed <= seeds(500); ++seed) {
    Yard yard(seed);
    LeastFragmentation old;
    std::vector<Demand> demands;
    for (int i = 0; i < 40; ++i) {
      yard.maybe_end_one();
      demands.push_back(i < 10 || i % 3 == 0 ? yard.demand() : demands[demands.size() - 10]);
      old.submitted(demands.back());
      LeastFragmentation fresh;
      for (const Demand& demand : demands) fresh.submitted(demand);
      const auto allocation = old.place(demands.back(), *yard.free);
      ASSERT_EQ(allocation, fresh.place(demands.back(), *yard.free)) << "seed " << seed;
      if (allocation) yard.take(demands.back(), *allocation);
    }
  }
}

}  // namespace
}  // namespace tandem
